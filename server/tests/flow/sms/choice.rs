//! Choosing between the ways to sign in.

use app::{AppError, model::VerifyView, routes};

use super::{ANA, SESSIONS};
use crate::{
    race::events,
    support::{NUMBER, World, both},
};

both!(both_factors_are_offered, flow_06_turning_from_one_way_to_the_other_resets_nothing);

async fn both_factors_are_offered(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let sent = world.phones.count();
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::CHOOSE);
    let view: VerifyView = browser.view("verify").await.unwrap();
    assert_eq!(view.methods.len(), 2);
    assert_eq!(view.ending, "23");
    let html = browser.get(routes::CHOOSE).await.text();
    for way in ["Authenticator App", "Use a Phone Number", "Use a Recovery Code"] {
        assert!(html.contains(way), "{way}");
    }
    assert_eq!(world.phones.count(), sent, "a text goes out only when it is asked for");
    let (page, _) = browser.submit(routes::CHOOSE, "sign-in/phone", &[]).await;
    assert_eq!(page, routes::PHONE_CODE);
    // Asked for twice by going back and forth: the first one is good enough.
    browser.submit(routes::CHOOSE, "sign-in/phone", &[]).await;
    assert_eq!(world.phones.count(), sent + 1);
    browser.clone().verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::CHOOSE);
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

/// App and text in turn, a wrong code on either now and then: they share the five checks of a challenge.
async fn flow_06_turning_from_one_way_to_the_other_resets_nothing(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let (sent, sessions) = (world.phones.count(), world.count(SESSIONS).await);
    for last_is_right in [true, false] {
        let mut browser = world.browser();
        browser.enter(ANA).await.leads_to(routes::CHOOSE);
        for turn in 0..20_u8 {
            browser.call("sign-in/phone", &[]).await.leads_to(routes::PHONE_CODE);
            let left = Some(4 - turn / 5);
            let (answer, wrong) = match turn {
                0 | 10 => (browser.verify_phone(&world.phones.wrong_code()).await, AppError::SmsCodeWrong { left }),
                5 | 15 => (browser.verify(&world.wrong_code(&ana.key)).await, AppError::CodeWrong { left }),
                _ => continue,
            };
            assert_eq!(answer.error(), wrong, "turn {turn}");
            assert!(browser.get(routes::VERIFY).await.is_ok());
        }
        if last_is_right {
            browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
            assert_eq!(world.phones.count(), sent + 1, "one code");
            world.clock.advance(60);
            continue;
        }
        browser.verify_phone(&world.phones.wrong_code()).await.is_refused();
        browser.verify(&world.code(&ana.key, 0)).await.is_refused();
        browser.verify_phone(&world.phones.code()).await.is_refused();
    }
    assert_eq!((world.phones.count(), world.count(SESSIONS).await), (sent + 2, sessions + 1));
    assert_eq!(events(&world, "code.wrong").await, 9, "each was noted");
}
