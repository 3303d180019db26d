//! Twilio's Messages API, version 2010-04-01, with status callbacks.
//!
//! <https://www.twilio.com/docs/messaging/api/message-resource>,
//! <https://www.twilio.com/docs/usage/security#validating-requests>

use std::fmt;

use app::model::Secret;
use async_trait::async_trait;
use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use sha1::Sha1;
use url::{Url, form_urlencoded};

use super::{
    Message, SendError, SmsGateway,
    client::{Answer, client, exchange},
    report::{Report, ReportError, ReportRequest, message_id},
};

/// Error codes that are about the number, so that no other provider does better: not a number, not reachable, no mobile,
/// unsubscribed (<https://www.twilio.com/docs/api/errors>).
const NUMBER_AT_FAULT: [u32; 6] = [21211, 21214, 21217, 21610, 21612, 21614];

/// Error codes that are about one message, whatever the status (<https://www.twilio.com/docs/api/errors>).
const MESSAGE_AT_FAULT: std::ops::Range<u32> = 21_000..22_000;

/// What Twilio needs to know.
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// Account SID, `AC…`.
    pub account: String,
    /// Auth token: for sending, and for the signature of callbacks.
    pub token: Secret,
    /// A number, or a messaging service, `MG…`.
    pub from: String,
    /// Where the interface is; another one in tests.
    pub url: Url,
}

/// An account at Twilio.
pub struct Twilio {
    settings: TwilioSettings,
    /// The address of the interface for messages.
    messages: Url,
    /// The address that callbacks go to, without the message's number.
    callback: Url,
    client: Client,
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio").field("account", &self.settings.account).finish_non_exhaustive()
    }
}

/// What Twilio answers: a message, or an error with a code.
#[derive(Deserialize)]
struct Reply {
    sid: Option<String>,
    status: Option<serde_json::Value>,
    code: Option<u32>,
    error_code: Option<u32>,
}

impl Twilio {
    /// An account, with callbacks to this public address.
    ///
    /// # Errors
    /// Those of the TLS set-up or of an address that does not join.
    pub fn new(settings: TwilioSettings, public_url: &Url) -> Result<Self, super::SetUpError> {
        let messages = settings.url.join(&format!("2010-04-01/Accounts/{}/Messages.json", settings.account))?;
        Ok(Self { messages, callback: public_url.join("api/sms/twilio")?, client: client()?, settings })
    }

    fn callback_for(&self, message: &Message) -> String {
        format!("{}?id={}", self.callback, HEXLOWER.encode(message.id.bytes()))
    }

    /// HMAC-SHA1 over the address and the sorted fields of the form.
    fn is_signed(&self, request: &ReportRequest<'_>) -> bool {
        let mut fields: Vec<_> = form_urlencoded::parse(request.body).collect();
        fields.sort();
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(self.settings.token.expose().as_bytes()) else { return false };
        mac.update(request.url.as_bytes());
        for (name, value) in &fields {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        let given = BASE64.decode(request.signature.as_bytes());
        given.is_ok_and(|given| mac.verify_slice(&given).is_ok())
    }
}

#[async_trait]
impl SmsGateway for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let sender = if self.settings.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let callback = self.callback_for(message);
        let form = [
            ("To", message.to.e164()),
            (sender, &self.settings.from),
            ("Body", &message.text),
            ("StatusCallback", &callback),
        ];
        let request = self
            .client
            .post(self.messages.clone())
            .basic_auth(&self.settings.account, Some(self.settings.token.expose()))
            .form(&form);
        judge(&exchange(request).await?)
    }

    fn report(&self, request: &ReportRequest<'_>) -> Result<Report, ReportError> {
        if !self.is_signed(request) {
            return Err(ReportError::Unsigned);
        }
        let query = request.url.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let find = |text: &[u8], name: &str| {
            form_urlencoded::parse(text).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let id = find(query.as_bytes(), "id").and_then(|id| message_id(&id)).ok_or(ReportError::Malformed)?;
        let status = find(request.body, "MessageStatus").ok_or(ReportError::Malformed)?;
        let delivered = match status.as_str() {
            "delivered" | "read" => Some(true),
            "undelivered" | "failed" | "canceled" => Some(false),
            _ => None,
        };
        Ok(Report { id, delivered })
    }
}

/// Only codes are told: Twilio's words repeat the number.
fn judge(answer: &Answer) -> Result<(), SendError> {
    let reply: Option<Reply> = serde_json::from_slice(&answer.body).ok();
    let code = reply.as_ref().and_then(|reply| reply.code.or(reply.error_code));
    let told = || format!("status {}, code {}", answer.status.as_u16(), code.unwrap_or_default());
    let declined = || match code {
        Some(code) if NUMBER_AT_FAULT.contains(&code) => SendError::Undeliverable(told()),
        Some(_) | None => SendError::Declined(told()),
    };
    match answer.status {
        StatusCode::CREATED | StatusCode::OK => match reply {
            // Made, and failed at once: Twilio will not send it.
            Some(reply) if reply.status.as_ref().is_some_and(|status| status == "failed") => Err(declined()),
            Some(Reply { sid: Some(_), .. }) => Ok(()),
            // A success that names no message is none that can be relied on.
            Some(_) | None => Err(SendError::Unknown(told())),
        },
        status if status.is_client_error() => {
            let about_us = answer.is_about_us() && !code.is_some_and(|code| MESSAGE_AT_FAULT.contains(&code));
            Err(if about_us { SendError::Refused(told()) } else { declined() })
        }
        _ => Err(SendError::Unknown(told())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of Twilio's security documentation, which its own libraries are tested with:
    /// <https://www.twilio.com/docs/usage/webhooks/webhooks-security>.
    #[test]
    fn sms_15_signature_of_the_documentation_is_right() {
        let settings = TwilioSettings {
            account: "AC0123456789abcdef0123456789abcdef".to_owned(),
            token: Secret::new("12345"),
            from: "+15005550006".to_owned(),
            url: Url::parse("https://api.twilio.com/").unwrap(),
        };
        let twilio = Twilio::new(settings, &Url::parse("https://mycompany.com/").unwrap()).unwrap();
        let request = ReportRequest {
            url: "https://mycompany.com/myapp.php?foo=1&bar=2",
            signature: "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            timestamp: "",
            body: b"Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&CallSid=CA1234567890ABCDE",
        };
        assert!(twilio.is_signed(&request));
        let wrong = [
            ReportRequest { url: "https://mycompany.com/myapp.php?foo=1", ..request },
            ReportRequest { signature: "RSOYDt4T1cUTdK1PDd93/VVr8B9=", ..request },
            ReportRequest { signature: "", ..request },
            ReportRequest { body: b"Digits=1234&To=%2B18005551212", ..request },
        ];
        assert!(wrong.iter().all(|request| !twilio.is_signed(request)));
    }
}
