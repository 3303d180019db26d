//! What a person changes about their own authenticator app, and who else cannot.

use std::pin::Pin;

use app::{AppError, routes};
use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use server::domain::Role;

use super::{ACTIVE, CHANGES, CURRENT};
use crate::race::{ROUNDS, events};
use crate::support::{Answer, PASSWORD, World, accepted, at_once, both};

both!(
    enr_04_change_needs_password_and_a_fresh_code,
    enr_04_changed_app_replaces_the_old_one_once_it_is_confirmed,
    enr_04_change_ends_with_its_session_and_its_time,
    enr_05_removal_needs_everything_and_nobody_who_asks_for_it,
    enr_05_removed_app_is_gone_with_its_recovery_code,
    enr_04_first_app_has_the_time_that_it_takes_to_find_one,
    enr_07_enrolment_from_the_profile_ends_the_other_sessions,
    enr_09_last_factor_stays_while_it_is_required,
    race_09_changes_of_one_account_at_once_leave_one_outcome,
    race_09_app_phone_and_removal_at_once_leave_what_one_order_would,
);

async fn enr_04_change_needs_password_and_a_fresh_code(world: World) {
    let ana = world.volunteer("ana@open.example").await;
    let used = world.code(&ana.key, 0);
    let mut browser = world.browser();
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    browser.verify(&used).await.leads_to(routes::HOME);
    let before = world.standing().await;

    for (endpoint, more) in CHANGES {
        let attempt = async |fields: &[(&str, &str)]| {
            let mut fields = fields.to_vec();
            fields.extend(more);
            let mut browser = browser.clone();
            let answer = browser.call(endpoint, &fields).await;
            assert!(answer.status.is_client_error(), "{endpoint} {fields:?}: {}", answer.status);
            answer.error()
        };
        let right = world.code(&ana.key, 1);
        assert_eq!(attempt(&[]).await, AppError::BadRequest);
        assert_eq!(attempt(&[("code", &right)]).await, AppError::BadRequest);
        assert_eq!(attempt(&[("password", PASSWORD)]).await, AppError::CodeMalformed);
        assert_eq!(attempt(&[("password", PASSWORD), ("code", "12345")]).await, AppError::CodeMalformed);
        assert_eq!(attempt(&[("password", "not this one"), ("code", &right)]).await, AppError::PasswordWrong);
        let wrong = world.wrong_code(&ana.key);
        assert_eq!(attempt(&[("password", PASSWORD), ("code", &wrong)]).await, AppError::CodeWrong { left: None });
        assert_eq!(attempt(&[("password", PASSWORD), ("code", &used)]).await, AppError::CodeUsed, "used to sign in");
    }
    assert_eq!(world.standing().await, before);
    // The wrong codes of all of them stand in one row of the same counter.
    assert_eq!(world.count("SELECT failures FROM factor").await, 8);
}

async fn enr_04_changed_app_replaces_the_old_one_once_it_is_confirmed(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut other = world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    browser.change("profile/authenticator", &code, &[]).await.leads_to(routes::AUTHENTICATOR);
    let key = browser.setup_key().await;
    assert_ne!(key, ana.key);
    // A proof is for one change: its code opens no second one.
    assert_eq!(browser.change("profile/recovery-code", &code, &[]).await.error(), AppError::CodeUsed);

    // Until then the old app works, also for signing in.
    world.clock.advance(60);
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let recovery = browser.recovery_code().await.unwrap();
    assert_ne!(recovery, ana.recovery);
    browser.save_recovery_code().await;

    world.clock.advance(60);
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED, "the other sessions ended");
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.is_refused();
    world.challenged(&ana).await.recover(&ana.recovery).await.is_refused();
    world.challenged(&ana).await.verify(&world.code(&key, 0)).await.leads_to(routes::HOME);
    assert_eq!((world.count(ACTIVE).await, world.count(CURRENT).await), (1, 1));
    assert_eq!(world.notices("authenticator-changed").await, 1);
}

async fn enr_04_change_ends_with_its_session_and_its_time(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut owner = world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    browser.change("profile/authenticator", &code, &[]).await.leads_to(routes::AUTHENTICATOR);
    let key = browser.setup_key().await;

    owner.call("profile/session/end-others", &[]).await.leads_to(routes::SECURITY);

    browser.confirm(&world.code(&key, 0)).await.is_refused();
    browser.call("set-up/method", &[("method", "authenticator")]).await.is_refused();
    assert!(browser.view::<serde_json::Value>("authenticator").await.is_err());

    world.clock.advance(60);
    let code = world.code(&ana.key, 0);
    owner.change("profile/authenticator", &code, &[]).await.leads_to(routes::AUTHENTICATOR);
    let key = owner.setup_key().await;
    world.clock.advance(601);
    owner.confirm(&world.code(&key, 0)).await.is_refused();
    assert_eq!(world.count(ACTIVE).await, 1);
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

/// Nothing is replaced, and whoever is cut off between the scan and the code has an entry in the app that never works.
async fn enr_04_first_app_has_the_time_that_it_takes_to_find_one(world: World) {
    world.open_company("Open").await;
    let mut first = world.browser();
    world.person("ana@open.example", "Open", Role::Member).await;
    first.enter("ana@open.example").await.leads_to(routes::HOME);
    let lost = world.volunteer("bob@open.example").await;
    let mut lost_app = world.challenged(&lost).await;
    lost_app.recover(&lost.recovery).await.leads_to(routes::RECOVERY_CODE);
    lost_app.recovery_code().await.unwrap();
    lost_app.save_after_recovery().await;
    for mut browser in [first, lost_app] {
        browser.call("profile/authenticator", &[("password", PASSWORD)]).await.leads_to(routes::AUTHENTICATOR);
        let key = browser.setup_key().await;
        world.clock.advance(40 * 60);
        browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    }
}

async fn enr_05_removal_needs_everything_and_nobody_who_asks_for_it(world: World) {
    let ana = world.volunteer("ana@open.example").await;
    let mut browser = world.signed_in(&ana).await;
    let before = world.standing().await;
    let code = world.code(&ana.key, 0);
    let form = format!("password={}&code={code}", PASSWORD.replace(' ', "+"));

    let address = format!("/api/profile/authenticator/remove?{form}");
    browser.get(&address).await.is_refused();
    for site in ["cross-site", "same-site", "none"] {
        let request = browser
            .request(Method::POST, "/api/profile/authenticator/remove")
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site);
        let answer = browser.send("cross-site", request.body(Body::from(form.clone())).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{site}");
    }
    assert_eq!(world.standing().await, before);

    world.set_policy("Open", true, None).await;
    let refused = browser.change("profile/authenticator/remove", &code, &[]).await;
    assert_eq!(refused.error(), AppError::LastMethod, "the company asks for a factor now");
    assert_eq!(world.count(ACTIVE).await, 1);
}

async fn enr_05_removed_app_is_gone_with_its_recovery_code(world: World) {
    let ana = world.volunteer("ana@open.example").await;
    let mut other = world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    browser.change("profile/authenticator/remove", &code, &[]).await.leads_to(routes::SECURITY);

    assert_eq!((world.count(ACTIVE).await, world.count(CURRENT).await), (0, 0));
    assert_eq!(browser.session().await, StatusCode::OK, "the session of the change goes on");
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.notices("authenticator-removed").await, 1);
    world.browser().enter(&ana.email).await.leads_to(routes::HOME);
}

async fn enr_07_enrolment_from_the_profile_ends_the_other_sessions(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", Role::Member).await;
    let mut other = world.browser();
    other.enter("ana@open.example").await.leads_to(routes::HOME);
    let mut browser = world.browser();
    browser.enter("ana@open.example").await.leads_to(routes::HOME);
    let wrong = browser.call("profile/authenticator", &[("password", "not this one")]).await;
    assert_eq!(wrong.error(), AppError::PasswordWrong);
    browser.call("profile/authenticator", &[("password", PASSWORD)]).await.leads_to(routes::AUTHENTICATOR);
    let key = browser.setup_key().await;
    assert_eq!(other.session().await, StatusCode::OK, "nothing has changed yet");
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 1);
}

async fn enr_09_last_factor_stays_while_it_is_required(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    let refused = browser.change("profile/authenticator/remove", &code, &[]).await;
    assert_eq!((refused.status, refused.error()), (StatusCode::FORBIDDEN, AppError::LastMethod));
    assert_eq!((world.count(ACTIVE).await, world.count(CURRENT).await), (1, 1));

    // A role asks whatever the company says.
    world.open_company("Open").await;
    world.person("cy@open.example", "Open", Role::PaymentsAdmin).await;
    let cy = world.enrol("cy@open.example").await;
    let mut browser = world.signed_in(&cy).await;
    let code = world.code(&cy.key, 0);
    assert_eq!(browser.change("profile/authenticator/remove", &code, &[]).await.error(), AppError::LastMethod);
    let page = browser.get(routes::SECURITY).await.text();
    assert!(!page.contains(routes::REMOVE_AUTHENTICATOR), "what is refused is not offered");
}

pub(crate) async fn race_09_changes_of_one_account_at_once_leave_one_outcome(world: World) {
    for ana in world.volunteers(ROUNDS).await {
        let browser = world.session_by(&ana, -1).await;
        let code = world.code(&ana.key, 0);
        let before = (changes(&world).await, events(&world, "confirm.wrong").await);
        let counted = (world.count(CURRENT).await, world.count(ACTIVE).await);
        // As many as a busy machine still gets through one by one before their time is over.
        let work = (0..12).map(|turn| {
            let (mut browser, code) = (browser.clone(), code.clone());
            let (endpoint, more) = CHANGES[turn % CHANGES.len()];
            async move { browser.change(endpoint, &code, more).await }
        });
        let answers = at_once(work.collect()).await;
        assert_eq!(accepted(&answers), 1, "one code, one change");
        assert!(world.count(CURRENT).await <= counted.0);
        assert!(world.count(ACTIVE).await <= counted.1);
        assert_eq!(changes(&world).await, before.0 + 1, "one event of a change");
        assert_eq!(events(&world, "confirm.wrong").await, before.1, "no attempt was wrong");
    }
}

/// Events that tell of one of [`CHANGES`].
async fn changes(world: &World) -> i64 {
    let sql = "SELECT COUNT(*) FROM audit_event WHERE kind IN \
               ('factor.change', 'factor.removed', 'recovery_code.requested', 'password.changed')";
    world.count(sql).await
}

/// Another app, a phone, and the app taken away, each in a browser of its own that has shown already that it may.
pub(crate) async fn race_09_app_phone_and_removal_at_once_leave_what_one_order_would(world: World) {
    for (round, ana) in world.volunteers(ROUNDS).await.into_iter().enumerate() {
        let mut app = world.session_at_once(&ana).await;
        app.change("profile/authenticator", &world.code(&ana.key, 0), &[]).await.leads_to(routes::AUTHENTICATOR);
        let key = app.setup_key().await;
        let mut phone = world.session_at_once(&ana).await;
        phone.change("profile/phone", &world.code(&ana.key, 0), &[]).await.leads_to(routes::PHONE);
        phone.send_text("US", &format!("(201) 555-012{round}")).await.leads_to(routes::PHONE_CONFIRM);
        let mut removal = world.session_at_once(&ana).await;

        let before = (events(&world, "factor.bound").await, events(&world, "factor.removed").await);
        let [apps, phones, cards] = counting(&world).await;
        let (new, texted, old) = (world.code(&key, 0), world.phones.code(), world.code(&ana.key, 0));
        let mut work: Vec<Pin<Box<dyn Future<Output = Answer> + Send>>> = vec![
            Box::pin(async move { app.confirm(&new).await }),
            Box::pin(async move { phone.confirm_phone(&texted).await }),
            Box::pin(async move { removal.change("profile/authenticator/remove", &old, &[]).await }),
        ];
        let turn = round % work.len();
        work.rotate_left(turn);
        let mut answers = at_once(work).await;
        answers.rotate_right(turn);

        let unclear = answers.iter().find(|answer| !answer.is_ok() && !answer.status.is_client_error());
        assert!(unclear.is_none(), "neither done nor refused: {unclear:?}");
        let [app, phone, removal] = [0, 1, 2].map(|number: usize| answers[number].is_ok());
        assert!(app || phone || removal, "somebody is first");
        assert!(!(app && phone), "a new factor ends the other enrolment");
        let bound = i64::from(app) + i64::from(phone);
        assert_eq!(events(&world, "factor.bound").await, before.0 + bound);
        assert_eq!(events(&world, "factor.removed").await, before.1 + i64::from(removal));
        // There was an app with its card, and there is a card where there is a factor.
        let left = [app || !removal, phone, app || phone || !removal].map(i64::from);
        assert_eq!(counting(&world).await, [apps - 1 + left[0], phones + left[1], cards - 1 + left[2]]);
        if app {
            world.make_steps_older().await;
            world.challenged(&ana).await.verify(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
        }
    }
}

/// How many apps, phones and recovery cards count.
async fn counting(world: &World) -> [i64; 3] {
    let active = |method: &'static str| {
        world.database.int("SELECT COUNT(*) FROM factor WHERE state = 'active' AND method = $1", vec![method.into()])
    };
    [active("authenticator").await, active("phone").await, world.count(CURRENT).await]
}
