//! Passwords (catalogue 3.7).

use app::{
    AppError,
    model::{Email, Secret},
    routes,
};
use axum::http::StatusCode;
use server::crypto::Cost;

use crate::support::{PASSWORD, World, at_once, both};

both!(
    pwd_05_whole_password_counts_in_any_normal_form,
    pwd_05_password_over_the_cap_refused,
    pwd_07_burst_of_sign_ins_is_bounded_and_the_rest_served,
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

async fn pwd_07_burst_of_sign_ins_is_bounded_and_the_rest_served(world: World) {
    let world = world
        .restart(|plan| {
            plan.cost = Cost::default();
            plan.password_queue = (1, 4);
        })
        .await;
    world.newcomer(ANA).await;
    let mut browsers = world.browsers(200);
    for browser in &mut browsers {
        browser.call("sign-in/email", &[("email", ANA)]).await.leads_to(routes::PASSWORD);
    }
    let fields = [("email", ANA), ("password", PASSWORD)];
    let work = browsers.into_iter().map(|mut browser| async move {
        let answer = browser.call("sign-in/password", &fields).await;
        (answer, browser.get("/healthz").await.status)
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
    world.browser().enter(ANA).await.leads_to(routes::REQUIRED);
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
    for hash in hashes {
        world.database.change("UPDATE person SET password_hash = $1", vec![hash.into()]).await;
        let answer = world.browser().enter(ANA).await;
        assert!(!answer.is_ok() && !answer.status.is_redirection(), "{hash}: {}", answer.status);
        assert!(!answer.text().contains("argon2"), "the answer tells nothing of it");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
    assert_eq!(world.browser().get("/healthz").await.status, StatusCode::OK);
}
