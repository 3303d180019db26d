//! Providers of text messages: servers that enforce the published interface, over real HTTP.

use std::{
    collections::BTreeSet,
    io::Write as _,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;
use tempfile::NamedTempFile;
use url::{Url, form_urlencoded};

use super::Phones;

pub(crate) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub(crate) const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub(crate) const SECRET: &str = "an http contract secret of 128 bits";

/// How a provider behaves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mode {
    /// Takes the message.
    Takes,
    /// Answers with this status and body, and takes nothing.
    Says(u16, Value),
    /// Takes the message and delivers it twice.
    Repeats,
    /// Takes the message and never answers.
    Hangs,
    /// Takes the message and answers with ten mebibytes.
    Floods,
}

/// A provider.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) url: Url,
    state: Arc<Shared>,
}

struct Shared {
    /// Holds the secret of the contract; only its owner may read it.
    secret: NamedTempFile,
    phones: Arc<Phones>,
    mode: Mutex<Mode>,
    taken: Mutex<Vec<(String, String, String)>>,
    seen: Mutex<BTreeSet<String>>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        Self::start_for(Arc::default()).await
    }

    /// One that hands every message that it takes to these phones.
    pub(crate) async fn start_for(phones: Arc<Phones>) -> Self {
        let mut secret = NamedTempFile::new().unwrap();
        secret.write_all(SECRET.as_bytes()).unwrap();
        let mode = Mutex::new(Mode::Takes);
        let state = Arc::new(Shared { secret, phones, mode, taken: Mutex::default(), seen: Mutex::default() });
        let router = Router::new()
            .route("/2010-04-01/Accounts/{account}/Messages.json", post(twilio))
            .route("/messages", post(contract))
            .with_state(state.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    pub(crate) fn behave(&self, mode: Mode) {
        *self.state.mode.lock().unwrap() = mode;
    }

    /// Number, text, and what tells the message in a report: the address of the callback, or our id.
    pub(crate) fn taken(&self) -> Vec<(String, String, String)> {
        self.state.taken.lock().unwrap().clone()
    }

    /// The code in the newest message.
    pub(crate) fn code(&self) -> String {
        self.state.phones.code()
    }

    /// Where it takes messages by the `http` contract.
    pub(crate) fn contract_url(&self) -> Url {
        self.url.join("messages").unwrap()
    }

    /// The settings of a server that sends here by the `http` contract.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("MUSTER_SMS__GATEWAY", "http".to_owned()),
            ("MUSTER_SMS__HTTP_URL", self.contract_url().to_string()),
            ("MUSTER_SMS__HTTP_SECRET_FILE", self.state.secret.path().display().to_string()),
        ]
    }
}

/// <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>
async fn twilio(
    State(state): State<Arc<Shared>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let error = |status: u16, code: u32| {
        let body = json!({"code": code, "message": "The 'To' number +15550000 is not valid", "status": status});
        (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
    };
    let wanted = format!("Basic {}", BASE64.encode(format!("{ACCOUNT}:{TOKEN}").as_bytes()));
    if account != ACCOUNT || headers.get("authorization").is_none_or(|given| given != &wanted) {
        return error(401, 20003);
    }
    if headers.get("content-type").is_none_or(|given| given != "application/x-www-form-urlencoded") {
        return error(415, 20000);
    }
    let field = |name: &str| {
        let mut found =
            form_urlencoded::parse(&body).filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        found.next().filter(|_| found.next().is_none())
    };
    let (Some(to), Some(text), Some(callback)) = (field("To"), field("Body"), field("StatusCallback")) else {
        return error(400, 21604);
    };
    let sound = match (field("From"), field("MessagingServiceSid")) {
        (Some(from), None) => is_e164(&from),
        (None, Some(service)) => is_service(&service),
        (Some(_), Some(_)) | (None, None) => return error(400, 21603),
    };
    if !sound {
        return error(400, 21212);
    }
    if text.is_empty() || text.chars().count() > 1600 || Url::parse(&callback).is_err() {
        return error(400, 21617);
    }
    if !is_e164(&to) {
        return error(400, 21211);
    }
    let sid = format!("SM{:032x}", state.taken.lock().unwrap().len());
    let body = json!({"sid": sid, "status": "queued", "error_code": null, "error_message": null, "to": to});
    answer(&state, (to, text, callback), (StatusCode::CREATED, Json(body)).into_response()).await
}

/// `+` and at most fifteen digits, the first of them no zero (ITU-T E.164).
fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The SID of a messaging service: `MG` and 32 hexadecimal digits.
fn is_service(text: &str) -> bool {
    text.strip_prefix("MG").is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// docs/sms.md
async fn contract(State(state): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())
        .unwrap()
        .chain_update(header("muster-timestamp"))
        .chain_update(".")
        .chain_update(&body);
    let signature = format!("v1={}", HEXLOWER.encode(&mac.finalize().into_bytes()));
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let field = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    let sound = header("muster-signature") == signature
        && header("content-type") == "application/json"
        && header("idempotency-key") == field("id")
        && field("to").starts_with('+')
        && state.seen.lock().unwrap().insert(field("id"));
    if !sound {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let taken = (field("to"), field("text"), field("id"));
    answer(&state, taken, Json(json!({"status": "accepted", "reference": "r-1"})).into_response()).await
}

async fn answer(state: &Shared, message: (String, String, String), usual: Response) -> Response {
    let mode = state.mode.lock().unwrap().clone();
    let times = match mode {
        Mode::Says(..) => 0,
        Mode::Takes | Mode::Hangs | Mode::Floods => 1,
        Mode::Repeats => 2,
    };
    for _ in 0..times {
        state.phones.take(&message.0, &message.1);
        state.taken.lock().unwrap().push(message.clone());
    }
    match mode {
        Mode::Takes | Mode::Repeats => usual,
        Mode::Says(status, body) => (StatusCode::from_u16(status).unwrap(), Json(body)).into_response(),
        Mode::Hangs => std::future::pending().await,
        Mode::Floods => vec![b' '; 10 * 1024 * 1024].into_response(),
    }
}

/// The signature of a Twilio callback: HMAC-SHA1 over the address and the sorted fields, in base64.
pub(crate) fn twilio_signature(token: &str, url: &str, fields: &[(&str, &str)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    BASE64.encode(&mac.finalize().into_bytes())
}

/// The signature of a report of the `http` contract.
pub(crate) fn contract_signature(secret: &str, timestamp: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let mac = mac.chain_update(timestamp).chain_update(".").chain_update(body);
    format!("v1={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
}
