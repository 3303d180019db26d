//! What somebody wrote into the database by hand opens nothing (catalogue 3.12).

use app::{AppError, routes};
use axum::http::StatusCode;
use tracing::Level;

use crate::{
    fault::SESSIONS,
    support::{Bind, Enrolled, World, both, listen, logged},
};

both!(
    db_10_moved_or_changed_secret_opens_nothing,
    db_10_moved_recovery_code_opens_nothing,
    db_11_impossible_values_stopped_by_constraints,
);

async fn db_10_moved_or_changed_secret_opens_nothing(world: World) {
    const OWN: &str = "SELECT secret FROM factor JOIN person ON person.id = person_id WHERE email = $1";
    const WRITE: &str = "UPDATE factor SET secret = $1 WHERE person_id = (SELECT id FROM person WHERE email = $2)";
    listen();
    let ana = world.enrolled("ana@strict.example").await;
    let bob = world.enrolled("bob@strict.example").await;
    let of = |person: &Enrolled| vec![Bind::from(person.email.as_str())];
    let anas = world.database.blob(OWN, of(&ana)).await;
    let bobs = world.database.blob(OWN, of(&bob)).await;

    let mut tampered = vec![("another person's", anas.clone()), ("empty", Vec::new()), ("one byte", vec![1])];
    tampered.push(("cut", bobs[..bobs.len() - 1].to_vec()));
    for (name, at) in [("format", 0), ("key id", 4), ("nonce", 5), ("text", 30), ("tag", bobs.len() - 1)] {
        let mut bytes = bobs.clone();
        bytes[at] ^= 1;
        tampered.push((name, bytes));
    }
    for (name, bytes) in tampered {
        let mut browser = world.challenged(&bob).await;
        let write = vec![Bind::from(bytes), Bind::from(bob.email.as_str())];
        if world.database.is_stopped(WRITE, write).await {
            continue;
        }
        for key in [&ana.key, &bob.key] {
            let answer = browser.verify(&world.code(key, 0)).await;
            // The operator finds the cause under the number that the person is told.
            let AppError::Internal { reference } = answer.error() else { panic!("{name}: {}", answer.text()) };
            let reference = format!("reference={reference} ");
            assert_eq!(logged(Level::ERROR, &["a step failed", &reference]).len(), 1, "{name}");
        }
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
        world.clock.advance(1000);
    }
    assert_eq!(world.count(SESSIONS).await, 0);

    world.database.change(WRITE, vec![Bind::from(bobs), Bind::from(bob.email.as_str())]).await;
    world.challenged(&bob).await.verify(&world.code(&bob.key, 0)).await.leads_to(routes::HOME);
}

async fn db_10_moved_recovery_code_opens_nothing(world: World) {
    const OWN: &str = "SELECT mac FROM recovery_code JOIN person ON person.id = person_id WHERE email = $1";
    const WRITE: &str = "UPDATE recovery_code SET mac = $1 WHERE person_id = (SELECT id FROM person WHERE email = $2)";
    let ana = world.enrolled("ana@strict.example").await;
    let bob = world.enrolled("bob@strict.example").await;
    let bobs = world.database.blob(OWN, vec![Bind::from(bob.email.as_str())]).await;

    world.database.change(WRITE, vec![Bind::from(bobs), Bind::from(ana.email.as_str())]).await;

    for code in [&bob.recovery, &ana.recovery] {
        world.challenged(&ana).await.recover(code).await.is_refused();
    }
    assert_eq!(world.count(SESSIONS).await, 0);
}

async fn db_11_impossible_values_stopped_by_constraints(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let _session = world.signed_in(&ana).await;
    let _challenge = world.challenged(&ana).await;
    for statement in [
        "UPDATE factor SET last_step = -1",
        "UPDATE factor SET last_step = 9223372036854775807",
        "UPDATE factor SET last_step = NULL",
        "UPDATE factor SET confirmed_at = NULL",
        "UPDATE factor SET failures = -1",
        "UPDATE factor SET state = 'verified'",
        "UPDATE sign_in SET attempts = -1",
        "UPDATE sign_in SET stage = 'done'",
        "UPDATE sign_in SET expires_at = 9223372036854775807",
        "UPDATE sign_in SET expires_at = created_at - 1",
        "UPDATE session SET expires_at = created_at + 31536001",
    ] {
        assert!(world.database.is_stopped(statement, vec![]).await, "{statement}");
    }
}
