//! `muster demo`.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt};

use sqlx::{AnyConnection, Connection, Executor};

use crate::{
    cluster::Cluster,
    place::{Place, Running},
};

fn demo(place: &Place, arguments: &[&str]) -> Running {
    let mut all = vec!["demo", "--listen", "127.0.0.1:0"];
    all.extend(arguments);
    Running::start(place.muster(&all), &place.path("errors"))
}

#[test]
fn demo_refuses_other_machines_settings_files_and_passwords_in_the_open() {
    let place = Place::new();
    assert!(place.run(&["demo", "--listen", "0.0.0.0:0"]).refused(2).contains("this machine only"));
    assert!(place.run(&["demo", "--config", "muster.toml"]).refused(2).contains("no settings file"));
    let url = "postgres://muster:hunter2@127.0.0.1:1/muster";
    let by_flag = place.run(&["demo", "--database", url]);
    let by_variable = place.run_with(&["demo"], &[("MUSTER_DATABASE_URL", url)]);
    for answer in [by_flag, by_variable] {
        assert!(answer.refused(2).contains("database.url_file"), "{answer:?}");
        assert!(!answer.err.contains("hunter2"));
    }
    assert_eq!(place.left_behind(), 0);
}

#[test]
fn demo_on_a_taken_port_says_so_and_leaves_nothing_behind() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let answer = place.run(&["demo", "--listen", &address]);
    assert!(answer.refused(1).contains(&format!("cannot listen on {address}")));
    assert_eq!(place.left_behind(), 0);
}

#[test]
fn throw_away_demo_prints_everybody_serves_and_leaves_nothing_behind() {
    for signal in ["-TERM", "-INT"] {
        let place = Place::new();
        let demo = demo(&place, &[]);
        for person in ["ana", "abe", "amy", "bo", "cy", "dan", "bea", "flo"] {
            let line = demo.said.lines().find(|l| l.starts_with(&format!("{person}@harbor.example"))).unwrap();
            assert!(line.contains("Harbor & Sons") && line.contains("muster demo 2026"), "{line}");
        }
        for person in ["di@delta.example", "eli@later.example", "lea@later.example"] {
            assert!(demo.said.lines().any(|line| line.starts_with(person)), "{person}");
        }
        assert!(demo.said.contains("Setup key     ") && demo.said.contains("Recovery code "), "{}", demo.said);
        assert!(demo.said.contains(&format!("http://{}/demo/outbox", demo.address)));
        assert_eq!(demo.status_of("/sign-in"), "HTTP/1.1 200 OK");
        assert_eq!(place.left_behind(), 1);
        assert_eq!(demo.stop(signal).code(), Some(0));
        assert_eq!(place.left_behind(), 0);
    }
}

#[test]
fn kept_demo_finds_its_people_again_and_does_not_print_secrets_it_no_longer_knows() {
    let place = Place::new();
    let first = demo(&place, &["--data", "data"]);
    let secrets: Vec<String> = first
        .said
        .lines()
        .filter_map(|line| line.strip_prefix("Setup key     ").or_else(|| line.strip_prefix("Recovery code ")))
        .map(str::to_owned)
        .collect();
    assert_eq!(secrets.len(), 2, "{}", first.said);
    assert_eq!(first.stop("-TERM").code(), Some(0));
    assert_eq!(fs::metadata(place.path("data/keys")).unwrap().permissions().mode() & 0o777, 0o600);

    let second = demo(&place, &["--data", "data"]);
    assert!(second.said.contains("flo@harbor.example") && second.said.contains("printed only at the start"));
    assert!(secrets.iter().all(|secret| !second.said.contains(secret)));
    assert_eq!(second.stop("-TERM").code(), Some(0));

    let list = place.run_with(
        &["user", "list"],
        &[("MUSTER_DATABASE_URL", "sqlite:data/muster.db"), ("MUSTER_KEYS__FILE", "data/keys")],
    );
    let people: Vec<_> = list.done().lines().skip(2).collect();
    assert_eq!(people.len(), 11, "{people:?}");
    let enrolled: Vec<_> = people.iter().filter(|line| line.contains("  app  ")).collect();
    assert!(enrolled.len() == 1 && enrolled[0].starts_with("flo@harbor.example"), "{people:?}");
}

#[test]
fn demo_refuses_a_database_of_others_and_adds_nobody() {
    let place = Place::new();
    place.installation();
    place.run(&["company", "add", "Acme"]).done();
    let before = fs::read(place.path("muster.db")).unwrap();
    let answer = place.run(&["demo", "--listen", "127.0.0.1:0", "--database", "sqlite:muster.db"]);
    assert!(answer.refused(2).contains("holds other companies"));
    assert_eq!(fs::read(place.path("muster.db")).unwrap(), before, "it was left as it is");
    assert!(place.run(&["user", "list"]).done().contains("nobody yet"));
    assert_eq!(place.left_behind(), 0);
}

/// A database of an earlier version is no other: it is refused before it would be migrated.
#[tokio::test(flavor = "multi_thread")]
async fn demo_refuses_an_old_database_of_others_before_it_migrates() {
    let place = Place::new();
    place.installation();
    place.run(&["company", "add", "Acme"]).done();
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}", place.path("muster.db").display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    connection.execute("DELETE FROM _sqlx_migrations").await.unwrap();

    let answer = place.run(&["demo", "--listen", "127.0.0.1:0", "--database", "sqlite:muster.db"]);

    assert!(answer.refused(2).contains("holds other companies"), "{answer:?}");
    let applied: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(&mut connection).await.unwrap();
    assert_eq!(applied, 0, "no migration was begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_on_postgres_finds_its_people_again() {
    let cluster = Cluster::get().await;
    let url = cluster.create().await;
    let place = Place::new();
    for start in ["first", "second"] {
        let demo = demo(&place, &["--data", "data", "--database", &url]);
        assert!(demo.said.contains("flo@harbor.example"), "{start}");
        assert_eq!(demo.said.contains("Setup key     "), start == "first", "{}", demo.said);
        assert_eq!(demo.status_of("/sign-in"), "HTTP/1.1 200 OK");
        assert_eq!(demo.status_of("/readyz"), "HTTP/1.1 200 OK");
        assert_eq!(demo.stop("-TERM").code(), Some(0));
    }
    assert!(!place.path("data/muster.db").exists(), "the file in the folder is not used");
    cluster.remove(&url).await;
}
