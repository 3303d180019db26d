//! Steps that must happen exactly once, sixty-four at a time (catalogue 3.11).

use app::{AppError, model::RecoveryCodeView, routes};
use axum::http::StatusCode;

use crate::support::{Answer, Browser, PASSWORD, World, accepted, at_once, both, code_at};

both!(
    race_01_one_code_one_challenge_opens_one_session,
    race_02_one_code_many_challenges_opens_one_session,
    race_02_one_code_many_known_browsers_opens_one_session,
    race_05_wrong_codes_stop_at_the_budget,
    race_05_wrong_codes_of_many_challenges_stop_at_the_account,
    race_06_right_code_among_wrong_ones_opens_at_most_one_session,
    race_08_confirmations_make_one_factor_and_one_code,
    race_08_fresh_codes_asked_for_at_once_leave_one_current,
    race_09_enrolment_replaced_while_it_is_confirmed_changes_nothing,
    race_10_sign_out_beside_a_confirmation_leaves_all_of_it_or_nothing,
    race_16_failures_survive_a_restart,
    race_18_half_built_enrolment_never_opens_a_session,
);

const SESSIONS: &str = "SELECT COUNT(*) FROM session";

/// How many events of a kind were noted; `%` stands for anything.
pub(crate) async fn events(world: &World, kind: &'static str) -> i64 {
    world.database.int("SELECT COUNT(*) FROM audit_event WHERE kind LIKE $1", vec![kind.into()]).await
}

/// The answers to one code each, given at once.
async fn verify_at_once(browsers: Vec<Browser>, codes: Vec<String>) -> Vec<Answer> {
    let work = browsers.into_iter().zip(codes);
    at_once(work.map(|(mut browser, code)| async move { browser.verify(&code).await }).collect()).await
}

pub(crate) async fn race_01_one_code_one_challenge_opens_one_session(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let browser = world.challenged(&ana).await;
    let now = world.clock.seconds();

    let answers = verify_at_once(vec![browser; 64], vec![code_at(&ana.key, now); 64]).await;

    assert_eq!(accepted(&answers), 1);
    assert_eq!(world.count(SESSIONS).await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in WHERE consumed_at IS NOT NULL").await, 1);
    assert_eq!(world.count("SELECT last_step FROM factor").await, now / 30);
    assert_eq!(events(&world, "session.authenticator").await, 1);
    assert_eq!(events(&world, "code.%").await, 0, "the others found nothing to compare with");
}

pub(crate) async fn race_02_one_code_many_challenges_opens_one_session(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browsers = Vec::new();
    for _ in 0..64 {
        browsers.push(world.challenged(&ana).await);
    }

    let answers = verify_at_once(browsers, vec![world.code(&ana.key, 0); 64]).await;

    assert_eq!(accepted(&answers), 1);
    assert_eq!(world.count(SESSIONS).await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in WHERE consumed_at IS NOT NULL").await, 1);
    assert_eq!(events(&world, "session.authenticator").await, 1);
    let used = events(&world, "code.used").await;
    assert!(used > 0 && used == world.count("SELECT failures FROM factor").await, "{used} late ones are noted");
    assert_eq!(events(&world, "code.wrong").await, 0);
}

/// Strangers wait for one another at the counter that they share. Known browsers have one each, so only the
/// mark of the used step stands between them.
async fn race_02_one_code_many_known_browsers_opens_one_session(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browsers = Vec::new();
    for _ in 0..16 {
        browsers.push(world.signed_in(&ana).await);
    }
    // All at one moment: a challenge does not live as long as so many sign-ins take.
    for browser in &mut browsers {
        browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    }
    let before = (world.count(SESSIONS).await, world.live_sessions().await);

    let answers = verify_at_once(browsers, vec![world.code(&ana.key, 0); 16]).await;

    assert_eq!(accepted(&answers), 1);
    // The one that this browser had has ended.
    assert_eq!((world.count(SESSIONS).await, world.live_sessions().await), (before.0 + 1, before.1));
    assert_eq!(events(&world, "session.authenticator").await, before.0 + 1);
    assert_eq!(events(&world, "code.used").await, 15);
}

pub(crate) async fn race_05_wrong_codes_stop_at_the_budget(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;

    let answers = verify_at_once(vec![browser.clone(); 64], vec![world.wrong_code(&ana.key); 64]).await;

    assert_eq!(accepted(&answers), 0);
    let compared = answers.iter().filter(|answer| matches!(answer.error(), AppError::CodeWrong { .. })).count();
    assert!(compared <= 5, "{compared} codes were compared");
    assert_eq!(world.count("SELECT attempts FROM sign_in").await, 5);
    assert_eq!(world.count("SELECT failures FROM factor").await, 5);
    assert_eq!(events(&world, "code.wrong").await, 5);
    browser.verify(&world.code(&ana.key, 0)).await.is_refused();
    assert_eq!(world.count(SESSIONS).await, 0);
    assert_eq!(events(&world, "session.%").await, 0);
}

pub(crate) async fn race_05_wrong_codes_of_many_challenges_stop_at_the_account(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browsers = Vec::new();
    for _ in 0..16 {
        browsers.extend(vec![world.challenged(&ana).await; 4]);
    }
    let mut late = world.challenged(&ana).await;

    let answers = verify_at_once(browsers, vec![world.wrong_code(&ana.key); 64]).await;

    assert_eq!(accepted(&answers), 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'code.wrong'").await, 10, "ten are compared");
    assert_eq!(world.count("SELECT CAST(SUM(attempts) AS BIGINT) FROM sign_in").await, 10);
    assert_eq!(world.count("SELECT failures FROM factor").await, 10);
    assert_eq!(world.count("SELECT COUNT(*) FROM throttle WHERE paused_until > 0 AND failures = 10").await, 1);
    late.verify(&world.code(&ana.key, 0)).await.is_refused();
    assert_eq!(world.count(SESSIONS).await, 0);
}

pub(crate) async fn race_06_right_code_among_wrong_ones_opens_at_most_one_session(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let browser = world.challenged(&ana).await;
    let mut codes = vec![world.wrong_code(&ana.key); 64];
    codes[31] = world.code(&ana.key, 0);

    let answers = verify_at_once(vec![browser; 64], codes).await;

    let accepted = accepted(&answers);
    assert!(accepted <= 1);
    assert_eq!(answers[31].is_ok(), accepted == 1, "only the right code is accepted");
    assert_eq!(world.count(SESSIONS).await, i64::try_from(accepted).unwrap());
    let attempts = world.count("SELECT attempts FROM sign_in").await;
    assert!(attempts <= 5);
    let opened = events(&world, "session.authenticator").await;
    assert_eq!(opened, i64::try_from(accepted).unwrap());
    assert_eq!(events(&world, "code.wrong").await + opened, attempts, "every attempt is noted");
}

pub(crate) async fn race_08_confirmations_make_one_factor_and_one_code(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
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

    assert_eq!(answers.iter().filter(|(answer, _)| answer.is_ok()).count(), 1);
    assert_eq!(answers.iter().filter(|(_, code)| code.is_some()).count(), 1, "the recovery code is shown once");
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'active'").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'pending'").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, 1);
    assert_eq!(world.count(SESSIONS).await, 1);
    assert_eq!(events(&world, "factor.bound").await, 1);
    assert_eq!(events(&world, "session.%").await, 1);
}

async fn race_08_fresh_codes_asked_for_at_once_leave_one_current(world: World) {
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
    assert_eq!(browser.session().await, StatusCode::OK);
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

/// Both spend the same sign-in, so one of them finds it spent: there is a factor with its session, or neither.
async fn race_10_sign_out_beside_a_confirmation_leaves_all_of_it_or_nothing(world: World) {
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
        let alive = "SELECT COUNT(*) FROM sign_in s JOIN person p ON p.id = s.person_id \
                     WHERE p.email = $1 AND s.consumed_at IS NULL";
        assert_eq!(count(alive).await, 0);
        confirming.confirm(&world.code(&key, 0)).await.is_refused();
    }
}

async fn race_16_failures_survive_a_restart(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    for _ in 0..2 {
        let mut browser = world.challenged(&ana).await;
        for _ in 0..4 {
            browser.verify(&world.wrong_code(&ana.key)).await.is_refused();
        }
    }
    let mut half_used = world.challenged(&ana).await;
    half_used.verify(&world.wrong_code(&ana.key)).await.is_refused();
    let token = half_used.cookie(crate::support::SIGN_IN_COOKIE).unwrap().to_owned();
    assert_eq!(world.count("SELECT failures FROM factor").await, 9);
    // A browser here holds on to the server that it talked to.
    drop(half_used);

    let world = world.restart(|_| ()).await;

    let mut browser = world.browser();
    browser.set_cookie(crate::support::SIGN_IN_COOKIE, &token);
    browser.verify(&world.wrong_code(&ana.key)).await.is_refused();
    // Ten failures in all: the step pauses, even for the right code.
    assert!(matches!(browser.verify(&world.code(&ana.key, 0)).await.error(), AppError::Paused { .. }));
    assert_eq!(world.count(SESSIONS).await, 0);
    assert_eq!(world.count("SELECT failures FROM factor").await, 10);
    assert_eq!(events(&world, "code.wrong").await, 10, "those of before the restart and those of after it");
    assert_eq!(events(&world, "session.%").await, 0);
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
            // So many at once are also more than the account's limit allows.
            let next = if answer.is_ok() { answer.location().unwrap() } else { routes::SIGN_IN };
            assert!([routes::REQUIRED, routes::VERIFY, routes::SIGN_IN].contains(&next), "{next}");
            assert!(!answer.status.is_server_error(), "{}", answer.status);
            assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
        }
    }
    assert_eq!(world.count(SESSIONS).await, 1);
    let opened = "SELECT COUNT(*) FROM audit_event WHERE kind LIKE 'session.%'";
    assert_eq!(world.count(opened).await, 1, "the one session has its event, and no other is told of");
}
