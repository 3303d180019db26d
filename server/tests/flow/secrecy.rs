//! What a whole life of an account leaves in the log, and in the browser's cookies.

use app::routes;

use crate::support::{Browser, Database, Node, PASSWORD, Plan, World};

/// An enrolment, sign-ins of every kind and what can go wrong in them, on a process that tells its log all it has to
/// tell: the process, the browsers, and what nobody else may learn.
async fn whole_life(world: &World) -> (Vec<Browser>, Vec<String>) {
    world.newcomer("ana@strict.example").await;
    let mut first = world.browser();
    first.get(routes::SIGN_IN).await;
    first.enter_with("ana@strict.example", "mistyped muster test").await.is_refused();
    let key = first.start_enrolment("ana@strict.example").await;
    first.get(routes::AUTHENTICATOR).await;
    first.confirm(&world.wrong_code(&key)).await.is_refused();
    first.post("set-up/authenticator", "application/json", "{").await;
    let codes = [-1, 0, 1].map(|step| world.code(&key, step));
    first.confirm(&codes[0]).await.leads_to(routes::RECOVERY_CODE);
    let recovery = first.recovery_code().await.unwrap();
    first.save_recovery_code().await;
    first.get(routes::SECURITY).await;

    // The database fails in the middle of a step, and the same step is done.
    let mut second = world.browser();
    second.enter("ana@strict.example").await.leads_to(routes::VERIFY);
    world.database.define("ALTER TABLE session RENAME TO session_away").await;
    assert!(second.verify(&codes[1]).await.status.is_server_error());
    world.database.define("ALTER TABLE session_away RENAME TO session").await;
    second.verify(&codes[1]).await.leads_to(routes::HOME);
    second.call("sign-out", &[]).await;

    let mut third = world.browser();
    third.enter("ana@strict.example").await.leads_to(routes::VERIFY);
    third.recover(&recovery).await.leads_to(routes::RECOVERY_CODE);
    let next = third.recovery_code().await.unwrap();
    third.save_after_recovery().await;

    let mut secrets = vec![PASSWORD.to_owned(), "mistyped muster test".to_owned(), key.clone()];
    secrets.push(data_encoding::HEXLOWER.encode(&data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap()));
    secrets.extend(codes);
    for code in [recovery, next] {
        secrets.push(code.replace('-', ""));
        secrets.push(code);
    }
    let browsers = vec![first, second, third];
    let tokens = browsers.iter().flat_map(Browser::cookies_given).filter_map(|cookie| {
        let value = cookie.split(';').next()?.split_once('=')?.1;
        (value.len() >= 20).then(|| value.to_owned())
    });
    secrets.extend(tokens);
    (browsers, secrets)
}

#[tokio::test(flavor = "multi_thread")]
async fn qr_04_web_05_log_of_a_whole_life_tells_no_secret() {
    let database = Database::postgres().await;
    let node = Node::start_with(database.url(), &[("MUSTER_LOG__LEVEL", "trace")]).unwrap();
    let world = World::running(database.clone(), Plan::of("qr_04_log"), 0).await.through(Node::router(&[&node]));

    let (_, secrets) = whole_life(&world).await;

    let log = node.log();
    assert!(log.contains("a step failed"), "the log is not there:\n{log}");
    // Each line begins with a time, whose digits may be anything.
    let told: Vec<_> = log.lines().filter_map(|line| line.split_once(' ')).map(|(_, told)| told).collect();
    assert!(secrets.len() > 15, "{} secrets", secrets.len());
    for secret in secrets {
        assert!(!told.iter().any(|line| line.contains(&secret)), "the log tells {secret}:\n{log}");
    }
    node.kill();
    drop(world);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn web_10_every_cookie_of_a_whole_life_is_bound_to_this_host() {
    let database = Database::postgres().await;
    let node = Node::start(database.url()).unwrap();
    let world = World::running(database.clone(), Plan::of("web_10_life"), 0).await.through(Node::router(&[&node]));

    let (browsers, _) = whole_life(&world).await;

    let cookies: Vec<_> = browsers.iter().flat_map(Browser::cookies_given).collect();
    assert!(cookies.len() > 10, "{} cookies", cookies.len());
    for cookie in cookies {
        let mut parts = cookie.split(';').map(str::trim);
        let name = parts.next().unwrap().split('=').next().unwrap();
        assert!(name.starts_with("__Host-muster-"), "{cookie}");
        let attributes: Vec<_> = parts.map(str::to_ascii_lowercase).collect();
        for needed in ["path=/", "secure", "httponly"] {
            assert!(attributes.iter().any(|attribute| attribute == needed), "{needed} is missing: {cookie}");
        }
        let same_site = ["samesite=lax", "samesite=strict"];
        assert!(attributes.iter().any(|attribute| same_site.contains(&attribute.as_str())), "{cookie}");
        assert!(!attributes.iter().any(|attribute| attribute.starts_with("domain")), "{cookie}");
        // RFC 6265 §6.1: a browser has to take as much.
        assert!(cookie.len() < 4096, "{} bytes: {name}", cookie.len());
    }
    node.kill();
    drop(world);
    database.remove().await;
}
