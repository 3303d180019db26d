//! `muster audit verify`: the log holds, or the first place where it does not is named.

use sqlx::{AnyConnection, Connection, Executor};

use crate::place::{Place, Running};

/// An installation whose audit log has two blocks of two events each, and one event that waits.
async fn installation() -> Place {
    let place = Place::new();
    place.installation();
    for company in ["Acme", "Bolt", "Clay", "Dell", "Elm"] {
        place.run(&["company", "add", company]).done();
    }
    let blocks = server::config::load(&server::config::Inputs {
        environment: [
            ("MUSTER_DATABASE_URL", format!("sqlite:{}", place.path("muster.db").display())),
            ("MUSTER_KEYS__FILE", place.path("keys").display().to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), Some(value)))
        .to_vec(),
        ..server::config::Inputs::default()
    });
    let config = blocks.into_config().unwrap();
    // Each round leaves the later events out of its block.
    for keep in [3, 1] {
        let later =
            format!("SELECT id FROM audit_event WHERE block IS NULL ORDER BY at DESC, detail DESC LIMIT {keep}");
        change(&place, &format!("CREATE TABLE later AS SELECT * FROM audit_event WHERE id IN ({later})")).await;
        change(&place, "DELETE FROM audit_event WHERE id IN (SELECT id FROM later)").await;
        let store = server::startup::open_store(&config).await.unwrap();
        let service = server::startup::service(&config, store, None, false).await.unwrap();
        service.seal_audit_block().await.unwrap();
        service.store.close().await;
        drop(service);
        change(&place, "INSERT INTO audit_event SELECT * FROM later").await;
        change(&place, "DROP TABLE later").await;
    }
    place
}

async fn change(place: &Place, statement: &str) {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}", place.path("muster.db").display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn log_that_holds_is_counted_and_not_changed() {
    let place = installation().await;
    for _ in 0..2 {
        let answer = place.run(&["audit", "verify"]);
        let (first, head) = answer.done().split_once("\nIts head: ").unwrap();
        assert_eq!(first, "The audit log holds: 4 events in 2 blocks, 1 more wait for the next block.");
        assert!(head.starts_with("2:") && head.trim_end().len() == 2 + 64, "{head}");
    }
}

/// ADM-10: the head of this command, and the one in the log of the server, is what `--expect` takes.
#[tokio::test(flavor = "multi_thread")]
async fn adm_10_head_that_was_printed_or_logged_tells_a_cut_end() {
    let place = installation().await;
    let expect = |head: &str| place.run(&["audit", "verify", "--expect", head]);
    let printed = place.run(&["audit", "verify"]);
    let printed = printed.done().trim_end().rsplit(' ').next().unwrap().to_owned();
    assert!(expect(&printed).done().ends_with(&format!("Its head: {printed}\n")));

    let server = Running::start(place.muster(&["serve"]), &place.path("errors"));
    let logged = loop {
        let log = std::fs::read_to_string(place.path("errors")).unwrap();
        if let Some((_, rest)) = log.split_once("head=") {
            break rest.split_whitespace().next().unwrap().to_owned();
        }
        assert!(server.status_of("/healthz").contains("200"), "{log}");
    };
    assert_eq!(server.stop("-TERM").code(), Some(0));
    assert!(logged.starts_with("3:"), "the event that waited is in a block of its own: {logged}");
    expect(&logged).done();
    expect(&printed).done();

    change(&place, "DELETE FROM audit_event WHERE block = 3").await;
    change(&place, "DELETE FROM audit_block WHERE number = 3").await;
    assert!(place.run(&["audit", "verify"]).done().ends_with(&format!("Its head: {printed}\n")), "what is left holds");
    let told = expect(&logged);
    assert!(told.refused(1).contains("ends with block 2 and held block 3 once: its end was cut off"), "{told:?}");
    assert!(expect("3").refused(2).contains("a head is the number of a block"));
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_log_holds() {
    let place = Place::new();
    place.installation();
    assert!(place.run(&["audit", "verify"]).done().contains("0 events in 0 blocks"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_change_is_found_and_its_place_named() {
    let changes = [
        ("UPDATE audit_event SET detail = '{}' WHERE block = 2", "was changed or forged; it says company.added"),
        ("UPDATE audit_event SET at = at + 1 WHERE block IS NULL", "was changed or forged"),
        (
            "INSERT INTO audit_event SELECT x'00', at, kind, person_id, actor, address, detail, mac, block \
             FROM audit_event WHERE block IS NULL",
            "the event 00 of the audit log was changed or forged",
        ),
        (
            "DELETE FROM audit_event WHERE id IN (SELECT id FROM audit_event WHERE block = 2 LIMIT 1)",
            "block 2 of the audit log was sealed with 2 events and holds 1",
        ),
        (
            "UPDATE audit_event SET block = 1 WHERE block IS NULL",
            "block 1 of the audit log was sealed with 2 events and holds 3",
        ),
        ("UPDATE audit_event SET block = 3 - block", "block 1 of the audit log is not the one that was sealed"),
        ("DELETE FROM audit_block WHERE number = 1", "block 1 of the audit log is missing"),
        ("DELETE FROM audit_block WHERE number = 2", "block 2 of the audit log is missing"),
        ("UPDATE audit_block SET previous = x'00' WHERE number = 2", "block 2 of the audit log is not the one"),
        ("UPDATE audit_block SET mac = hash WHERE number = 1", "block 1 of the audit log is not the one"),
    ];
    let place = installation().await;
    std::fs::copy(place.path("muster.db"), place.path("whole.db")).unwrap();
    for (statement, says) in changes {
        std::fs::copy(place.path("whole.db"), place.path("muster.db")).unwrap();
        change(&place, statement).await;
        let answer = place.run(&["audit", "verify"]);
        assert!(answer.refused(1).contains(says), "{statement}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_key_file_is_told_from_a_changed_log() {
    let place = installation().await;
    std::fs::remove_file(place.path("keys")).unwrap();
    place.run(&["key", "new", "keys"]).done();
    assert!(place.run(&["audit", "verify"]).refused(1).contains("is not the one that this database was written with"));
}
