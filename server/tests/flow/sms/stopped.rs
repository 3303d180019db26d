//! The text that should follow the password, where a limit stops it: its page says why, and names another way.

use app::{
    AppError, Guess,
    model::{Delivery, PhoneCodeView},
    routes,
};
use axum::http::StatusCode;
use server::{domain::SmsLimits, sms::Gateways};

use super::{ANA, DAY};
use crate::support::{Browser, NUMBER, World, both};

both!(
    sms_09_first_text_that_a_limit_stops_is_told_beside_another_way,
    sms_09_first_text_that_comes_too_soon_is_told,
    sms_09_first_text_in_a_pause_is_told,
    sms_14_first_text_without_any_provider_is_told_beside_another_way,
);

/// The network address of the sign-ins that are counted.
const HOME: [u8; 4] = [10, 9, 9, 9];
/// How many texts all limits have counted, those that went and those that did not.
const COUNTED: &str = "SELECT CAST(COALESCE(SUM(sent + refused), 0) AS BIGINT) FROM sms_count";

/// A kind of limit, and how it is set to what one sign-in has used.
type Limit = (&'static str, fn(&mut SmsLimits));

const LIMITS: [Limit; 4] = [
    ("person", |limits| limits.per_person = 1),
    ("number", |limits| limits.per_number = 1),
    ("address", |limits| limits.per_address = 1),
    ("day", |limits| limits.per_day = 1),
];

async fn sms_09_first_text_that_a_limit_stops_is_told_beside_another_way(mut world: World) {
    let mut recovery = world.with_phone(ANA, NUMBER).await;
    let mut browser = world.browser().at(HOME);
    browser.enter(ANA).await.leads_to(routes::PHONE_CODE);
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    // It would keep the server that ends.
    drop(browser);
    world.clock.advance(1800);
    for (kind, limit) in LIMITS {
        world = world
            .restart(|plan| {
                plan.sms = SmsLimits::default();
                limit(&mut plan.sms);
            })
            .await;
        let mut browser = world.browser().at(HOME);
        browser.enter(ANA).await.leads_to(routes::PHONE_CODE);
        let midnight = u32::try_from(DAY - world.clock.seconds().rem_euclid(DAY)).unwrap();
        let error = AppError::SmsLimit { seconds: midnight };
        let counted = world.count(COUNTED).await;
        told(&mut browser, (Delivery::None, error), "Texts work again in").await;
        assert_eq!(world.count(COUNTED).await, counted, "{kind}: a look counts nothing");
        assert_eq!(browser.resend().await.error(), error, "{kind}");
        assert_eq!((world.phones.count(), browser.session().await), (0, StatusCode::UNAUTHORIZED), "{kind}");
        let stopped = "SELECT COUNT(*) FROM audit_event WHERE kind = 'sms.stopped' AND detail LIKE $1";
        assert_eq!(
            world.database.int(stopped, vec![format!("%\"scope\":\"{kind}\"%").as_str().into()]).await,
            1,
            "{kind}"
        );

        browser.recover(&recovery).await.leads_to(routes::RECOVERY_CODE);
        recovery = browser.recovery_code().await.unwrap();
        browser.save_after_recovery().await;
    }
}

async fn sms_14_first_text_without_any_provider_is_told_beside_another_way(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let world = world.restart(|plan| plan.gateways = Some(Gateways::new([]))).await;
    let mut browser = world.texted(ANA).await;
    told(&mut browser, (Delivery::None, AppError::SmsUnavailable), "We cannot send texts right now.").await;
}

/// Somebody else's browser has just been sent one.
async fn sms_09_first_text_that_comes_too_soon_is_told(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut first = world.texted(ANA).await;
    world.clock.advance(10);
    let mut second = world.texted(ANA).await;
    let wait = AppError::SmsWait { seconds: 20 };
    told(&mut second, (Delivery::Elsewhere, wait), "You can ask for another one in 20").await;
    let view: PhoneCodeView = first.view("phone-code").await.unwrap();
    assert_eq!((view.delivery, view.stopped), (Delivery::Sent, None));
    world.clock.advance(20);
    let view: PhoneCodeView = second.view("phone-code").await.unwrap();
    assert_eq!((view.delivery, view.stopped), (Delivery::Elsewhere, None));
    second.resend().await.leads_to(routes::PHONE_CODE);
    let view: PhoneCodeView = second.view("phone-code").await.unwrap();
    assert_eq!((view.delivery, view.stopped), (Delivery::Sent, None));
    second.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

/// The text of the sign-in that the wrong codes were typed in is the newest, and has nothing to do with it.
async fn sms_09_first_text_in_a_pause_is_told(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let world = world.restart(|plan| plan.limits.failures = 2).await;
    let mut guessing = world.texted(ANA).await;
    for _ in 0..2 {
        guessing.verify_phone(&world.phones.wrong_code()).await.is_refused();
    }
    let mut browser = world.texted(ANA).await;
    let paused = AppError::Paused { seconds: 900, guess: Guess::Code };
    told(&mut browser, (Delivery::Elsewhere, paused), "There were too many tries that did not match.").await;
    assert_eq!(world.phones.count(), 1);
}

/// Program and page say the same, and the other ways are one tap away.
async fn told(browser: &mut Browser, (delivery, error): (Delivery, AppError), words: &str) {
    let view: PhoneCodeView = browser.view("phone-code").await.unwrap();
    assert_eq!((view.delivery, view.stopped), (delivery, Some(error)));
    let (_, page) = browser.open(routes::PHONE_CODE).await;
    assert_eq!(page.status, StatusCode::OK);
    let page = page.text();
    for part in [words, "role=\"alert\"", "href=\"/sign-in/recovery\"", "href=\"/sign-in/choose\""] {
        assert!(page.contains(part), "{error:?}: {part}");
    }
}
