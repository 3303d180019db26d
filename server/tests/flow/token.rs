//! A session's token is worth nothing once there is a newer one (FLOW-04, ASVS 5.0 7.2.4).

use std::collections::BTreeSet;

use app::{AppError, routes};
use axum::http::StatusCode;
use server::domain::Role;

use crate::support::{NUMBER, PASSWORD, SESSION_COOKIE, World, at_once, both};

both!(
    flow_04_signing_in_again_ends_the_session_before,
    flow_04_showing_again_who_it_is_takes_a_new_token,
    flow_04_new_token_beside_other_requests_signs_nobody_out,
);

/// A browser has one session, whoever's it was and however the next one is opened.
async fn flow_04_signing_in_again_ends_the_session_before(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let bob = world.enrolled("bob@strict.example").await;
    world.with_phone("cem@strict.example", NUMBER).await;
    world.newcomer("eve@strict.example").await;
    world.open_company("Open").await;
    world.person("dee@open.example", "Open", Role::Member).await;
    let ended = "SELECT COUNT(*) FROM audit_event WHERE kind = 'session.end'";
    let ways = ["app", "text", "password", "enrolment", "recovery code"];
    let mut browser = world.signed_in(&ana).await;
    let before = world.live_sessions().await;
    for (number, way) in (1..).zip(ways) {
        let mut older = world.browser();
        older.set_cookie(SESSION_COOKIE, browser.cookie(SESSION_COOKIE).unwrap());
        match way {
            "app" => {
                browser.enter(&bob.email).await.leads_to(routes::VERIFY);
                assert_eq!(older.session().await, StatusCode::OK, "nobody else is in yet");
                browser.verify(&world.code(&bob.key, 0)).await.leads_to(routes::HOME);
            }
            "text" => {
                browser.enter("cem@strict.example").await.leads_to(routes::PHONE_CODE);
                browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
            }
            "password" => browser.enter("dee@open.example").await.leads_to(routes::HOME),
            "enrolment" => {
                let key = browser.start_enrolment("eve@strict.example").await;
                browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
            }
            _ => {
                browser.enter(&ana.email).await.leads_to(routes::VERIFY);
                browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
            }
        }
        assert_eq!(older.session().await, StatusCode::UNAUTHORIZED, "by {way}");
        assert_eq!(browser.session().await, StatusCode::OK, "by {way}");
        assert_eq!((world.live_sessions().await, world.count(ended).await), (before, number), "by {way}");
    }
    browser.call("sign-out", &[]).await.leads_to(routes::SIGN_IN);
    assert_eq!(world.live_sessions().await, before - 1);
}

/// ASVS 5.0 7.2.4.
async fn flow_04_showing_again_who_it_is_takes_a_new_token(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let proof = |code: String| [("password", PASSWORD.to_owned()), ("code", code)];
    let mut tokens = BTreeSet::from([browser.cookie(SESSION_COOKIE).unwrap().to_owned()]);
    // The last of them is refused, and yet the person was asked again.
    for (endpoint, next) in [
        ("profile/recovery-code", Some(routes::RECOVERY_CODE)),
        ("profile/authenticator", Some(routes::AUTHENTICATOR)),
        ("profile/authenticator/remove", None),
    ] {
        let old = browser.clone();
        let wrong = proof(world.wrong_code(&ana.key));
        browser.call(endpoint, &wrong.each_ref().map(|(name, value)| (*name, value.as_str()))).await.is_refused();
        assert_eq!(browser.cookie(SESSION_COOKIE), old.cookie(SESSION_COOKIE), "{endpoint}: nothing was shown");

        let right = proof(world.code(&ana.key, 0));
        let answer = browser.call(endpoint, &right.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
        match next {
            Some(page) => answer.leads_to(page),
            None => assert_eq!(answer.error(), AppError::LastMethod),
        }
        assert!(tokens.insert(browser.cookie(SESSION_COOKIE).unwrap().to_owned()), "{endpoint}: a new token");
        assert_eq!(browser.session().await, StatusCode::OK);
        assert_eq!(old.clone().session().await, StatusCode::UNAUTHORIZED, "{endpoint}: the older one is dead");
        if next == Some(routes::RECOVERY_CODE) {
            assert!(browser.recovery_code().await.is_some());
            browser.save_recovery_code().await;
        }
        world.clock.advance(60);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 1, "it is the same session");
}

/// What the same browser asks for at that moment comes too late with its older token. It must not take the new one away.
async fn flow_04_new_token_beside_other_requests_signs_nobody_out(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", Role::Member).await;
    let mut browser = world.browser();
    browser.enter("ana@open.example").await.leads_to(routes::HOME);
    let old = browser.cookie(SESSION_COOKIE).unwrap().to_owned();
    let work = (0..24).map(|number| {
        let mut browser = browser.clone();
        async move {
            if number % 3 == 0 {
                let answer = browser.call("profile/authenticator", &[("password", PASSWORD)]).await;
                (answer.is_ok(), browser)
            } else {
                browser.get(routes::SECURITY).await;
                (false, browser)
            }
        }
    });
    let answers = at_once(work.collect()).await;

    assert_eq!(answers.iter().filter(|(changed, _)| *changed).count(), 1, "one token, one change");
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, 1);
    for (changed, browser) in &answers {
        let token = browser.cookie(SESSION_COOKIE).expect("no answer takes the token away");
        assert_eq!(token != old, *changed);
    }
    let (_, mut changed) = answers.into_iter().find(|(changed, _)| *changed).unwrap();
    assert_eq!(changed.session().await, StatusCode::OK);
    // Late, and led to the start; with the new token the next page is there.
    let (page, _) = browser.open(routes::SECURITY).await;
    assert_eq!(page, routes::SIGN_IN_EXPIRED);
    browser.set_cookie(SESSION_COOKIE, changed.cookie(SESSION_COOKIE).unwrap());
    assert!(browser.get(routes::SECURITY).await.is_ok());
}
