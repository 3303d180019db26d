//! Enrolments at the same moment as each other, as sign-ins and as a sign-out.

use app::{AppError, model::RecoveryCodeView, routes};
use axum::http::StatusCode;

use super::{ROUNDS, SESSIONS, events};
use crate::support::{Answer, Browser, PASSWORD, World, at_once, both, is_put_off};

both!(
    race_08_confirmations_make_one_factor_and_one_code,
    race_08_fresh_codes_asked_for_at_once_leave_one_current,
    race_09_enrolment_replaced_while_it_is_confirmed_changes_nothing,
    race_10_sign_out_beside_a_confirmation_leaves_all_of_it_or_nothing,
    race_18_half_built_enrolment_never_opens_a_session,
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
        let mut work: Vec<futures_util::future::BoxFuture<'static, (bool, Answer)>> = vec![
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
    world.newcomer("ana@strict.example").await;
    let mut enrolling = world.browser();
    let key = enrolling.start_enrolment("ana@strict.example").await;
    let code = world.code(&key, 0);

    let others: Vec<_> = world.browsers(63);
    let mut work: Vec<futures_util::future::BoxFuture<'static, (bool, Browser, Answer)>> = Vec::new();
    work.push(Box::pin(async move {
        let answer = enrolling.confirm(&code).await;
        (true, enrolling, answer)
    }));
    for mut browser in others {
        work.push(Box::pin(async move {
            let answer = browser.enter("ana@strict.example").await;
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
    assert_eq!(world.count(SESSIONS).await, 1);
    let opened = "SELECT COUNT(*) FROM audit_event WHERE kind LIKE 'session.%'";
    assert_eq!(world.count(opened).await, 1, "the one session has its event, and no other is told of");
}
