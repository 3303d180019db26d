//! Choosing between the ways to sign in.

use app::{model::VerifyView, routes};

use super::ANA;
use crate::support::{NUMBER, World, both};

both!(both_factors_are_offered,);

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
