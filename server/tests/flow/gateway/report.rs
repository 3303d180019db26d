//! Reports of what became of a message (SMS-15).

use std::time::Instant;

use app::{AppError, model::Delivery, routes};
use axum::http::StatusCode;
use serde_json::json;

use super::{PUBLIC, at_number, contract, contract_report, delivery, twilio, twilio_from, twilio_report, with};
use crate::support::{
    Browser, NUMBER, Observer, World, both,
    provider::{Provider, SECRET, TOKEN, twilio_signature},
};

both!(
    twilio_takes_and_reports,
    twilio_takes_from_a_messaging_service,
    contract_takes_and_reports,
    sms_15_reports_without_a_right_signature_change_nothing,
    sms_15_report_of_a_provider_that_did_not_take_the_message_changes_nothing,
    sms_15_flood_of_unsigned_reports_fills_no_log_and_changes_nothing,
);

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

/// A messaging service chooses the number; a sender that is neither is refused.
async fn twilio_takes_from_a_messaging_service(world: World) {
    let provider = Provider::start().await;
    let service = "MG0123456789abcdef0123456789abcdef";
    let world = with(world, vec![twilio_from(service, provider.url.clone())]).await;
    let mut browser = at_number(&world).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    assert_eq!(provider.taken().len(), 1);
    browser.confirm_phone(&provider.code()).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    world.clock.advance(60);
    // It would keep the server that ends.
    drop(browser);

    let world = with(world, vec![twilio_from("MGtooshort", provider.url.clone())]).await;
    let mut browser = world.texted(super::ANA).await;
    assert_eq!(provider.taken().len(), 1, "refused");
    world.clock.advance(30);
    assert_eq!(browser.resend().await.error(), AppError::SmsUnavailable);
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

async fn sms_15_reports_without_a_right_signature_change_nothing(world: World) {
    let (world, mut browser, callback, _providers) = taken_by_the_first(world).await;
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
    twilio_report(&mut browser, &callback, TOKEN, "failed").await;
    assert_eq!(delivery(&mut browser).await.delivery, Delivery::Failed, "the right one counts");
}

/// Each provider signs with its own secret, and speaks for its own messages alone.
async fn sms_15_report_of_a_provider_that_did_not_take_the_message_changes_nothing(world: World) {
    let (world, mut browser, callback, _providers) = taken_by_the_first(world).await;
    let (id, now) = (callback.split_once("id=").unwrap().1, world.clock.seconds());
    for status in ["delivered", "failed"] {
        let body = json!({"id": id, "status": status}).to_string();
        assert_eq!(contract_report(&mut browser, SECRET, now, &body).await.status, StatusCode::NO_CONTENT);
        assert_eq!(delivery(&mut browser).await.delivery, Delivery::Sent, "{status}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'sms.undelivered'").await, 0);
    twilio_report(&mut browser, &callback, TOKEN, "delivered").await;
    assert_eq!(delivery(&mut browser).await.delivery, Delivery::Delivered);
}

/// Anybody can send reports: the log has its lines for a minute and no more of them, and nothing is written.
async fn sms_15_flood_of_unsigned_reports_fills_no_log_and_changes_nothing(world: World) {
    let (world, mut browser, callback, _providers) = taken_by_the_first(world).await;
    let path = callback.strip_prefix(PUBLIC).unwrap();
    let (nowhere, now) = (format!("/api/sms/{}", "x".repeat(2000)), world.clock.seconds());
    let observer = Observer::new(&world.database).await;
    let start = Instant::now();
    for _ in 0..100 {
        let unsigned = browser.report(path, &[], "MessageStatus=failed").await;
        let forged = contract_report(&mut browser, TOKEN, now, "{}").await;
        let lost = browser.report(&nowhere, &[], "").await;
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND];
        assert_eq!([unsigned, forged, lost].map(|answer| answer.status), refused);
    }
    let (work, minutes) = (observer.take().await, 1 + start.elapsed().as_secs() / 60);
    assert_eq!(work.writes, Vec::<String>::new());
    assert!((20..=20 * minutes).contains(&(work.reports as u64)), "{} lines in {minutes} minutes", work.reports);
    // The budget is that of the log: a right report counts as ever.
    assert_eq!(twilio_report(&mut browser, &callback, TOKEN, "failed").await.status, StatusCode::NO_CONTENT);
    assert_eq!(delivery(&mut browser).await.delivery, Delivery::Failed);
}

/// Somebody whose text the first of two providers has taken: their browser, and where that provider reports to.
async fn taken_by_the_first(world: World) -> (World, Browser, String, [Provider; 2]) {
    let providers = [Provider::start().await, Provider::start().await];
    let clock = world.clock.clone();
    let world = with(world, vec![twilio(&providers[0]), contract(&providers[1], &clock)]).await;
    let mut browser = at_number(&world).await;
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    let (_, _, callback) = providers[0].taken().remove(0);
    (world, browser, callback, providers)
}
