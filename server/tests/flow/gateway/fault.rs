//! Providers that fail (SMS-14).

use app::{AppError, model::Delivery, routes};
use axum::http::StatusCode;
use serde_json::json;

use url::Url;

use super::{at_number, contract, contract_at, delivery, twilio, twilio_at, twilio_report, with};
use crate::support::{
    MailServer, NUMBER, World, both, free_port,
    provider::{Mode, Provider, TOKEN},
    tls_file,
};

both!(
    sms_14_twilio_faults,
    sms_14_contract_faults,
    sms_14_provider_out_of_reach_has_not_taken_the_message,
    sms_14_messages_that_a_provider_declines_end_no_others,
    sms_14_message_that_comes_twice_counts_once,
    sms_14_message_of_unknown_fate_goes_to_nobody_else,
    sms_14_resend_takes_the_other_gateway,
);

/// Each fault with what the person is told; nothing is ever open afterwards.
async fn faults(world: &World, provider: &Provider, table: &[(Mode, Option<AppError>)]) {
    for (mode, wanted) in table {
        provider.behave(mode.clone());
        let taken = provider.taken().len();
        let mut browser = at_number(world).await;
        let answer = browser.send_text("US", NUMBER).await;
        if let Some(error) = wanted {
            assert_eq!(answer.error(), *error, "{mode:?}");
        } else {
            answer.leads_to(routes::PHONE_CONFIRM);
            assert_eq!(delivery(&mut browser).await.delivery, Delivery::Sending, "{mode:?}");
        }
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
        assert!(provider.taken().len() <= taken + 1, "{mode:?}: sent twice");
        // The next one is another minute, and another day for the limits.
        world.clock.advance(24 * 60 * 60);
    }
    provider.behave(Mode::Takes);
    let mut browser = at_number(world).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&provider.code()).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'active'").await, 1);
}

async fn sms_14_twilio_faults(world: World) {
    let provider = Provider::start().await;
    let world = with(world, vec![twilio(&provider)]).await;
    let says = |status: u16, code: u32| Mode::Says(status, json!({"code": code, "status": status, "message": "no"}));
    let table = [
        (says(401, 20003), Some(AppError::SmsUnavailable)),
        (says(429, 20429), Some(AppError::SmsUnavailable)),
        (says(403, 20403), Some(AppError::SmsUnavailable)),
        (says(400, 21211), Some(AppError::SmsUndeliverable)),
        (says(403, 21408), Some(AppError::SmsUnavailable)),
        (says(500, 20500), None),
        (Mode::Says(302, json!({})), None),
        (Mode::Says(200, json!({"error": "quota"})), None),
        (
            Mode::Says(201, json!({"sid": "SM1", "status": "failed", "error_code": 30003})),
            Some(AppError::SmsUnavailable),
        ),
        (Mode::Floods, None),
    ];
    faults(&world, &provider, &table).await;
}

async fn sms_14_contract_faults(world: World) {
    let provider = Provider::start().await;
    let clock = world.clock.clone();
    let world = with(world, vec![contract(&provider, &clock)]).await;
    let table = [
        (Mode::Says(401, json!({})), Some(AppError::SmsUnavailable)),
        (Mode::Says(429, json!({})), Some(AppError::SmsUnavailable)),
        (Mode::Says(503, json!({})), Some(AppError::SmsUnavailable)),
        (Mode::Says(200, json!({"status": "undeliverable"})), Some(AppError::SmsUndeliverable)),
        (Mode::Says(500, json!({})), None),
        (Mode::Says(200, json!({"error": "quota"})), None),
        (Mode::Says(200, json!("accepted")), None),
        (Mode::Hangs, None),
        (Mode::Floods, None),
    ];
    faults(&world, &provider, &table).await;
}

/// Nobody listens, the certificate is a stranger's, no TLS at all: the text went nowhere, so the second provider may have it.
async fn sms_14_provider_out_of_reach_has_not_taken_the_message(mut world: World) {
    let stranger = MailServer::start(json!({ "security": "tls", "certificate": tls_file("localhost.pem") })).await;
    let second = Provider::start().await;
    let plain = second.url.port().unwrap();
    for (number, address) in [
        format!("http://127.0.0.1:{}/", free_port()),
        format!("https://localhost:{}/", stranger.port),
        format!("https://127.0.0.1:{plain}/"),
    ]
    .into_iter()
    .enumerate()
    {
        let (url, clock) = (Url::parse(&address).unwrap(), world.clock.clone());
        for gateway in [twilio_at(url.clone()), contract_at(url.clone(), &clock)] {
            world = with(world, vec![gateway]).await;
            let mut browser = at_number(&world).await;
            assert_eq!(browser.send_text("US", NUMBER).await.error(), AppError::SmsUnavailable, "{address}");
            assert_eq!(browser.confirm_phone("000000").await.error(), AppError::SmsCodeWrong { left: Some(4) });
            assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
            world.clock.advance(60);
        }
        world = with(world, vec![contract_at(url, &clock), twilio(&second)]).await;
        let mut browser = at_number(&world).await;
        browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
        assert_eq!(second.taken().len(), number + 1, "{address}");
        assert_eq!(delivery(&mut browser).await.delivery, Delivery::Sent);
        world.clock.advance(60);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM sms_message WHERE state = 'refused'").await, 6);
    assert_eq!(world.count("SELECT COUNT(*) FROM sms_message WHERE state = 'sent'").await, 3);
}

/// Six people at numbers that the provider does not serve, and the seventh gets the code all the same. Were the provider unknown
/// to it, or overloaded, it would be left alone for a while.
async fn sms_14_messages_that_a_provider_declines_end_no_others(mut world: World) {
    let provider = Provider::start().await;
    let clock = world.clock.clone();
    let says = |status: u16, code: u32| Mode::Says(status, json!({"code": code, "status": status}));
    for (round, (gateway, mode, alive)) in [
        (twilio(&provider), says(400, 21408), true),
        (twilio(&provider), says(400, 21614), true),
        (twilio(&provider), says(401, 20003), false),
        (twilio(&provider), says(429, 20429), false),
        (contract(&provider, &clock), says(422, 0), true),
        (contract(&provider, &clock), Mode::Says(200, json!({"status": "refused"})), true),
        (contract(&provider, &clock), says(403, 0), false),
        (contract(&provider, &clock), says(503, 0), false),
    ]
    .into_iter()
    .enumerate()
    {
        world = with(world, vec![gateway]).await;
        provider.behave(mode.clone());
        for number in 0..7 {
            let email = format!("crew{round}-{number}@strict.example");
            world.newcomer(&email).await;
            let mut browser = world.browser();
            browser.enter(&email).await;
            if number == 6 {
                provider.behave(Mode::Takes);
            }
            let answer = browser.send_text("US", &format!("+1201555{round}1{number:02}")).await;
            assert_eq!(answer.is_ok(), number == 6 && alive, "{mode:?}, {number}");
        }
    }
    assert_eq!(world.count("SELECT COALESCE(MAX(sent), 0) FROM sms_count").await, 4, "those that went out, of the day");
}

async fn sms_14_message_that_comes_twice_counts_once(world: World) {
    let provider = Provider::start().await;
    let world = with(world, vec![twilio(&provider)]).await;
    provider.behave(Mode::Repeats);
    let mut browser = at_number(&world).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    let [first, second] = provider.taken().try_into().unwrap();
    assert_eq!(first, second);
    let mut again = browser.clone();
    browser.confirm_phone(&provider.code()).await.leads_to(routes::RECOVERY_CODE);
    again.confirm_phone(&provider.code()).await.is_refused();
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 1);
}

/// The first provider takes the message and never answers: the second one must not send it too.
async fn sms_14_message_of_unknown_fate_goes_to_nobody_else(world: World) {
    let (first, second) = (Provider::start().await, Provider::start().await);
    let clock = world.clock.clone();
    let world = with(world, vec![twilio(&first), contract(&second, &clock)]).await;
    first.behave(Mode::Hangs);
    let mut browser = at_number(&world).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    assert_eq!((first.taken().len(), second.taken().len()), (1, 0));
    assert_eq!(delivery(&mut browser).await.delivery, Delivery::Sending);
    // It was sent after all, and says so.
    let (_, _, callback) = first.taken().remove(0);
    twilio_report(&mut browser, &callback, TOKEN, "delivered").await;
    assert_eq!(delivery(&mut browser).await.delivery, Delivery::Delivered);
    browser.confirm_phone(&first.code()).await.leads_to(routes::RECOVERY_CODE);
}

async fn sms_14_resend_takes_the_other_gateway(world: World) {
    let (first, second) = (Provider::start().await, Provider::start().await);
    let clock = world.clock.clone();
    let world = with(world, vec![twilio(&first), contract(&second, &clock)]).await;
    let mut browser = at_number(&world).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    world.clock.advance(30);
    browser.call("set-up/phone/resend", &[]).await.leads_to(routes::PHONE_CONFIRM);
    assert_eq!((first.taken().len(), second.taken().len()), (1, 1), "the first one has not arrived");
    // Where the first one is away, nobody waits for it.
    first.behave(Mode::Says(401, json!({})));
    world.clock.advance(30);
    browser.call("set-up/phone/resend", &[]).await.leads_to(routes::PHONE_CONFIRM);
    assert_eq!((first.taken().len(), second.taken().len()), (1, 2));
    browser.confirm_phone(&second.code()).await.leads_to(routes::RECOVERY_CODE);
}
