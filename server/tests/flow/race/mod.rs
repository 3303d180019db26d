//! Steps that must happen exactly once, sixty-four at a time (catalogue 3.11).

pub(crate) mod enrolment;

use app::AppError;

use crate::support::{Answer, Browser, World, accepted, at_once, both, code_at};

both!(
    race_01_one_code_one_challenge_opens_one_session,
    race_02_one_code_many_challenges_opens_one_session,
    race_02_one_code_many_known_browsers_opens_one_session,
    race_05_wrong_codes_stop_at_the_budget,
    race_05_wrong_codes_of_many_challenges_stop_at_the_account,
    race_06_right_code_among_wrong_ones_opens_at_most_one_session,
    race_16_failures_survive_a_restart,
);

const SESSIONS: &str = "SELECT COUNT(*) FROM session";
/// Of the person's app.
const FAILURES: &str = "SELECT failures FROM factor WHERE person_id = $1";
/// How often a race is run where one round takes no second, each time by somebody else: what one order of the steps hides
/// may show in another.
pub(crate) const ROUNDS: usize = 4;

/// The same where a round takes a dozen passwords or more.
pub(crate) fn costly_rounds(world: &World) -> usize {
    if world.in_earnest { 1 } else { ROUNDS }
}

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
    for (round, ana) in (1..).zip(world.crew(ROUNDS).await) {
        let browser = world.challenged(&ana).await;
        let now = world.clock.seconds();

        let answers = verify_at_once(vec![browser; 64], vec![code_at(&ana.key, now); 64]).await;

        assert_eq!(accepted(&answers), 1);
        assert_eq!(world.count(SESSIONS).await, round);
        assert_eq!(world.count("SELECT COUNT(*) FROM sign_in WHERE consumed_at IS NOT NULL").await, round);
        assert_eq!(world.int_of(&ana, "SELECT last_step FROM factor WHERE person_id = $1").await, now / 30);
        assert_eq!(events(&world, "session.authenticator").await, round);
        assert_eq!(events(&world, "code.%").await, 0, "the others found nothing to compare with");
    }
}

pub(crate) async fn race_02_one_code_many_challenges_opens_one_session(world: World) {
    let mut late = 0;
    for (round, ana) in (1..).zip(world.crew(costly_rounds(&world)).await) {
        let mut browsers = Vec::new();
        for _ in 0..64 {
            browsers.push(world.challenged(&ana).await);
        }

        let answers = verify_at_once(browsers, vec![world.code(&ana.key, 0); 64]).await;

        assert_eq!(accepted(&answers), 1);
        assert_eq!(world.count(SESSIONS).await, round);
        assert_eq!(world.count("SELECT COUNT(*) FROM sign_in WHERE consumed_at IS NOT NULL").await, round);
        assert_eq!(events(&world, "session.authenticator").await, round);
        let used = world.int_of(&ana, FAILURES).await;
        late += used;
        assert!(used > 0 && events(&world, "code.used").await == late, "{used} late ones are noted");
        assert_eq!(events(&world, "code.wrong").await, 0);
    }
}

/// Strangers wait for one another at the counter that they share. Known browsers have one each, so only the
/// mark of the used step stands between them.
async fn race_02_one_code_many_known_browsers_opens_one_session(world: World) {
    for (round, ana) in (1..).zip(world.crew(ROUNDS).await) {
        let browsers = world.known_and_challenged(&ana, 16).await;
        let before = (world.count(SESSIONS).await, world.live_sessions().await);

        let answers = verify_at_once(browsers, vec![world.code(&ana.key, 0); 16]).await;

        assert_eq!(accepted(&answers), 1);
        // The one that this browser had has ended.
        assert_eq!((world.count(SESSIONS).await, world.live_sessions().await), (before.0 + 1, before.1));
        assert_eq!(events(&world, "session.authenticator").await, before.0 + 1);
        assert_eq!(events(&world, "code.used").await, 15 * round);
    }
}

pub(crate) async fn race_05_wrong_codes_stop_at_the_budget(world: World) {
    for (round, ana) in (1..).zip(world.crew(ROUNDS).await) {
        let mut browser = world.challenged(&ana).await;

        let answers = verify_at_once(vec![browser.clone(); 64], vec![world.wrong_code(&ana.key); 64]).await;

        assert_eq!(accepted(&answers), 0);
        let compared = answers.iter().filter(|answer| matches!(answer.error(), AppError::CodeWrong { .. })).count();
        assert!(compared <= 5, "{compared} codes were compared");
        assert_eq!(world.int_of(&ana, "SELECT attempts FROM sign_in WHERE person_id = $1").await, 5);
        assert_eq!(world.int_of(&ana, FAILURES).await, 5);
        assert_eq!(events(&world, "code.wrong").await, 5 * round);
        browser.verify(&world.code(&ana.key, 0)).await.is_refused();
        assert_eq!(world.count(SESSIONS).await, 0);
        assert_eq!(events(&world, "session.%").await, 0);
    }
}

pub(crate) async fn race_05_wrong_codes_of_many_challenges_stop_at_the_account(world: World) {
    for (round, ana) in (1..).zip(world.crew(costly_rounds(&world)).await) {
        let mut browsers = Vec::new();
        for _ in 0..16 {
            browsers.extend(vec![world.challenged(&ana).await; 4]);
        }
        let mut late = world.challenged(&ana).await;

        let answers = verify_at_once(browsers, vec![world.wrong_code(&ana.key); 64]).await;

        assert_eq!(accepted(&answers), 0);
        assert_eq!(events(&world, "code.wrong").await, 10 * round, "ten are compared");
        assert_eq!(world.count("SELECT CAST(SUM(attempts) AS BIGINT) FROM sign_in").await, 10 * round);
        assert_eq!(world.int_of(&ana, FAILURES).await, 10);
        let paused = "SELECT COUNT(*) FROM throttle WHERE paused_until > 0 AND failures = 10";
        assert_eq!(world.count(paused).await, round);
        late.verify(&world.code(&ana.key, 0)).await.is_refused();
        assert_eq!(world.count(SESSIONS).await, 0);
    }
}

pub(crate) async fn race_06_right_code_among_wrong_ones_opens_at_most_one_session(world: World) {
    let (mut opened, mut compared) = (0, 0);
    for ana in world.crew(ROUNDS).await {
        let browser = world.challenged(&ana).await;
        let mut codes = vec![world.wrong_code(&ana.key); 64];
        codes[31] = world.code(&ana.key, 0);

        let answers = verify_at_once(vec![browser; 64], codes).await;

        let accepted = accepted(&answers);
        assert!(accepted <= 1);
        assert_eq!(answers[31].is_ok(), accepted == 1, "only the right code is accepted");
        opened += i64::try_from(accepted).unwrap();
        assert_eq!(world.count(SESSIONS).await, opened);
        let attempts = world.int_of(&ana, "SELECT attempts FROM sign_in WHERE person_id = $1").await;
        assert!(attempts <= 5);
        compared += attempts;
        assert_eq!(events(&world, "session.authenticator").await, opened);
        assert_eq!(events(&world, "code.wrong").await + opened, compared, "every attempt is noted");
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
