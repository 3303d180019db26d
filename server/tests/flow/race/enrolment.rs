//! Enrolments at the same moment as each other, as sign-ins and as a sign-out.

use app::{AppError, model::RecoveryCodeView, routes};
use axum::http::StatusCode;
use futures_util::future::BoxFuture;
use server::domain::Role;
use sqlx::{AnyConnection, Connection};

use super::{ROUNDS, SESSIONS, costly_rounds, events};
use crate::support::{Answer, Browser, PASSWORD, World, at_once, both, is_put_off, postgres_only, somebody};

both!(
    race_08_confirmations_make_one_factor_and_one_code,
    race_08_fresh_codes_asked_for_at_once_leave_one_current,
    race_09_enrolment_replaced_while_it_is_confirmed_changes_nothing,
    race_10_sign_out_beside_a_confirmation_leaves_all_of_it_or_nothing,
    race_18_half_built_enrolment_never_opens_a_session,
);

postgres_only!(
    race_18_password_between_the_rows_of_a_new_person_opens_nothing,
    race_18_password_between_the_rows_of_a_first_app_leaves_no_session,
);

pub(crate) async fn race_08_confirmations_make_one_factor_and_one_code(world: World) {
    for round in 1..=ROUNDS {
        let email = format!("crew{round}@strict.example");
        world.newcomer(&email).await;
        let mut browser = world.browser();
        let key = browser.start_enrolment(&email).await;
        let code = world.code(&key, 0);

        let work = (0..64).map(|_| {
            let (mut browser, code) = (browser.clone(), code.clone());
            async move {
                let answer = browser.confirm(&code).await;
                let view = browser.view::<RecoveryCodeView>("recovery-code").await;
                (answer, view.ok().and_then(|view| view.groups))
            }
        });
        let answers = at_once(work.collect()).await;

        let so_far = i64::try_from(round).unwrap();
        assert_eq!(answers.iter().filter(|(answer, _)| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|(_, code)| code.is_some()).count(), 1, "the recovery code is shown once");
        assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'active'").await, so_far);
        assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'pending'").await, 0);
        assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, so_far);
        assert_eq!(world.count(SESSIONS).await, so_far);
        assert_eq!(events(&world, "factor.bound").await, so_far);
        assert_eq!(events(&world, "session.%").await, so_far);
    }
}

async fn race_08_fresh_codes_asked_for_at_once_leave_one_current(world: World) {
    let world = world.restart(|plan| plan.limits.new_cards = 100).await;
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);

    let work = (0..64).map(|_| {
        let mut browser = browser.clone();
        async move { browser.call("set-up/new-code", &[]).await }
    });
    for answer in at_once(work.collect()).await {
        answer.leads_to(routes::RECOVERY_CODE);
    }

    let current = "SELECT COUNT(*) FROM recovery_code WHERE used_at IS NULL AND replaced_at IS NULL";
    assert_eq!(world.count(current).await, 1);
    assert!(browser.recovery_code().await.is_some(), "the last one is shown");
}

/// Another enrolment of the same person drops the pending app while its code is being checked: the app that
/// counts stays the one that counts, and the sessions live on.
async fn race_09_enrolment_replaced_while_it_is_confirmed_changes_nothing(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.save_after_recovery().await;
    browser.call("set-up/start", &[("password", PASSWORD)]).await.leads_to(routes::METHOD);
    browser.call("set-up/method", &[("method", "authenticator")]).await.leads_to(routes::AUTHENTICATOR);
    let code = world.code(&browser.setup_key().await, 0);

    let mut other = world.database.connect().await;
    let begin = if world.database.is_sqlite() { "BEGIN IMMEDIATE" } else { "BEGIN" };
    sqlx::query(begin).execute(&mut other).await.unwrap();
    sqlx::query("DELETE FROM factor WHERE state = 'pending'").execute(&mut other).await.unwrap();
    let mut confirming = browser.clone();
    let request = tokio::spawn(async move { confirming.confirm(&code).await });
    world.somebody_waits_for_a_lock(&request).await;
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();

    request.await.unwrap().is_refused();
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'active'").await, 1);
    assert_eq!(events(&world, "factor.bound").await, 1, "that of the app which is there");
    assert_eq!(browser.session().await, StatusCode::OK);
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

/// Both spend the same sign-in, so one of them finds it spent: there is a factor with its session, or neither.
pub(crate) async fn race_10_sign_out_beside_a_confirmation_leaves_all_of_it_or_nothing(world: World) {
    for round in 0..12 {
        let email = format!("p{round}@strict.example");
        world.newcomer(&email).await;
        let mut confirming = world.browser();
        let key = confirming.start_enrolment(&email).await;
        let (mut leaving, code) = (confirming.clone(), world.code(&key, 0));

        let mut browser = confirming.clone();
        let mut work: Vec<BoxFuture<'static, (bool, Answer)>> = vec![
            Box::pin(async move { (false, leaving.call("sign-out", &[]).await) }),
            Box::pin(async move { (true, browser.confirm(&code).await) }),
        ];
        if round % 2 == 1 {
            work.reverse();
        }
        let mut confirmed = false;
        for (is_confirmation, answer) in at_once(work).await {
            if !is_confirmation {
                assert!(answer.is_ok(), "{}", answer.status);
            } else if answer.is_ok() {
                answer.leads_to(routes::RECOVERY_CODE);
                confirmed = true;
            } else {
                assert_eq!(answer.error(), AppError::Expired);
            }
        }
        let count = |sql: &'static str| world.database.int(sql, vec![email.as_str().into()]);
        let of = i64::from(confirmed);
        let factors = "SELECT COUNT(*) FROM factor f JOIN person p ON p.id = f.person_id \
                       WHERE p.email = $1 AND f.state = 'active'";
        assert_eq!(count(factors).await, of);
        assert_eq!(world.live_sessions_of(&email).await, of);
        let codes = "SELECT COUNT(*) FROM recovery_code r JOIN person p ON p.id = r.person_id WHERE p.email = $1";
        assert_eq!(count(codes).await, of);
        let bound = "SELECT COUNT(*) FROM audit_event e JOIN person p ON p.id = e.person_id \
                     WHERE p.email = $1 AND e.kind = 'factor.bound'";
        assert_eq!(count(bound).await, of);
        let alive = "SELECT COUNT(*) FROM sign_in s JOIN person p ON p.id = s.person_id \
                     WHERE p.email = $1 AND s.consumed_at IS NULL";
        assert_eq!(count(alive).await, 0);
        confirming.confirm(&world.code(&key, 0)).await.is_refused();
    }
}

/// While one browser confirms the enrolment, others give the password: none of them may land between the
/// person's rows and be taken for somebody of whom no second factor is asked.
pub(crate) async fn race_18_half_built_enrolment_never_opens_a_session(world: World) {
    for round in 1..=costly_rounds(&world) {
        let email = format!("crew{round}@strict.example");
        world.newcomer(&email).await;
        let mut enrolling = world.browser();
        let key = enrolling.start_enrolment(&email).await;
        let code = world.code(&key, 0);

        let mut work: Vec<BoxFuture<'static, (bool, Browser, Answer)>> = Vec::new();
        work.push(Box::pin(async move {
            let answer = enrolling.confirm(&code).await;
            (true, enrolling, answer)
        }));
        for mut browser in world.browsers(63) {
            let email = email.clone();
            work.push(Box::pin(async move {
                let answer = browser.enter(&email).await;
                (false, browser, answer)
            }));
        }
        let answers = at_once(work).await;

        for (confirmed, mut browser, answer) in answers {
            if confirmed {
                answer.leads_to(routes::RECOVERY_CODE);
            } else {
                // So many at once are also more than the account's limit allows, or are still being checked.
                let next = if answer.is_ok() { answer.location().unwrap() } else { routes::SIGN_IN };
                assert!([routes::REQUIRED, routes::VERIFY, routes::SIGN_IN].contains(&next), "{next}");
                assert!(!answer.status.is_server_error() || is_put_off(&answer), "{}", answer.status);
                assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
            }
        }
        let so_far = i64::try_from(round).unwrap();
        assert_eq!(world.count(SESSIONS).await, so_far);
        let opened = events(&world, "session.%").await;
        assert_eq!(opened, so_far, "the one session has its event, and no other is told of");
    }
}

/// A second connection stops the server between the rows of a person who is being added, and the password comes meanwhile:
/// whose role is not known yet is nobody. SQLite has one writer, and shows nothing of a change before its end.
async fn race_18_password_between_the_rows_of_a_new_person_opens_nothing(world: World) {
    world.strict_company("Strict").await;
    for round in 0..ROUNDS {
        let email = format!("crew{round}@strict.example");
        let held = stop_at(&world, "LOCK TABLE membership IN EXCLUSIVE MODE").await;
        let (service, person) = (world.service.clone(), somebody(&email, "Strict", Role::Member));
        let adding = tokio::spawn(async move { service.add_person(&person).await });
        world.somebody_waits_for_a_lock(&adding).await;

        let mut browser = world.browser();
        assert_eq!(browser.enter(&email).await.error(), AppError::CredentialsWrong);
        held.close().await.unwrap();

        adding.await.unwrap().unwrap();
        assert_eq!(world.count(SESSIONS).await, 0);
        browser.enter(&email).await.leads_to(routes::REQUIRED);
    }
}

/// The same between the rows of a first app, where nobody has to have one: until all of them are there the password is
/// enough, and what it has opened ends with them.
pub(crate) async fn race_18_password_between_the_rows_of_a_first_app_leaves_no_session(world: World) {
    world.open_company("Open").await;
    for round in 0..ROUNDS {
        let email = format!("crew{round}@open.example");
        world.person(&email, "Open", Role::Member).await;
        let mut enrolling = world.browser();
        enrolling.enter(&email).await.leads_to(routes::HOME);
        enrolling.call("profile/authenticator", &[("password", PASSWORD)]).await.leads_to(routes::AUTHENTICATOR);
        let code = world.code(&enrolling.setup_key().await, 0);
        let held = stop_at(&world, "LOCK TABLE recovery_code IN EXCLUSIVE MODE").await;
        let confirming = tokio::spawn(async move { (enrolling.confirm(&code).await, enrolling) });
        world.somebody_waits_for_a_lock(&confirming).await;

        let mut browser = world.browser();
        browser.enter(&email).await.leads_to(routes::HOME);
        held.close().await.unwrap();

        let (confirmed, mut enrolling) = confirming.await.unwrap();
        confirmed.leads_to(routes::RECOVERY_CODE);
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "it was opened before the app counted");
        assert_eq!(enrolling.session().await, StatusCode::OK);
        assert_eq!(world.live_sessions_of(&email).await, 1);
        browser.enter(&email).await.leads_to(routes::VERIFY);
    }
}

/// Stops every change that comes to write to a table, which can still be read.
async fn stop_at(world: &World, lock: &'static str) -> AnyConnection {
    let mut held = world.database.connect().await;
    for statement in ["BEGIN", lock] {
        sqlx::query(statement).execute(&mut held).await.unwrap();
    }
    held
}
