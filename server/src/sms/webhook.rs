//! The gateway for any other provider: a small contract, described in docs/sms.md.
//!
//! Both ways the body is JSON and signed: `Muster-Signature: v1=` and the HMAC-SHA256, in hexadecimal, over the time stamp of
//! `Muster-Timestamp`, a dot and the body.

use std::{fmt, sync::Arc};

use app::model::Secret;
use async_trait::async_trait;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, header};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use url::Url;

use super::{
    Message, SendError, SetUpError, SmsGateway,
    client::{Answer, client, exchange},
    report::{Report, ReportError, ReportRequest, message_id},
};
use crate::clock::Clock;

/// How far the time stamp of a report may be off, seconds.
const SKEW: u64 = 5 * 60;

/// What the contract needs to know.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// Where messages are posted to.
    pub url: Url,
    /// The shared secret of both signatures.
    pub secret: Secret,
}

/// A provider that keeps the contract.
pub struct Webhook {
    settings: WebhookSettings,
    client: Client,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("host", &self.settings.url.host_str()).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Order<'a> {
    id: &'a str,
    to: &'a str,
    text: &'a str,
}

#[derive(Deserialize)]
struct Reply {
    status: String,
}

#[derive(Deserialize)]
struct Delivery {
    id: String,
    status: String,
}

impl Webhook {
    /// A provider at an address.
    ///
    /// # Errors
    /// Those of the TLS set-up.
    pub fn new(settings: WebhookSettings, clock: Arc<dyn Clock>) -> Result<Self, SetUpError> {
        Ok(Self { settings, client: client()?, clock })
    }

    fn mac(&self, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mac = Hmac::<Sha256>::new_from_slice(self.settings.secret.expose().as_bytes()).ok()?;
        Some(mac.chain_update(timestamp).chain_update(".").chain_update(body))
    }

    fn is_signed(&self, request: &ReportRequest<'_>) -> bool {
        let fresh = request.timestamp.parse().is_ok_and(|at: i64| self.clock.now().0.abs_diff(at) <= SKEW);
        let given = request.signature.strip_prefix("v1=").and_then(|hex| HEXLOWER.decode(hex.as_bytes()).ok());
        let mac = self.mac(request.timestamp, request.body);
        fresh && given.zip(mac).is_some_and(|(given, mac)| mac.verify_slice(&given).is_ok())
    }
}

#[async_trait]
impl SmsGateway for Webhook {
    fn name(&self) -> &'static str {
        "http"
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let id = HEXLOWER.encode(message.id.bytes());
        let order = Order { id: &id, to: message.to.e164(), text: &message.text };
        let body = serde_json::to_vec(&order).map_err(|error| SendError::Refused(error.to_string()))?;
        let timestamp = self.clock.now().0.to_string();
        let Some(mac) = self.mac(&timestamp, &body) else { return Err(SendError::Refused("no signature".into())) };
        let signature = format!("v1={}", HEXLOWER.encode(&mac.finalize().into_bytes()));
        let request = self
            .client
            .post(self.settings.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", &id)
            .header("muster-timestamp", timestamp)
            .header("muster-signature", signature)
            .body(body);
        judge(&exchange(request).await?)
    }

    fn report(&self, request: &ReportRequest<'_>) -> Result<Report, ReportError> {
        if !self.is_signed(request) {
            return Err(ReportError::Unsigned);
        }
        let delivery: Delivery = serde_json::from_slice(request.body).map_err(|_| ReportError::Malformed)?;
        let id = message_id(&delivery.id).ok_or(ReportError::Malformed)?;
        let delivered = match delivery.status.as_str() {
            "delivered" => Some(true),
            "failed" => Some(false),
            _ => None,
        };
        Ok(Report { id, delivered })
    }
}

fn judge(answer: &Answer) -> Result<(), SendError> {
    let reply: Option<Reply> = serde_json::from_slice(&answer.body).ok();
    let told = format!("status {}", answer.status.as_u16());
    match (answer.status, reply) {
        (status, Some(reply)) if status.is_success() => match reply.status.as_str() {
            "accepted" => Ok(()),
            "refused" => Err(SendError::Declined(told)),
            "undeliverable" => Err(SendError::Undeliverable(told)),
            _ => Err(SendError::Unknown(told)),
        },
        // The contract: whoever answers so has not taken the message.
        _ if answer.is_about_us() => Err(SendError::Refused(told)),
        (status, _) if status.is_client_error() => Err(SendError::Declined(told)),
        _ => Err(SendError::Unknown(told)),
    }
}
