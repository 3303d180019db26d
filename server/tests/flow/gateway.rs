//! Providers of text messages over real HTTP: what they are sent, what they answer, what they report (SMS-14, SMS-15).

use std::sync::Arc;

use app::{
    AppError,
    model::{Delivery, PhoneCodeView, Secret},
    routes,
};
use axum::http::StatusCode;
use serde_json::json;
use server::sms::{Gateways, SmsGateway, Twilio, TwilioSettings, Webhook, WebhookSettings};
use url::Url;

use crate::support::{
    Answer, Browser, FakeClock, NUMBER, World, both,
    provider::{ACCOUNT, Mode, Provider, SECRET, TOKEN, contract_signature, twilio_signature},
};

both!(
    twilio_takes_and_reports,
    contract_takes_and_reports,
    sms_14_twilio_faults,
    sms_14_contract_faults,
    sms_14_message_of_unknown_fate_goes_to_nobody_else,
    sms_14_resend_takes_the_other_gateway,
    sms_15_reports_without_a_right_signature_change_nothing,
);

const ANA: &str = "ana@strict.example";
const PUBLIC: &str = "http://127.0.0.1:3000";

fn twilio(provider: &Provider) -> Arc<dyn SmsGateway> {
    let settings = TwilioSettings {
        account: ACCOUNT.to_owned(),
        token: Secret::new(TOKEN),
        from: "+15005550006".to_owned(),
        url: provider.url.clone(),
    };
    Arc::new(Twilio::new(settings, &Url::parse(PUBLIC).unwrap()).unwrap())
}

fn contract(provider: &Provider, clock: &Arc<FakeClock>) -> Arc<dyn SmsGateway> {
    let settings = WebhookSettings { url: provider.contract_url(), secret: Secret::new(SECRET) };
    Arc::new(Webhook::new(settings, clock.clone()).unwrap())
}

async fn with(world: World, gateways: Vec<Arc<dyn SmsGateway>>) -> World {
    world.restart(|plan| plan.gateways = Some(Gateways::new(gateways))).await
}

/// Somebody on the page for the number.
async fn at_number(world: &World) -> Browser {
    if world.count("SELECT COUNT(*) FROM person").await == 0 {
        world.newcomer(ANA).await;
    }
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::REQUIRED);
    browser
}

async fn delivery(browser: &mut Browser) -> PhoneCodeView {
    browser.view("phone-confirm").await.unwrap()
}

async fn twilio_report(browser: &mut Browser, callback: &str, token: &str, status: &str) -> Answer {
    let fields = [("MessageSid", "SM1"), ("MessageStatus", status), ("AccountSid", ACCOUNT), ("To", NUMBER)];
    let signature = twilio_signature(token, callback, &fields);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("x-twilio-signature", signature.as_str())];
    browser.report(callback.strip_prefix(PUBLIC).unwrap(), &headers, body).await
}

async fn contract_report(browser: &mut Browser, secret: &str, at: i64, body: &str) -> Answer {
    let at = at.to_string();
    let signature = contract_signature(secret, &at, body);
    let headers = [("muster-timestamp", at.as_str()), ("muster-signature", signature.as_str())];
    browser.report("/api/sms/http", &headers, body.to_owned()).await
}

async fn twilio_takes_and_reports(world: World) {
    let provider = Provider::start().await;
    let world = with(world, vec![twilio(&provider)]).await;
    let mut browser = at_number(&world).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    let [(number, text, callback)] = provider.taken().try_into().unwrap();
    assert_eq!(number, NUMBER);
    assert!(text.ends_with(&format!("@muster.example #{}", provider.code())), "{text}");
    assert_eq!(delivery(&mut browser).await.delivery, Delivery::Sent);

    for status in ["queued", "sent"] {
        let answer = twilio_report(&mut browser, &callback, TOKEN, status).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(delivery(&mut browser).await.delivery, Delivery::Sent);
    }
    world.clock.advance(60);
    assert_eq!(twilio_report(&mut browser, &callback, TOKEN, "delivered").await.status, StatusCode::NO_CONTENT);
    let view = delivery(&mut browser).await;
    assert_eq!(view.delivery, Delivery::Delivered);
    assert_ne!((&view.sent, view.delivered.is_empty()), (&view.delivered, true));
    // Reports that come twice, or after the last word, change nothing.
    world.clock.advance(60);
    for status in ["delivered", "failed", "sent"] {
        assert_eq!(twilio_report(&mut browser, &callback, TOKEN, status).await.status, StatusCode::NO_CONTENT);
        assert_eq!(delivery(&mut browser).await, view);
    }
    browser.confirm_phone(&provider.code()).await.leads_to(routes::RECOVERY_CODE);
}

async fn contract_takes_and_reports(world: World) {
    let provider = Provider::start().await;
    let clock = world.clock.clone();
    let world = with(world, vec![contract(&provider, &clock)]).await;
    let mut browser = at_number(&world).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    let [(number, _, id)] = provider.taken().try_into().unwrap();
    assert_eq!(number, NUMBER);
    let failed = json!({"id": id, "status": "failed"}).to_string();
    let now = world.clock.seconds();
    assert_eq!(contract_report(&mut browser, SECRET, now, &failed).await.status, StatusCode::NO_CONTENT);
    assert_eq!(delivery(&mut browser).await.delivery, Delivery::Failed);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'sms.undelivered'").await, 1);
    // Reported again: known.
    assert_eq!(contract_report(&mut browser, SECRET, now, &failed).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'sms.undelivered'").await, 1);
    // It came all the same, and its code counts.
    browser.confirm_phone(&provider.code()).await.leads_to(routes::RECOVERY_CODE);
}

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
        (says(400, 21211), Some(AppError::SmsUndeliverable)),
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
        (Mode::Floods, None),
    ];
    faults(&world, &provider, &table).await;
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

async fn sms_15_reports_without_a_right_signature_change_nothing(world: World) {
    let (first, second) = (Provider::start().await, Provider::start().await);
    let clock = world.clock.clone();
    let world = with(world, vec![twilio(&first), contract(&second, &clock)]).await;
    let mut browser = at_number(&world).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    let (_, _, callback) = first.taken().remove(0);
    let path = callback.strip_prefix(PUBLIC).unwrap();
    let id = callback.split_once("id=").unwrap().1;
    let (body, now) = (json!({"id": id, "status": "failed"}).to_string(), world.clock.seconds());

    let mut refused = vec![
        twilio_report(&mut browser, &callback, SECRET, "failed").await,
        browser.report(path, &[], "MessageStatus=failed").await,
        browser.report(path, &[("x-twilio-signature", "")], "MessageStatus=failed").await,
        contract_report(&mut browser, TOKEN, now, &body).await,
        contract_report(&mut browser, "", now, &body).await,
        contract_report(&mut browser, SECRET, now - 301, &body).await,
        contract_report(&mut browser, SECRET, now + 301, &body).await,
    ];
    // A right signature of another address, and one of another body.
    let fields = [("MessageStatus", "failed")];
    let signature = twilio_signature(TOKEN, &format!("{callback}0"), &fields);
    refused.push(browser.report(path, &[("x-twilio-signature", &signature)], "MessageStatus=failed").await);
    let signature = twilio_signature(TOKEN, &callback, &[("MessageStatus", "sent")]);
    refused.push(browser.report(path, &[("x-twilio-signature", &signature)], "MessageStatus=failed").await);
    for answer in refused {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text());
    }
    let answer = browser.report(path, &[], vec![b'x'; 10 * 1024 * 1024]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(browser.report("/api/sms/carrier", &[], "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(delivery(&mut browser).await.delivery, Delivery::Sent, "nothing has changed");

    // Signed and unreadable, and about a message that is not there.
    assert_eq!(contract_report(&mut browser, SECRET, now, "{}").await.status, StatusCode::BAD_REQUEST);
    let other = json!({"id": "00".repeat(16), "status": "failed"}).to_string();
    assert_eq!(contract_report(&mut browser, SECRET, now, &other).await.status, StatusCode::NO_CONTENT);
    assert_eq!(delivery(&mut browser).await.delivery, Delivery::Sent);
    contract_report(&mut browser, SECRET, now, &body).await;
    assert_eq!(delivery(&mut browser).await.delivery, Delivery::Failed, "the right one counts");
}
