//! Many requests with one code, and for one code.

use app::routes;

use super::{ACTIVE, SESSIONS};
use crate::race::{ROUNDS, events};
use crate::support::{World, accepted, at_once, both};

both!(
    race_04_one_code_opens_one_session,
    race_04_confirmations_make_one_phone,
    race_07_of_500_resends_at_once_one_sends_a_code,
);

pub(crate) async fn race_04_one_code_opens_one_session(world: World) {
    for (email, number) in crew(ROUNDS) {
        world.with_phone(&email, &number).await;
        let before = (world.count(SESSIONS).await, events(&world, "session.phone").await);
        let browser = world.texted(&email).await;
        let code = world.phones.code();

        let work = (0..64).map(|_| {
            let (mut browser, code) = (browser.clone(), code.clone());
            async move { browser.verify_phone(&code).await }
        });
        let answers = at_once(work.collect()).await;

        assert_eq!(accepted(&answers), 1);
        assert_eq!(world.count(SESSIONS).await, before.0 + 1);
        assert_eq!(events(&world, "session.phone").await, before.1 + 1);
        assert_eq!(events(&world, "code.wrong").await, 0);
        assert_eq!(world.count("SELECT COUNT(*) FROM sms_code WHERE consumed_at IS NULL").await, 0);
    }
}

pub(crate) async fn race_04_confirmations_make_one_phone(world: World) {
    for (round, (email, number)) in (1..).zip(crew(ROUNDS)) {
        world.newcomer(&email).await;
        let mut browser = world.browser();
        browser.start_phone(&email, &number).await;
        let code = world.phones.code();

        let work = (0..64).map(|_| {
            let (mut browser, code) = (browser.clone(), code.clone());
            async move { browser.confirm_phone(&code).await }
        });
        let answers = at_once(work.collect()).await;

        assert_eq!(accepted(&answers), 1);
        assert_eq!(world.count(ACTIVE).await, round);
        assert_eq!(world.count(SESSIONS).await, round);
        assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, round);
        assert_eq!((events(&world, "factor.bound").await, events(&world, "session.%").await), (round, round));
    }
}

async fn race_07_of_500_resends_at_once_one_sends_a_code(world: World) {
    resend_at_once(&world, 1, 500).await;
}

/// A process waits three seconds for its turn at the database, in which a busy machine gets through fewer than 500 who all
/// want the same rows: here it is rounds.
pub(crate) async fn race_07_resends_at_once_send_one_code(world: World) {
    resend_at_once(&world, ROUNDS, 64).await;
}

async fn resend_at_once(world: &World, rounds: usize, tasks: usize) {
    for (email, number) in crew(rounds) {
        world.with_phone(&email, &number).await;
        let browser = world.texted(&email).await;
        world.make_codes_older(30).await;
        let before = (world.phones.count(), events(world, "sms.code").await);

        let work = (0..tasks).map(|_| {
            let mut browser = browser.clone();
            async move { browser.resend().await }
        });
        let answers = at_once(work.collect()).await;

        assert_eq!(accepted(&answers), 1);
        assert_eq!(world.phones.count(), before.0 + 1);
        assert_eq!(events(world, "sms.code").await, before.1 + 1);
        let outstanding = "SELECT COUNT(*) FROM sms_code WHERE consumed_at IS NULL AND purpose = 'sign-in'";
        assert_eq!(world.count(outstanding).await, 1);
        browser.clone().verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    }
}

/// So many people, each with a number of their own.
pub(crate) fn crew(count: usize) -> impl Iterator<Item = (String, String)> {
    (0..count).map(|number| (format!("crew{number}@strict.example"), format!("+1201555012{number}")))
}
