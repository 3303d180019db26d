//! The phones of the tests: a gateway that keeps what it is given, and the steps with codes from there.

use std::sync::Mutex;

use app::routes;
use async_trait::async_trait;
use server::sms::{Message, SendError, SmsGateway};

use super::{Answer, Browser, Enrolled, PASSWORD, World};

/// A US number like those of films, and its neighbours.
pub(crate) const NUMBER: &str = "+12015550123";

/// Every phone there is: a gateway that keeps each message.
#[derive(Debug, Default)]
pub(crate) struct Phones {
    messages: Mutex<Vec<(String, String)>>,
    fault: Mutex<Option<SendError>>,
}

impl Phones {
    /// How many messages came.
    pub(crate) fn count(&self) -> usize {
        self.messages.lock().unwrap().len()
    }

    /// The numbers that the messages went to.
    pub(crate) fn numbers(&self) -> Vec<String> {
        self.messages.lock().unwrap().iter().map(|(number, _)| number.clone()).collect()
    }

    /// The newest message.
    pub(crate) fn last(&self) -> String {
        self.messages.lock().unwrap().last().expect("a message came").1.clone()
    }

    /// The code in the newest message.
    pub(crate) fn code(&self) -> String {
        self.last().chars().take(6).collect()
    }

    /// The codes of all messages, from the first on.
    pub(crate) fn codes(&self) -> Vec<String> {
        self.messages.lock().unwrap().iter().map(|(_, text)| text.chars().take(6).collect()).collect()
    }

    /// A code that is not the one in the newest message.
    pub(crate) fn wrong_code(&self) -> String {
        let right: u32 = self.code().parse().unwrap();
        format!("{:06}", (right + 1) % 1_000_000)
    }

    /// One more message.
    pub(super) fn take(&self, number: &str, text: &str) {
        self.messages.lock().unwrap().push((number.to_owned(), text.to_owned()));
    }

    /// Answers every message with a fault from now on; it is kept only where its fate is unknown.
    pub(crate) fn fail(&self, fault: Option<SendError>) {
        *self.fault.lock().unwrap() = fault;
    }
}

#[async_trait]
impl SmsGateway for Phones {
    fn name(&self) -> &'static str {
        "phones"
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let fault = self.fault.lock().unwrap().clone();
        if matches!(fault, None | Some(SendError::Unknown(_))) {
            self.take(message.to.e164(), &message.text);
        }
        fault.map_or(Ok(()), Err)
    }
}

impl World {
    /// One member of a company that requires a second factor, with nothing but a phone; and the recovery code.
    pub(crate) async fn with_phone(&self, email: &str, number: &str) -> String {
        self.newcomer(email).await;
        self.link_phone(email, number).await
    }

    /// Links a phone as its person does, and moves on until the next code may be sent.
    pub(crate) async fn link_phone(&self, email: &str, number: &str) -> String {
        let mut browser = self.browser();
        browser.start_phone(email, number).await;
        browser.confirm_phone(&self.phones.code()).await.leads_to(routes::RECOVERY_CODE);
        let recovery = browser.recovery_code().await.unwrap();
        browser.save_recovery_code().await;
        self.clock.advance(60);
        recovery
    }

    /// One member of a company that requires a second factor, with an app and a phone.
    pub(crate) async fn with_both(&self, email: &str, number: &str) -> Enrolled {
        let ana = self.enrolled(email).await;
        let mut browser = self.signed_in(&ana).await;
        let code = self.code(&ana.key, 0);
        browser.call("profile/phone", &[("password", PASSWORD), ("code", &code)]).await.leads_to(routes::PHONE);
        browser.send_text("US", number).await.leads_to(routes::PHONE_CONFIRM);
        browser.confirm_phone(&self.phones.code()).await.leads_to(routes::RECOVERY_CODE);
        let recovery = browser.recovery_code().await.unwrap();
        browser.save_recovery_code().await;
        self.clock.advance(60);
        Enrolled { recovery, ..ana }
    }

    /// Lets time go by for the codes that were sent: the clock of a server process cannot be moved, a code can be older.
    pub(crate) async fn make_codes_older(&self, seconds: i64) {
        let sql = "UPDATE sms_code SET created_at = created_at - $1, expires_at = expires_at - $2";
        self.database.change(sql, vec![seconds.into(), seconds.into()]).await;
    }

    /// A browser that has given the right password of somebody with nothing but a phone, and was sent a code.
    pub(crate) async fn texted(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        browser.enter(email).await.leads_to(routes::PHONE_CODE);
        browser
    }
}

impl Browser {
    /// From the password to the first text message.
    pub(crate) async fn start_phone(&mut self, email: &str, number: &str) {
        self.enter(email).await.leads_to(routes::REQUIRED);
        self.call("set-up/method", &[("method", "sms")]).await.leads_to(routes::PHONE);
        self.send_text("US", number).await.leads_to(routes::PHONE_CONFIRM);
    }

    /// `Send Text Message`.
    pub(crate) async fn send_text(&mut self, country: &str, number: &str) -> Answer {
        self.call("set-up/phone", &[("country", country), ("phone", number)]).await
    }

    /// A change in a session, with password and code.
    pub(crate) async fn confirm_with(&mut self, endpoint: &str, code: &str) -> Answer {
        self.call(endpoint, &[("password", PASSWORD), ("code", code)]).await
    }

    /// The code that shows that a number is the person's.
    pub(crate) async fn confirm_phone(&mut self, code: &str) -> Answer {
        self.call("set-up/phone/code", &[("code", code)]).await
    }

    /// The code of a text message, in a sign-in.
    pub(crate) async fn verify_phone(&mut self, code: &str) -> Answer {
        self.call("sign-in/phone/code", &[("code", code)]).await
    }

    /// `Resend New Code` of a sign-in.
    pub(crate) async fn resend(&mut self) -> Answer {
        self.call("sign-in/phone/resend", &[]).await
    }
}
