//! A connection that breaks while a password is being checked has guessed nothing (product.md, section 8).

use std::{sync::mpsc, time::Duration};

use app::routes;
use server::domain::Role;
use tokio::{io::AsyncWriteExt, net::TcpStream, runtime};

use crate::support::{Browser, Database, PASSWORD, Plan, SESSION_COOKIE, World};

const ANA: &str = "ana@open.example";
const COUNTED: &str = "SELECT COUNT(*) FROM throttle WHERE failures > 0";

/// One thread hashes, so that a test can hold it.
fn run(test: impl Future<Output = ()>) {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(2).max_blocking_threads(1).enable_all().build();
    runtime.unwrap().block_on(test);
}

/// Sends a form over a socket, closes it while the password waits to be hashed, and lets the server go on. So many counters
/// stay that are none of wrong passwords.
async fn broken_off(world: &World, path: &str, session: Option<&str>, form: &str, stay: i64) {
    let (address, stop, server) = world.listen().await;
    let (go_on, held) = mpsc::channel::<()>();
    let hashing = tokio::task::spawn_blocking(move || held.recv());
    let cookie = session.map(|token| format!("Cookie: {SESSION_COOKIE}={token}\r\n")).unwrap_or_default();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nOrigin: http://127.0.0.1:3000\r\nAccept: text/html\r\n\
         Sec-Fetch-Site: same-origin\r\n{cookie}Content-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    while world.count(COUNTED).await == 0 {
        World::look_again().await;
    }
    drop(stream);
    // No connection is left once the server has ended, so nobody waits for the answer any more.
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    go_on.send(()).unwrap();
    hashing.await.unwrap().unwrap();
    let taken_back = async {
        while world.count(COUNTED).await > stay {
            World::look_again().await;
        }
    };
    // Only where the test fails.
    let waited = tokio::time::timeout(Duration::from_mins(1), taken_back).await;
    assert!(waited.is_ok(), "{path}: a broken connection stays counted as a wrong password");
}

async fn flow_20_right_password_on_a_broken_connection_is_no_failure(database: Database) {
    let world = World::new(database.clone(), Plan::of("broken_connection")).await;
    world.open_company("Open").await;
    world.person(ANA, "Open", Role::Member).await;
    let mut browser: Browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::HOME);
    let session = browser.cookie(SESSION_COOKIE).unwrap().to_owned();
    let password = PASSWORD.replace(' ', "+");

    broken_off(&world, "/api/sign-in/password", None, &format!("email=ana%40open.example&password={password}"), 0)
        .await;
    assert_eq!(world.live_sessions().await, 2, "the sign-in has gone to its end");

    broken_off(&world, "/api/profile/authenticator", Some(&session), &format!("password={password}"), 0).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, 1);
    let new = format!("password={password}&new_password=four+quiet+green+boats");
    let epoch = world.count("SELECT epoch FROM person").await;
    let mut other = world.browser();
    other.enter(ANA).await.leads_to(routes::HOME);
    broken_off(&world, "/api/profile/password", other.cookie(SESSION_COOKIE), &new, 1).await;
    while world.count("SELECT epoch FROM person").await == epoch {
        World::look_again().await;
    }
    assert_eq!(world.count(COUNTED).await, 1, "the change itself counts");
    world.end().await;
    database.remove().await;
}

#[test]
fn flow_20_broken_connection_sqlite() {
    run(async { flow_20_right_password_on_a_broken_connection_is_no_failure(Database::sqlite().await).await });
}

#[test]
fn flow_20_broken_connection_postgres() {
    run(async { flow_20_right_password_on_a_broken_connection_is_no_failure(Database::postgres().await).await });
}
