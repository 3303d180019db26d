//! Passwords (catalogue 3.7).

use app::{
    AppError,
    model::{Email, Secret},
    routes,
};
use axum::http::StatusCode;
use server::{
    crypto::{Cost, Place},
    storage::PersonId,
};
use tracing::Level;

use crate::support::{PASSWORD, SeededRng, World, at_once, both, listen, logged};

both!(
    pwd_05_whole_password_counts_in_any_normal_form,
    pwd_05_password_over_the_cap_refused,
    pwd_07_burst_of_sign_ins_is_bounded_and_the_rest_served,
    raised_cost_hashes_the_password_anew_at_the_next_sign_in,
    flow_24_work_for_nobody_is_that_of_most_stored_passwords,
    pwd_08_stored_hash_that_cannot_be_used_opens_nothing,
);

const ANA: &str = "ana@strict.example";

async fn set_password(world: &World, password: &str) {
    world.service.set_password(&Email::parse(ANA).unwrap(), &Secret::new(password)).await.unwrap();
}

async fn pwd_05_whole_password_counts_in_any_normal_form(world: World) {
    world.newcomer(ANA).await;
    let long = "0123456789abcdef".repeat(64);
    // (the password, others that open as well, others that do not)
    let table: [(&str, &[&str], &[&str]); 5] = [
        (&long[..80], &[], &[&long[..72], &long[..73], &long[..79], &long[..81]]),
        (&long, &[], &[&long[..1023]]),
        ("nul \0 in the middle", &[], &["nul ", "nul \0 in the"]),
        ("  blanks at both ends  ", &[], &["blanks at both ends", "  blanks at both ends"]),
        (
            "Bäuerin Åsa über Zürich",
            &["Ba\u{308}uerin A\u{30a}sa u\u{308}ber Zu\u{308}rich"],
            &["Bauerin Asa uber Zurich"],
        ),
    ];
    for (password, same, different) in table {
        set_password(&world, password).await;
        for text in different {
            let refused = world.browser().enter_with(ANA, text).await;
            assert_eq!(refused.error(), AppError::CredentialsWrong, "{password:.30?}");
        }
        for text in [password].iter().chain(same) {
            world.browser().enter_with(ANA, text).await.leads_to(routes::REQUIRED);
        }
    }
}

async fn pwd_05_password_over_the_cap_refused(world: World) {
    world.newcomer(ANA).await;
    for length in [1025, 60_000] {
        let answer = world.browser().enter_with(ANA, &"x".repeat(length)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{length} bytes");
    }
    let answer = world.browser().enter_with(ANA, &"x".repeat(1 << 20)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, 0);
}

/// A changed cost reaches each person at their next sign-in. Until it has reached most, it would tell who is known.
async fn flow_24_work_for_nobody_is_that_of_most_stored_passwords(world: World) {
    let (lower, higher) = (Cost { memory: 8, passes: 1, lanes: 1 }, Cost { memory: 8, passes: 2, lanes: 1 });
    let world = world.restart(|plan| plan.cost = lower).await;
    assert_eq!(world.service.prevailing_cost().await.unwrap(), None);
    for email in [ANA, "bob@strict.example", "cy@strict.example"] {
        world.newcomer(email).await;
    }
    let world = world.restart(|plan| plan.cost = higher).await;
    world.newcomer("new@strict.example").await;
    assert_eq!(world.service.prevailing_cost().await.unwrap(), Some(lower));
    for email in [ANA, "bob@strict.example"] {
        world.browser().enter(email).await.leads_to(routes::REQUIRED);
    }
    assert_eq!(world.service.prevailing_cost().await.unwrap(), Some(higher));
}

async fn raised_cost_hashes_the_password_anew_at_the_next_sign_in(world: World) {
    let ana = world.enrolled(ANA).await;
    let hash = async |world: &World| world.database.blob("SELECT password FROM person", Vec::new()).await;
    world.signed_in(&ana).await;
    let first = hash(&world).await;
    let higher = Cost { memory: 8, passes: 2, lanes: 1 };
    let world = world.restart(|plan| plan.cost = higher).await;

    world.browser().enter_with(ANA, "not this one").await.is_refused();
    assert_eq!(hash(&world).await, first, "a wrong password says nothing of the right one");
    world.challenged(&ana).await;
    let second = hash(&world).await;
    assert_ne!(second, first);
    world.challenged(&ana).await;
    assert_eq!(hash(&world).await, second, "once");
    assert_eq!(world.live_sessions().await, 1, "it is the same password, so nothing ends");

    // A lower cost weakens nobody.
    let world = world.restart(|plan| plan.cost = Cost { passes: 1, ..higher }).await;
    world.challenged(&ana).await;
    assert_eq!(hash(&world).await, second);
}

async fn pwd_07_burst_of_sign_ins_is_bounded_and_the_rest_served(world: World) {
    let world = world
        .restart(|plan| {
            plan.cost = Cost { memory: 19_456, passes: 2, lanes: 1 };
            plan.password_queue = (1, 4);
        })
        .await;
    // Ten at once for each person: as many as the limit of an account lets through.
    let people: Vec<_> = (0..20).map(|number| format!("person{number}@strict.example")).collect();
    for person in &people {
        world.newcomer(person).await;
    }
    let work = world.browsers(200).into_iter().enumerate().map(|(number, mut browser)| {
        let person = people[number % people.len()].clone();
        async move {
            let fields = [("email", person.as_str()), ("password", PASSWORD)];
            let answer = browser.call("sign-in/password", &fields).await;
            (answer, browser.get("/healthz").await.status)
        }
    });

    let answers = at_once(work.collect()).await;

    let mut opened = 0;
    for (answer, health) in &answers {
        assert_eq!(*health, StatusCode::OK);
        if answer.is_ok() {
            opened += 1;
        } else {
            assert!(matches!(answer.error(), AppError::Busy { .. }), "{:?}", answer.error());
            assert!(answer.header("retry-after").is_some(), "it says when to try again");
        }
    }
    assert!(opened > 0, "those within the bound are served");
    assert!(opened < answers.len(), "two hundred at once are more than one and four");
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, i64::try_from(opened).unwrap());
    for person in &people {
        // Those who were sent away had guessed nothing: it is not held against them.
        world.browser().enter(person).await.leads_to(routes::REQUIRED);
    }
}

async fn pwd_08_stored_hash_that_cannot_be_used_opens_nothing(world: World) {
    world.newcomer(ANA).await;
    let hashes = [
        "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$hVGeXSkKGs4gvQyWBZ6uLGQSd5YOTYR5pgg0fNHGQLk",
        "$argon2id$v=19$m=19456,t=4000000,p=1$c29tZXNhbHRzb21lc2FsdA$hVGeXSkKGs4gvQyWBZ6uLGQSd5YOTYR5pgg0fNHGQLk",
        "$2b$12$KIXQ4S5Lp7Yv3wq8yOaF4uXo8yZb5Zc7o1m1bq1J5cGx9w7w8m8ue",
        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA",
        "plain:muster test 2030",
        "$",
    ];
    let id = world.database.blob("SELECT id FROM person", vec![]).await;
    let of_ana = format!("{:?}", PersonId::try_from(id.clone()).unwrap());
    listen();
    let place = Place { table: "person", column: "password", person: &id, row: &id };
    let rng = SeededRng::new("pwd_08");
    let mut stored: Vec<Vec<u8>> = vec![Vec::new(), b"\x01".to_vec(), hashes[0].as_bytes().to_vec()];
    stored.extend(hashes.map(|hash| world.service.keys.seal(&rng, place, hash.as_bytes()).unwrap()));
    for (number, record) in stored.into_iter().enumerate() {
        world.database.change("UPDATE person SET password = $1", vec![record.into()]).await;
        let answer = world.browser().enter(ANA).await;
        assert_eq!(answer.error(), AppError::CredentialsWrong, "and it looks as for anybody");
        // The operator is told each time, of whom, and nothing of what is stored.
        let told = logged(Level::ERROR, &[&of_ana]);
        assert_eq!(told.len(), number + 1, "{told:?}");
        assert!(told.iter().all(|line| line.contains("a stored password") && !line.contains('$')), "{told:?}");
        // Each try counts as a failure of the account.
        world.clock.advance(901);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
    assert_eq!(world.browser().get("/healthz").await.status, StatusCode::OK);
}
