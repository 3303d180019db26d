//! The steps of a sign-in belong to one person, one browser and ten minutes (catalogue 3.4).

use std::collections::BTreeSet;

use app::{
    AppError,
    model::{Email, RecoveryCode, Secret},
    routes,
};
use axum::http::StatusCode;
use server::domain::Role;

use crate::support::{Browser, PASSWORD, SESSION_COOKIE, SIGN_IN_COOKIE, World, both};

both!(
    flow_03_token_of_one_kind_in_the_cookie_of_the_other_refused,
    flow_04_new_token_at_every_step_and_the_older_dead,
    flow_05_cookie_planted_before_the_sign_in_never_becomes_a_session,
    flow_06_state_belongs_to_one_challenge_and_one_person,
    flow_06_code_for_another_step_leaves_the_browsers_own_step_alone,
    flow_07_expired_challenge_refuses_the_right_code,
    flow_08_change_between_the_steps_refuses_the_right_code,
    flow_08_factor_removed_between_the_steps_refuses_the_right_code,
    flow_11_factor_asked_where_the_policy_is_optional,
    flow_21_every_step_twice_does_nothing_twice,
    flow_23_second_tab_opens_no_second_session,
);

const SESSIONS: &str = "SELECT COUNT(*) FROM session";

async fn flow_03_token_of_one_kind_in_the_cookie_of_the_other_refused(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let challenged = world.challenged(&ana).await;
    let token = challenged.cookie(SIGN_IN_COOKIE).unwrap();
    let mut forged = world.browser();
    forged.set_cookie(SESSION_COOKIE, token);
    assert_eq!(forged.session().await, StatusCode::UNAUTHORIZED);
    assert!(!forged.get(routes::HOME).await.is_ok());

    let signed_in = world.signed_in(&ana).await;
    let token = signed_in.cookie(SESSION_COOKIE).unwrap();
    let mut forged = world.browser();
    forged.set_cookie(SIGN_IN_COOKIE, token);
    forged.verify(&world.code(&ana.key, 0)).await.is_refused();
    forged.call("set-up/method", &[("method", "authenticator")]).await.is_refused();
    assert_eq!(world.count(SESSIONS).await, 1);
}

async fn flow_04_new_token_at_every_step_and_the_older_dead(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut tokens = BTreeSet::new();
    let mut browser = world.browser();
    for _ in 0..2 {
        assert_eq!(browser.cookie(SIGN_IN_COOKIE), None);
        browser.enter(&ana.email).await.leads_to(routes::VERIFY);
        let challenge = browser.cookie(SIGN_IN_COOKIE).unwrap().to_owned();
        browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
        world.clock.advance(60);
        let session = browser.cookie(SESSION_COOKIE).unwrap().to_owned();
        assert_eq!(browser.cookie(SIGN_IN_COOKIE), None, "the challenge's cookie is taken back");

        let mut older = world.browser();
        older.set_cookie(SIGN_IN_COOKIE, &challenge);
        older.verify(&world.code(&ana.key, 0)).await.is_refused();
        assert_eq!(browser.session().await, StatusCode::OK);

        browser.call("sign-out", &[]).await.leads_to(routes::SIGN_IN);
        let mut older = world.browser();
        older.set_cookie(SESSION_COOKIE, &session);
        assert_eq!(older.session().await, StatusCode::UNAUTHORIZED);
        tokens.extend([challenge, session]);
    }
    assert_eq!(tokens.len(), 4, "no token comes twice");
    assert_eq!(world.live_sessions().await, 0);
}

async fn flow_05_cookie_planted_before_the_sign_in_never_becomes_a_session(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let eve = world.enrolled("eve@strict.example").await;
    let attacker = world.challenged(&eve).await;
    let planted = attacker.cookie(SIGN_IN_COOKIE).unwrap().to_owned();

    let mut victim = world.browser();
    for name in [SIGN_IN_COOKIE, SESSION_COOKIE, "muster-demo-device", "muster-demo-entry", "sign-in", "session"] {
        victim.set_cookie(name, &planted);
    }
    victim.enter(&ana.email).await.leads_to(routes::VERIFY);
    victim.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);

    assert_ne!(victim.cookie(SESSION_COOKIE), Some(planted.as_str()));
    let mut copy = attacker.clone();
    assert_eq!(copy.session().await, StatusCode::UNAUTHORIZED);
    copy.set_cookie(SESSION_COOKIE, &planted);
    assert_eq!(copy.session().await, StatusCode::UNAUTHORIZED);
    copy.verify(&world.code(&ana.key, 1)).await.is_refused();
    assert_eq!(world.live_sessions_of(&eve.email).await, 0);
    assert_eq!(world.live_sessions_of(&ana.email).await, 1);
}

async fn flow_06_state_belongs_to_one_challenge_and_one_person(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let bob = world.enrolled("bob@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    browser.verify(&world.wrong_code(&ana.key)).await.is_refused();
    for _ in 0..20 {
        for page in [routes::CHOOSE, routes::RECOVERY, routes::VERIFY] {
            assert!(browser.get(page).await.is_ok());
        }
    }
    assert_eq!(world.count("SELECT attempts FROM sign_in").await, 1, "looking at other ways resets nothing");

    browser.enter(&bob.email).await.leads_to(routes::VERIFY);
    assert_eq!(browser.verify(&world.code(&ana.key, 0)).await.error(), AppError::CodeWrong { left: Some(4) });
    assert!(matches!(browser.recover(&ana.recovery).await.error(), AppError::RecoveryCodeWrong { .. }));
    browser.verify(&world.code(&bob.key, 0)).await.leads_to(routes::HOME);

    assert_eq!(world.live_sessions_of(&ana.email).await, 0);
    assert_eq!(world.live_sessions_of(&bob.email).await, 1);
    assert_eq!(world.count(SESSIONS).await, 1);
}

/// Such a request is made by hand: no page sends it.
async fn flow_06_code_for_another_step_leaves_the_browsers_own_step_alone(world: World) {
    let recovery = RecoveryCode::from_random(&[7; 23]).groups().join("-");
    world.newcomer("new@strict.example").await;
    let mut enrolling = world.browser();
    let key = enrolling.start_enrolment("new@strict.example").await;
    let cookie = enrolling.cookie(SIGN_IN_COOKIE).map(str::to_owned);
    enrolling.verify("123456").await.is_refused();
    enrolling.verify_phone("123456").await.is_refused();
    enrolling.recover(&recovery).await.is_refused();
    assert_eq!(enrolling.cookie(SIGN_IN_COOKIE), cookie.as_deref());
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in WHERE attempts > 0").await, 0, "none was counted");
    enrolling.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);

    let ana = world.enrolled("ana@strict.example").await;
    let mut challenged = world.challenged(&ana).await;
    challenged.confirm("123456").await.is_refused();
    challenged.confirm_phone("123456").await.is_refused();
    challenged.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

async fn flow_07_expired_challenge_refuses_the_right_code(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut in_time = world.challenged(&ana).await;
    world.clock.advance(599);
    in_time.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);

    let mut late = world.challenged(&ana).await;
    world.clock.advance(600);
    assert_eq!(late.verify(&world.code(&ana.key, 0)).await.error(), AppError::Expired);
    assert_eq!(late.recover(&ana.recovery).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.count(SESSIONS).await, 1);
}

async fn flow_08_change_between_the_steps_refuses_the_right_code(world: World) {
    let changes: [(&str, &'static str); 3] = [
        ("ana@strict.example", ""),
        ("bob@strict.example", "UPDATE person SET disabled_at = 1 WHERE email = 'bob@strict.example'"),
        (
            "cem@strict.example",
            "UPDATE factor SET state = 'disabled' WHERE person_id = \
             (SELECT id FROM person WHERE email = 'cem@strict.example')",
        ),
    ];
    for (email, change) in changes {
        let person = world.enrolled(email).await;
        let mut browser = world.challenged(&person).await;
        if change.is_empty() {
            let password = Secret::new("another password 1");
            world.service.set_password(&Email::parse(email).unwrap(), &password).await.unwrap();
        } else {
            world.database.change(change, vec![]).await;
        }
        browser.verify(&world.code(&person.key, 0)).await.is_refused();
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "{email}");
    }
    assert_eq!(world.count(SESSIONS).await, 0);
}

/// By its owner in another session, under `Password & Security`. What was opened with that factor ends with it.
async fn flow_08_factor_removed_between_the_steps_refuses_the_right_code(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", Role::Member).await;
    let ana = world.enrol("ana@open.example").await;
    let mut owner = world.signed_in(&ana).await;
    let mut browser = world.challenged(&ana).await;
    let code = world.code(&ana.key, 0);
    let proof = [("password", PASSWORD), ("code", code.as_str())];
    owner.call("profile/authenticator/remove", &proof).await.leads_to(routes::SECURITY);

    for steps in [0, 1] {
        browser.verify(&world.code(&ana.key, steps)).await.is_refused();
    }
    browser.recover(&ana.recovery).await.is_refused();
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 1);
}

async fn flow_11_factor_asked_where_the_policy_is_optional(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", Role::Member).await;
    let ana = world.enrol("ana@open.example").await;

    let mut browser = world.challenged(&ana).await;
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    assert!(!browser.get(routes::HOME).await.is_ok());
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    assert_eq!(world.count(SESSIONS).await, 1);
}

async fn flow_21_every_step_twice_does_nothing_twice(world: World) {
    world.newcomer("ana@strict.example").await;
    let email = [("email", "ana@strict.example")];
    let password = [("email", "ana@strict.example"), ("password", PASSWORD)];
    let mut browser = world.browser();
    twice(&mut browser, "sign-in/email", &email).await;
    twice(&mut browser, "sign-in/password", &password).await;
    twice(&mut browser, "set-up/method", &[("method", "authenticator")]).await;
    let key = browser.setup_key().await;
    for page in [routes::SIGN_IN, routes::PASSWORD, routes::REQUIRED, routes::METHOD] {
        assert!(!browser.open(page).await.1.status.is_server_error(), "back to {page}");
    }
    browser.call("set-up/method", &[("method", "authenticator")]).await.leads_to(routes::AUTHENTICATOR);
    assert_eq!(browser.setup_key().await, key, "going back keeps the setup key");
    let code = world.code(&key, 0);
    twice(&mut browser, "set-up/authenticator", &[("code", &code)]).await;
    twice(&mut browser, "set-up/saved", &[("number", "1"), ("saved", "yes")]).await;

    assert_eq!(browser.session().await, StatusCode::OK);
    for page in [routes::REQUIRED, routes::AUTHENTICATOR, routes::RECOVERY_CODE, routes::SIGN_IN, routes::HOME] {
        assert!(!browser.open(page).await.1.status.is_server_error(), "back to {page}");
    }
    assert_eq!(world.count(SESSIONS).await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, 1);
    twice(&mut browser, "sign-out", &[]).await;
    assert_eq!(world.live_sessions().await, 0);
}

/// Sends a form, and again from the same page, as a double click does.
async fn twice(browser: &mut Browser, endpoint: &str, fields: &[(&str, &str)]) {
    let mut second = browser.clone();
    let answer = browser.call(endpoint, fields).await;
    assert!(answer.is_ok(), "{endpoint}: {}", answer.text());
    let answer = second.call(endpoint, fields).await;
    assert!(!answer.status.is_server_error(), "{endpoint} again: {}", answer.status);
}

async fn flow_23_second_tab_opens_no_second_session(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut first = world.challenged(&ana).await;
    let mut second = first.clone();
    first.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    world.clock.advance(60);

    assert_eq!(second.verify(&world.code(&ana.key, 0)).await.error(), AppError::Expired);
    second.recover(&ana.recovery).await.is_refused();
    assert_eq!(world.count(SESSIONS).await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code WHERE used_at IS NOT NULL").await, 0);
}
