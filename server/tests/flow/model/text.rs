//! Codes in text messages: one outstanding for each purpose, bound to its sign-in and its phone; a new one voids it.

use app::{AppError, routes};

use super::{
    counter::Key,
    reference::Account,
    sign_in::{Proof, SignIn},
    step::{Guess, Seen, Stage},
};

/// What a code is for. Each has one outstanding code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    SignIn,
    Enrolment,
    /// A change by somebody who is signed in.
    Confirm,
}

impl From<Stage> for Purpose {
    fn from(stage: Stage) -> Self {
        if stage == Stage::Challenge { Self::SignIn } else { Self::Enrolment }
    }
}

/// The code that was sent last for a purpose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    /// The sign-in that it is bound to; for a change, the session.
    of: u32,
    phone: u32,
    /// The number of the message.
    pub(super) message: u32,
    sends: i64,
    made: i64,
    pub(super) until: i64,
    used: bool,
    /// What else was typed while it was outstanding.
    checks: i64,
}

impl Account {
    /// `Send Text Message` with a number.
    pub(super) fn send(&mut self, browser: usize, number: usize) -> Seen {
        let Some(sign_in) = self.sign_in(browser, Stage::Enrolment) else { return Seen::NotNow };
        if let Some(refused) = self.may_send(Purpose::Enrolment, sign_in.id, sign_in.key) {
            return refused;
        }
        if !sign_in.lost && self.phone.is_some_and(|phone| self.number(phone) == number) {
            return Seen::Error(AppError::PhoneSame);
        }
        self.numbers.push(number);
        let phone = u32::try_from(self.numbers.len()).unwrap();
        self.waiting_phone = Some((phone, sign_in.id));
        self.write_text(browser, Purpose::Enrolment, sign_in.id, phone);
        Seen::Page(routes::PHONE_CONFIRM)
    }

    /// The number of a phone.
    pub(super) fn number(&self, phone: u32) -> usize {
        self.numbers[usize::try_from(phone).unwrap() - 1]
    }

    /// `Resend New Code`, and `Use a Phone Number`, which sends none while one is outstanding.
    pub(super) fn resend(&mut self, browser: usize, stage: Stage, again: bool) -> Seen {
        let Some(sign_in) = self.sign_in(browser, stage) else { return Seen::NotNow };
        let page = if stage == Stage::Challenge { routes::PHONE_CODE } else { routes::PHONE_CONFIRM };
        let outstanding =
            self.text(stage.into()).is_some_and(|text| text.of == sign_in.id && !text.used && text.until > self.now);
        if self.paused(sign_in.key).is_none() && !again && outstanding {
            return Seen::Page(page);
        }
        if let Some(refused) = self.may_send(stage.into(), sign_in.id, sign_in.key) {
            return refused;
        }
        let Some(phone) = self.phone_of(browser, stage) else { return Seen::Error(AppError::MethodNotAllowed) };
        self.write_text(browser, stage.into(), sign_in.id, phone);
        Seen::Page(page)
    }

    fn text(&self, purpose: Purpose) -> Option<Text> {
        self.texts[purpose as usize]
    }

    /// The code of this purpose that counts for this sign-in or session and this phone.
    pub(super) fn outstanding(&self, purpose: Purpose, of: u32, phone: Option<u32>) -> Option<Text> {
        self.text(purpose).filter(|text| text.of == of && Some(text.phone) == phone && !text.used)
    }

    /// Whether the code on this phone is that of another sign-in, where it counts.
    fn is_elsewhere(&self, of: u32, phone: Option<u32>) -> bool {
        let live = self.text(Purpose::SignIn).filter(|text| !text.used && text.until > self.now);
        live.is_some_and(|text| text.of != of && Some(text.phone) == phone)
    }

    /// Counts something else that was typed while the code of this purpose was outstanding. The fifth time ends it.
    pub(super) fn count_guess(&mut self, purpose: Purpose) {
        let (now, most) = (self.now, self.limits.checks_per_challenge);
        let Some(text) = &mut self.texts[purpose as usize] else { return };
        text.checks += 1;
        if text.checks >= most {
            text.until = now;
        }
    }

    /// The message whose code counts here, if any.
    pub(super) fn message(&self, purpose: Purpose) -> Option<u32> {
        self.text(purpose).map(|text| text.message)
    }

    /// Whether a code was sent for this sign-in.
    pub(super) fn is_sent(&self, sign_in: SignIn) -> bool {
        self.text(Purpose::SignIn).is_some_and(|text| text.of == sign_in.id && !text.used)
    }

    fn phone_of(&self, browser: usize, stage: Stage) -> Option<u32> {
        match stage {
            Stage::Challenge => self.phone,
            Stage::Enrolment => {
                let sign_in = self.sign_in(browser, stage)?;
                self.waiting_phone.filter(|(_, of)| *of == sign_in.id).map(|(phone, _)| phone)
            }
        }
    }

    /// Why no message goes out now.
    pub(super) fn may_send(&self, purpose: Purpose, of: u32, key: Key) -> Option<Seen> {
        if let Some(paused) = self.paused(key) {
            return Some(Seen::Error(paused));
        }
        let last = self.text(purpose)?;
        let wait = last.made + self.sms.resend_after - self.now;
        if wait > 0 {
            return Some(Seen::Error(AppError::SmsWait { seconds: wait.try_into().unwrap() }));
        }
        if self.sends_before(purpose, of) < self.sms.per_challenge {
            return None;
        }
        let sign_in = self.browsers.iter().filter_map(|browser| browser.sign_in).find(|sign_in| sign_in.id == of);
        let until = if purpose == Purpose::Confirm { self.sent(purpose, of)?.until } else { sign_in?.until };
        Some(Seen::Error(AppError::SmsLimit { seconds: (until - self.now).try_into().unwrap() }))
    }

    /// How many messages there were for a sign-in, or for a confirmation that is not over.
    fn sends_before(&self, purpose: Purpose, of: u32) -> i64 {
        let over = |text: &Text| purpose == Purpose::Confirm && (text.used || text.until <= self.now);
        self.sent(purpose, of).filter(|text| !over(text)).map_or(0, |text| text.sends)
    }

    /// The last message for a sign-in or a session, whatever others of this person had meanwhile.
    fn sent(&self, purpose: Purpose, of: u32) -> Option<Text> {
        self.sent.get(&(purpose as usize, of)).copied()
    }

    fn keep(&mut self, purpose: Purpose, text: Text) {
        self.texts[purpose as usize] = Some(text);
        self.sent.insert((purpose as usize, text.of), text);
    }

    /// The next message. A sign-in lives as long as its code; a session has its own time.
    pub(super) fn write_text(&mut self, browser: usize, purpose: Purpose, of: u32, phone: u32) {
        let sends = self.sends_before(purpose, of) + 1;
        let (made, until) = (self.now, self.now + self.sms.code_ttl);
        self.messages += 1;
        let message = self.messages;
        self.keep(purpose, Text { of, phone, message, sends, made, until, used: false, checks: 0 });
        if let Some(sign_in) = self.browsers[browser].sign_in.as_mut().filter(|_| purpose != Purpose::Confirm) {
            sign_in.until = sign_in.until.max(until);
        }
    }

    /// Spends a typed code of a purpose, or says what is wrong with it.
    pub(super) fn spend_text(
        &mut self,
        purpose: Purpose,
        (of, phone): (u32, Option<u32>),
        guess: Guess,
        left: Option<u8>,
    ) -> Result<u32, AppError> {
        let number = |phone: u32| self.number(phone);
        if let Some(text) = self.text(purpose).filter(|text| text.used && guess == Guess::Right)
            && phone.is_some_and(|phone| number(phone) == number(text.phone))
        {
            return Err(AppError::SmsCodeUsed);
        }
        match self.outstanding(purpose, of, phone) {
            Some(text) if text.until <= self.now => Err(AppError::SmsCodeExpired),
            Some(text) if guess == Guess::Right => {
                self.keep(purpose, Text { used: true, ..text });
                Ok(text.phone)
            }
            Some(_) if purpose != Purpose::Enrolment => {
                self.count_guess(purpose);
                Err(AppError::SmsCodeWrong { left })
            }
            Some(_) | None => Err(AppError::SmsCodeWrong { left }),
        }
    }

    /// The code that shows that a number is the person's.
    pub(super) fn confirm_phone(&mut self, browser: usize, guess: Guess) -> Seen {
        let lost = self.sign_in(browser, Stage::Enrolment).is_some_and(|sign_in| sign_in.lost);
        self.check_text(browser, Stage::Enrolment, guess).unwrap_or_else(|phone| {
            self.epoch += 1;
            self.app = self.app.filter(|_| !lost);
            (self.phone, self.waiting_phone) = (Some(phone), None);
            self.new_card(browser);
            self.open(browser, Proof::Phone);
            Seen::Page(routes::RECOVERY_CODE)
        })
    }

    /// The code of a text message, in a sign-in.
    pub(super) fn verify_phone(&mut self, browser: usize, guess: Guess) -> Seen {
        self.check_text(browser, Stage::Challenge, guess).unwrap_or_else(|_| self.enter(browser, Proof::Phone))
    }

    /// The phone whose code was right, or what is seen instead.
    fn check_text(&mut self, browser: usize, stage: Stage, guess: Guess) -> Result<Seen, u32> {
        let sign_in = if stage == Stage::Challenge { self.challenge(browser) } else { self.sign_in(browser, stage) };
        let Some(sign_in) = sign_in else { return Ok(Seen::NotNow) };
        if stage == Stage::Enrolment && self.phone_of(browser, stage).is_none() {
            return Ok(Seen::Error(self.paused(sign_in.key).unwrap_or(AppError::PhoneAgain)));
        }
        let phone = self.phone_of(browser, stage);
        let elsewhere = stage == Stage::Challenge && self.is_elsewhere(sign_in.id, phone);
        if elsewhere && guess == Guess::Right {
            return Ok(Seen::Error(self.paused(sign_in.key).unwrap_or(AppError::SmsCodeElsewhere)));
        }
        let (left, failures) = match self.check(browser, sign_in) {
            Ok(counted) => counted,
            Err(error) => return Ok(Seen::Error(error)),
        };
        if elsewhere {
            self.count_guess(Purpose::SignIn);
        }
        let bound = (sign_in.id, phone);
        match self.spend_text(stage.into(), bound, guess, left) {
            Ok(phone) => {
                self.forgive(sign_in.key);
                Err(phone)
            }
            Err(error) => {
                let error = if left.is_none() { AppError::ChallengeDead } else { error };
                Ok(Seen::Error(self.pause_or(failures, error)))
            }
        }
    }
}
