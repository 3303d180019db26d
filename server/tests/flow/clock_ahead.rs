//! A code that is typed before its time (TOTP-08): the answer says how far the clock is ahead, so the code is never accepted.
//! Only that step is refused: whoever mends the clock goes on with the next code.

use app::{AppError, routes};

use crate::support::{PASSWORD, World, both};

both!(
    totp_08_code_told_as_ahead_is_refused_at_sign_in_when_its_time_comes,
    totp_08_code_told_as_ahead_is_refused_at_a_change_when_its_time_comes,
    totp_08_code_told_as_ahead_is_refused_at_the_enrolment_when_its_time_comes,
);

/// How far ahead: ten steps.
const AHEAD: i64 = 300;
const REFUSED: &str = "SELECT COUNT(*) FROM refused_step";

async fn totp_08_code_told_as_ahead_is_refused_at_sign_in_when_its_time_comes(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let early = world.code(&ana.key, 10);
    let mut browser = world.challenged(&ana).await;
    for left in [4, 3] {
        assert_eq!(browser.verify(&early).await.error(), AppError::ClockOff { minutes: 5, left: Some(left) });
    }
    // The clock is mended at once.
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    assert_eq!(world.count(REFUSED).await, 1, "one step, however often it was told");

    // From one step before its time to one after it, at either page.
    for seconds in [AHEAD - 30, 30, 30] {
        world.clock.advance(seconds);
        assert_eq!(world.challenged(&ana).await.verify(&early).await.error(), AppError::CodeUsed);
        let proof = [("password", PASSWORD), ("code", &*early)];
        assert_eq!(browser.call("profile/recovery-code", &proof).await.error(), AppError::CodeUsed);
    }
    assert_eq!(world.live_sessions().await, 1);
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);

    world.clock.advance(3 * 24 * 3600);
    world.service.purge().await.unwrap();
    assert_eq!(world.count(REFUSED).await, 0);
}

async fn totp_08_code_told_as_ahead_is_refused_at_a_change_when_its_time_comes(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let early = world.code(&ana.key, 10);
    let proof = [("password", PASSWORD), ("code", &*early)];
    let answer = browser.call("profile/recovery-code", &proof).await;
    assert_eq!(answer.error(), AppError::ClockOff { minutes: 5, left: None });

    world.clock.advance(AHEAD);
    assert_eq!(browser.call("profile/recovery-code", &proof).await.error(), AppError::CodeUsed);
    assert_eq!(world.challenged(&ana).await.verify(&early).await.error(), AppError::CodeUsed);
    let next = world.code(&ana.key, 1);
    let proof = [("password", PASSWORD), ("code", &*next)];
    browser.call("profile/recovery-code", &proof).await.leads_to(routes::RECOVERY_CODE);
}

async fn totp_08_code_told_as_ahead_is_refused_at_the_enrolment_when_its_time_comes(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    let early = world.code(&key, 10);
    assert_eq!(browser.confirm(&early).await.error(), AppError::ClockOff { minutes: 5, left: None });

    world.clock.advance(AHEAD);
    assert_eq!(browser.confirm(&early).await.error(), AppError::CodeUsed);
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'active'").await, 0);
    browser.confirm(&world.code(&key, 1)).await.leads_to(routes::RECOVERY_CODE);

    // Another enrolment begins anew; what was refused goes with its key.
    world.newcomer("bob@strict.example").await;
    let mut first = world.browser();
    let key = first.start_enrolment("bob@strict.example").await;
    first.confirm(&world.code(&key, 10)).await.is_refused();
    assert_eq!(world.count(REFUSED).await, 2);
    let key = world.browser().start_enrolment("bob@strict.example").await;
    assert_eq!(world.count(REFUSED).await, 1);
    assert_eq!(key.len(), 32);
}
