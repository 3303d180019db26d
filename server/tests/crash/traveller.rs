//! A person on the way through enrolment, sign-ins and recovery, who tries again after every cut.

use std::sync::{Arc, Mutex};

use app::routes;
use axum::{Router, http::StatusCode};
use server::clock::{Clock, SystemClock};

use crate::{
    record::{Proof, Record},
    support::{Answer, Browser, code_at, node::LOST},
};

const SESSION_COOKIE: &str = "__Host-muster-session";

/// The answer of a request did not come: nobody knows what became of it.
struct Lost;

/// The people who have not set out yet.
#[derive(Clone, Debug)]
pub(crate) struct People(Arc<Mutex<Vec<String>>>);

impl People {
    pub(crate) fn new(emails: Vec<String>) -> Self {
        Self(Arc::new(Mutex::new(emails)))
    }

    pub(crate) fn next(&self) -> Option<String> {
        self.0.lock().unwrap().pop()
    }
}

/// One person with a phone and a card.
pub(crate) struct Traveller {
    email: String,
    /// Setup key of the last code that was scanned.
    key: Option<String>,
    /// The recovery code on the card.
    card: Option<String>,
    /// The last step whose code was sent.
    last_step: i64,
    /// How many cards were used.
    recoveries: u8,
    record: Arc<Record>,
}

impl Traveller {
    pub(crate) fn new(email: String, record: &Arc<Record>) -> Self {
        Self { email, key: None, card: None, last_step: 0, recoveries: 0, record: Arc::clone(record) }
    }

    /// Goes through everything, then as somebody else, until an answer does not come. While it is the database that
    /// goes away, tries again until it is over.
    pub(crate) async fn travel(mut self, router: Router, people: People) -> Self {
        while !self.record.is_over() {
            match self.sign_in(&router).await {
                Ok(true) => {}
                Ok(false) => match people.next() {
                    Some(email) => self = Self::new(email, &self.record),
                    None => return self,
                },
                Err(Lost) => {
                    self.record.lost();
                    if !self.record.is_outage() {
                        return self;
                    }
                }
            }
        }
        self
    }

    /// One sign-in with whatever comes next for this person. False when there is nothing left to do.
    async fn sign_in(&mut self, router: &Router) -> Result<bool, Lost> {
        let mut browser = Browser::new(router.clone(), [127, 0, 0, 1]);
        let entered = self.whole(browser.enter(&self.email).await)?;
        match entered.location() {
            Some(routes::REQUIRED) => {
                assert!(!self.record.is_enrolled(&self.email), "{} has lost a confirmed factor", self.email);
                self.enrol(browser).await?;
                Ok(true)
            }
            Some(routes::VERIFY) => match self.next_step() {
                Some(step) => {
                    self.verify(browser, step).await?;
                    self.verify_again(router, step).await?;
                    Ok(true)
                }
                None => self.recover(browser, router).await,
            },
            // Paused after too many refusals.
            _ => Ok(false),
        }
    }

    /// The next code that the phone shows and the server would take: at most three in a minute and a half.
    fn next_step(&self) -> Option<i64> {
        let now = SystemClock.now().0 / 30;
        (now - 1..=now + 1).find(|step| *step > self.last_step)
    }

    fn code(&self, step: i64) -> String {
        code_at(self.key.as_ref().expect("whoever has a factor has scanned a code"), step * 30)
    }

    async fn enrol(&mut self, mut browser: Browser) -> Result<(), Lost> {
        self.whole(browser.call("set-up/method", &[("method", "authenticator")]).await)?;
        let page = self.whole(browser.call("page/authenticator", &[]).await)?;
        let view: app::model::AuthenticatorView = serde_json::from_slice(&page.body).unwrap();
        self.key = Some(view.key.concat());
        let step = SystemClock.now().0 / 30 - 1;
        self.record.sent(&self.email, Proof::Authenticator, &step.to_string());
        let answer = self.whole(browser.call("set-up/authenticator", &[("code", &self.code(step))]).await)?;
        self.last_step = step;
        if answer.is_ok() {
            self.record.enrolled(&self.email);
            self.is_in(&mut browser, Proof::Authenticator, &step.to_string()).await?;
        }
        Ok(())
    }

    async fn verify(&mut self, mut browser: Browser, step: i64) -> Result<(), Lost> {
        self.record.sent(&self.email, Proof::Authenticator, &step.to_string());
        let answer = self.whole(browser.verify(&self.code(step)).await)?;
        // Whether it was right or had been used by the request before the cut: it is spent now.
        self.last_step = step;
        if answer.is_ok() {
            self.is_in(&mut browser, Proof::Authenticator, &step.to_string()).await?;
        } else {
            self.record.refused();
        }
        Ok(())
    }

    /// The same code once more, in another challenge.
    async fn verify_again(&mut self, router: &Router, step: i64) -> Result<(), Lost> {
        let mut browser = Browser::new(router.clone(), [127, 0, 0, 1]);
        self.whole(browser.enter(&self.email).await)?;
        let answer = self.whole(browser.verify(&self.code(step)).await)?;
        assert!(answer.status.is_client_error(), "{} opened twice with step {step}", self.email);
        self.record.refused();
        Ok(())
    }

    /// The code on the card, and then the same code again.
    async fn recover(&mut self, mut browser: Browser, router: &Router) -> Result<bool, Lost> {
        let Some(card) = self.card.clone().filter(|_| self.recoveries < 2) else { return Ok(false) };
        self.record.sent(&self.email, Proof::Recovery, &card);
        let answer = self.whole(browser.recover(&card).await)?;
        self.card = None;
        self.recoveries += 1;
        if answer.is_ok() {
            self.is_in(&mut browser, Proof::Recovery, &card).await?;
        } else {
            self.record.refused();
        }
        let mut again = Browser::new(router.clone(), [127, 0, 0, 1]);
        self.whole(again.enter(&self.email).await)?;
        let answer = self.whole(again.recover(&card).await)?;
        assert!(answer.status.is_client_error(), "{} opened twice with one card", self.email);
        self.record.refused();
        Ok(true)
    }

    /// Notes the session, and saves the recovery code that it may show.
    async fn is_in(&mut self, browser: &mut Browser, proof: Proof, code: &str) -> Result<(), Lost> {
        let token = browser.cookie(SESSION_COOKIE).expect("whoever is let in gets a session").to_owned();
        self.record.accepted(&self.email, proof, code, &token);
        let page = self.whole(browser.call("page/recovery-code", &[]).await)?;
        if page.is_ok() {
            let view: app::model::RecoveryCodeView = serde_json::from_slice(&page.body).unwrap();
            if let Some(groups) = view.groups {
                self.card = Some(groups.join("-"));
                let number = view.number.to_string();
                self.whole(browser.call("set-up/saved", &[("number", &number), ("saved", "yes")]).await)?;
            }
        }
        Ok(())
    }

    /// An answer that came, and that no server should give without reason: never a 5xx, but for the one that says
    /// that the database is away, behind which a change may stand or not.
    fn whole(&self, answer: Answer) -> Result<Answer, Lost> {
        if answer.status == LOST || (self.record.is_outage() && answer.status == StatusCode::SERVICE_UNAVAILABLE) {
            return Err(Lost);
        }
        assert!(!answer.status.is_server_error(), "{}: {}", answer.status, answer.text());
        self.record.answered();
        Ok(answer)
    }
}
