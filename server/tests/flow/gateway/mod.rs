//! Providers of text messages over real HTTP: what they are sent, what they answer, what they report.

mod fault;
mod lag;
mod report;

use std::sync::Arc;

use app::{
    model::{PhoneCodeView, Secret},
    routes,
};
use server::sms::{Gateways, SmsGateway, Twilio, TwilioSettings, Webhook, WebhookSettings};
use url::Url;

use crate::support::{
    Answer, Browser, FakeClock, NUMBER, World,
    provider::{ACCOUNT, Provider, SECRET, TOKEN, contract_signature, twilio_signature},
};

const ANA: &str = "ana@strict.example";
const PUBLIC: &str = "http://127.0.0.1:3000";

fn twilio(provider: &Provider) -> Arc<dyn SmsGateway> {
    twilio_at(provider.url.clone())
}

fn twilio_at(url: Url) -> Arc<dyn SmsGateway> {
    twilio_from("+15005550006", url)
}

/// An account whose messages come from a number, or from a messaging service.
fn twilio_from(from: &str, url: Url) -> Arc<dyn SmsGateway> {
    let (account, token) = (ACCOUNT.to_owned(), Secret::new(TOKEN));
    let settings = TwilioSettings { account, token, from: from.to_owned(), url };
    Arc::new(Twilio::new(settings, &Url::parse(PUBLIC).unwrap()).unwrap())
}

fn contract(provider: &Provider, clock: &Arc<FakeClock>) -> Arc<dyn SmsGateway> {
    contract_at(provider.contract_url(), clock)
}

fn contract_at(url: Url, clock: &Arc<FakeClock>) -> Arc<dyn SmsGateway> {
    let settings = WebhookSettings { url, secret: Secret::new(SECRET) };
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
