//! A right code whose answer never arrives (RACE-19): the browser is left with the cookies that it sent.

use std::pin::Pin;

use app::{
    AppError,
    model::{Email, RecoveryCodeView, Secret},
    routes,
};
use axum::http::StatusCode;

use crate::support::{Browser, Enrolled, NUMBER, SIGN_IN_COOKIE, World, accepted, at_once, both};

both!(
    race_19_code_of_the_app_leads_back_to_the_start_and_counts_nothing,
    race_19_confirmation_of_the_app_leads_back_to_the_start,
    race_19_code_of_a_text_leads_back_to_the_start_and_counts_nothing,
    race_19_recovery_code_is_taken_again_in_the_same_browser,
    race_19_recovery_code_is_taken_again_as_often_as_the_answer_is_lost,
    race_19_recovery_code_is_not_taken_again_by_anybody_else,
    race_19_recovery_code_is_not_taken_again_once_it_is_over,
    race_19_recovery_handed_over_again_at_once_opens_one_session,
    race_19_waiting_code_is_seen_by_one_of_two_tokens,
);

const SPENT: &str = "SELECT COUNT(*) FROM recovery_code WHERE used_at IS NOT NULL";
const RECOVERIES: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'session.recovery'";
const LETTERS: &str = "SELECT COUNT(*) FROM notice WHERE kind = 'recovery-code-used'";

/// Everything that a failure would move.
async fn counted(world: &World) -> [i64; 4] {
    [
        world.count("SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM throttle").await,
        world.count("SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM factor").await,
        world.count("SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM recovery_code").await,
        world.count("SELECT COUNT(*) FROM audit_event WHERE kind IN ('code.wrong', 'code.used')").await,
    ]
}

/// Sends the same form again, from the page that it came from: back to the start, with a sentence, and nothing counted.
async fn again(world: &World, browser: &mut Browser, from: &str, endpoint: &str, field: (&str, &str), says: &str) {
    let before = counted(world).await;
    assert_eq!(browser.clone().call(endpoint, &[field]).await.error(), AppError::Expired);
    let (path, page) = browser.submit(from, endpoint, &[field]).await;
    assert!(path.starts_with(routes::SIGN_IN) && page.text().contains(says), "{path}: {}", page.text());
    assert_eq!(counted(world).await, before);
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
}

const ANSWERED: &str =
    "That code was used already, but our answer did not reach you. Sign in again, with the next code.";
const UNSEEN: &str = "type the same recovery code once more";

async fn race_19_code_of_the_app_leads_back_to_the_start_and_counts_nothing(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    let code = world.code(&ana.key, 0);
    browser.clone().verify(&code).await.leads_to(routes::HOME);

    again(&world, &mut browser, routes::VERIFY, "sign-in/code", ("code", &code), ANSWERED).await;

    assert_eq!(browser.cookie(SIGN_IN_COOKIE), None);
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    assert_eq!(browser.verify(&code).await.error(), AppError::CodeUsed);
    browser.verify(&world.code(&ana.key, 1)).await.leads_to(routes::HOME);
}

async fn race_19_confirmation_of_the_app_leads_back_to_the_start(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    let code = world.code(&key, 0);
    browser.clone().confirm(&code).await.leads_to(routes::RECOVERY_CODE);

    again(&world, &mut browser, routes::AUTHENTICATOR, "set-up/authenticator", ("code", &code), ANSWERED).await;

    browser.enter("ana@strict.example").await.leads_to(routes::VERIFY);
    browser.verify(&world.code(&key, 1)).await.leads_to(routes::RECOVERY_CODE);
    assert!(browser.recovery_code().await.is_some(), "a code that nobody has seen is replaced");
}

async fn race_19_code_of_a_text_leads_back_to_the_start_and_counts_nothing(world: World) {
    world.with_phone("ana@strict.example", NUMBER).await;
    let mut browser = world.texted("ana@strict.example").await;
    let code = world.phones.code();
    browser.clone().verify_phone(&code).await.leads_to(routes::HOME);

    again(&world, &mut browser, routes::PHONE_CODE, "sign-in/phone/code", ("code", &code), ANSWERED).await;

    world.clock.advance(30);
    browser.enter("ana@strict.example").await.leads_to(routes::PHONE_CODE);
    assert_ne!(world.phones.code(), code, "the next code is sent at once");
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

/// Somebody whose recovery code was accepted, and who does not know it: the browser of the lost answer, and their own.
async fn unanswered(world: &World, ana: &Enrolled) -> (Browser, Browser) {
    let browser = world.challenged(ana).await;
    let mut lost = browser.clone();
    lost.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    (lost, browser)
}

async fn race_19_recovery_code_is_taken_again_in_the_same_browser(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let (mut lost, mut browser) = unanswered(&world, &ana).await;
    let field = ("recovery_code", ana.recovery.as_str());
    again(&world, &mut browser, routes::RECOVERY, "sign-in/recovery", field, UNSEEN).await;
    let (path, _) = browser.open(routes::RECOVERY).await;
    assert_eq!(path, routes::SIGN_IN_UNSEEN, "the page leads there too");

    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    assert!(browser.get(routes::RECOVERY).await.text().contains("from card 1."), "the card that the person has");
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);

    assert_eq!(lost.session().await, StatusCode::UNAUTHORIZED, "the answer that was lost opens nothing");
    let fresh = browser.recovery_code().await.expect("the new code is shown");
    browser.save_after_recovery().await;
    assert_eq!((world.count(SPENT).await, world.count(RECOVERIES).await, world.count(LETTERS).await), (1, 1, 1));
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 1, "one use, one session");
    world.challenged(&ana).await.recover(&ana.recovery).await.is_refused();
    world.challenged(&ana).await.recover(&fresh).await.leads_to(routes::RECOVERY_CODE);
}

async fn race_19_recovery_code_is_taken_again_as_often_as_the_answer_is_lost(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let (_, mut browser) = unanswered(&world, &ana).await;
    for _ in 0..3 {
        // Begun, left, and begun once more.
        browser.enter(&ana.email).await.leads_to(routes::VERIFY);
        browser.enter(&ana.email).await.leads_to(routes::VERIFY);
        browser.clone().recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
        browser.recover(&ana.recovery).await.is_refused();
    }
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    assert!(browser.recovery_code().await.is_some());
    assert_eq!((world.count(SPENT).await, world.live_sessions().await), (1, 1));
}

async fn race_19_recovery_code_is_not_taken_again_by_anybody_else(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let bob = world.enrolled("bob@strict.example").await;
    let (_, mut browser) = unanswered(&world, &ana).await;
    let wrong = AppError::RecoveryCodeWrong { left: Some(4) };
    let old = AppError::RecoveryCodeOld { card: 1, newest: 2, left: Some(4) };

    // Password and code alone do not do.
    assert_eq!(world.challenged(&ana).await.recover(&ana.recovery).await.error(), old);
    // Nor does the browser, for another person.
    let mut bobs = browser.clone();
    bobs.enter(&bob.email).await.leads_to(routes::VERIFY);
    assert_eq!(bobs.recover(&ana.recovery).await.error(), wrong);
    // Nor browser and password with another code, which counts like any wrong one.
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    assert_eq!(browser.recover(&bob.recovery).await.error(), wrong);
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 1);
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
}

async fn race_19_recovery_code_is_not_taken_again_once_it_is_over(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let (mut lost, mut browser) = unanswered(&world, &ana).await;
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    let mut late = browser.clone();
    lost.recovery_code().await.expect("the answer has arrived after all");
    assert!(matches!(late.recover(&ana.recovery).await.error(), AppError::RecoveryCodeOld { card: 1, newest: 2, .. }));

    let cem = world.enrolled("cem@strict.example").await;
    let (_, mut browser) = unanswered(&world, &cem).await;
    world.clock.advance(3600);
    browser.enter(&cem.email).await.leads_to(routes::VERIFY);
    assert!(
        matches!(browser.recover(&cem.recovery).await.error(), AppError::RecoveryCodeOld { card: 1, newest: 2, .. }),
        "after an hour"
    );

    let dee = world.enrolled("dee@strict.example").await;
    let (_, mut browser) = unanswered(&world, &dee).await;
    browser.enter(&dee.email).await.leads_to(routes::VERIFY);
    let mut app = world.challenged(&dee).await;
    app.verify(&world.code(&dee.key, 0)).await.leads_to(routes::RECOVERY_CODE);
    app.recovery_code().await.unwrap();
    app.save_recovery_code().await;
    let old = AppError::RecoveryCodeOld { card: 1, newest: 3, left: Some(4) };
    assert_eq!(browser.recover(&dee.recovery).await.error(), old, "a newer card");

    let eve = world.enrolled("eve@strict.example").await;
    let (_, mut browser) = unanswered(&world, &eve).await;
    let new = "four quiet green boats";
    world.service.set_password(&Email::parse(&eve.email).unwrap(), &Secret::new(new)).await.unwrap();
    browser.enter_with(&eve.email, new).await.leads_to(routes::VERIFY);
    assert!(
        matches!(browser.recover(&eve.recovery).await.error(), AppError::RecoveryCodeOld { card: 1, newest: 2, .. }),
        "a new password"
    );
}

async fn race_19_waiting_code_is_seen_by_one_of_two_tokens(world: World) {
    hand_over_beside_a_look(world, 32).await;
}

/// The same in fewer rounds, whose passwords are hashed at a real cost.
pub(crate) async fn race_19_waiting_code_is_seen_by_one_of_two_tokens_on_two_nodes(world: World) {
    hand_over_beside_a_look(world, 4).await;
}

/// Whether a code that is waiting is taken by the old token or by the new one: never by both, whoever is first. In some of
/// the rounds the old browser's page finds its session before it is handed over, and looks after that.
async fn hand_over_beside_a_look(world: World, rounds: usize) {
    let mut ana = world.enrolled("ana@strict.example").await;
    for round in 0..rounds {
        let (mut lost, mut browser) = unanswered(&world, &ana).await;
        browser.enter(&ana.email).await.leads_to(routes::VERIFY);
        let code = ana.recovery.clone();
        let hand = async move {
            let handed = browser.recover(&code).await.is_ok();
            let seen = if handed { browser.recovery_code().await } else { None };
            (browser, handed, seen)
        };
        let look = async move {
            let view = lost.view::<RecoveryCodeView>("recovery-code").await.ok();
            let seen = view.and_then(|view| view.groups).map(|groups| groups.join("-"));
            (lost, false, seen)
        };
        let both: Vec<Pin<Box<dyn Future<Output = _> + Send>>> = vec![Box::pin(hand), Box::pin(look)];

        let ends = at_once(both).await;

        let mut seen: Vec<_> = ends.iter().filter_map(|(browser, _, seen)| Some((browser, seen.clone()?))).collect();
        assert_eq!(seen.len(), 1, "round {round}: handed over: {}", ends[0].1);
        let (holder, fresh) = seen.remove(0);
        assert_eq!(holder.clone().session().await, StatusCode::OK, "round {round}: whoever sees the code is in");
        holder.clone().save_after_recovery().await;
        assert_eq!(world.live_sessions().await, 1);
        ana.recovery = fresh;
        world.clock.advance(61);
    }
}

pub(crate) async fn race_19_recovery_handed_over_again_at_once_opens_one_session(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let (mut lost, mut browser) = unanswered(&world, &ana).await;
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    let work = (0..16).map(|_| {
        let (mut browser, code) = (browser.clone(), ana.recovery.clone());
        async move {
            let answer = browser.recover(&code).await;
            (answer, browser)
        }
    });
    let looking = tokio::spawn(async move { lost.view::<RecoveryCodeView>("recovery-code").await.ok() });
    let (answers, browsers): (Vec<_>, Vec<_>) = at_once(work.collect()).await.into_iter().unzip();

    let seen = looking.await.unwrap().and_then(|view| view.groups);
    let handed = accepted(&answers);
    assert_eq!(handed + usize::from(seen.is_some()), 1, "the new code is shown to one of them");
    let mut alive = 0;
    for mut browser in browsers {
        alive += usize::from(browser.session().await == StatusCode::OK);
    }
    assert_eq!(alive, handed);
    assert_eq!((world.count(SPENT).await, world.live_sessions().await), (1, 1));
}
