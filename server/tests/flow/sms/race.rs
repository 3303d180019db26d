//! Many requests with one code, and for one code.

use app::routes;

use super::{ACTIVE, ANA, SESSIONS};
use crate::race::events;
use crate::support::{NUMBER, World, accepted, at_once, both};

both!(race_04_one_code_opens_one_session, race_04_confirmations_make_one_phone, race_07_resends_at_once_send_one_code,);

pub(crate) async fn race_04_one_code_opens_one_session(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let before = (world.count(SESSIONS).await, events(&world, "session.phone").await);
    let browser = world.texted(ANA).await;
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

pub(crate) async fn race_04_confirmations_make_one_phone(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.start_phone(ANA, NUMBER).await;
    let code = world.phones.code();

    let work = (0..64).map(|_| {
        let (mut browser, code) = (browser.clone(), code.clone());
        async move { browser.confirm_phone(&code).await }
    });
    let answers = at_once(work.collect()).await;

    assert_eq!(accepted(&answers), 1);
    assert_eq!(world.count(ACTIVE).await, 1);
    assert_eq!(world.count(SESSIONS).await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, 1);
    assert_eq!((events(&world, "factor.bound").await, events(&world, "session.%").await), (1, 1));
}

pub(crate) async fn race_07_resends_at_once_send_one_code(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let browser = world.texted(ANA).await;
    world.make_codes_older(30).await;
    let before = (world.phones.count(), events(&world, "sms.code").await);

    let work = (0..500).map(|_| {
        let mut browser = browser.clone();
        async move { browser.resend().await }
    });
    let answers = at_once(work.collect()).await;

    assert_eq!(accepted(&answers), 1);
    assert_eq!(world.phones.count(), before.0 + 1);
    assert_eq!(events(&world, "sms.code").await, before.1 + 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM sms_code WHERE consumed_at IS NULL AND purpose = 'sign-in'").await, 1);
    browser.clone().verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}
