//! Codes in text messages: one outstanding for each purpose, bound to its sign-in and its phone; a new one voids it.

use app::{AppError, routes};

use super::{
    reference::{Account, SignIn},
    step::{Guess, Seen, Stage},
};

/// The code that was sent last for a purpose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    sign_in: u32,
    phone: u32,
    /// The number of the message.
    pub(super) message: u32,
    sends: i64,
    made: i64,
    until: i64,
    used: bool,
}

impl Account {
    /// `Send Text Message` with a number.
    pub(super) fn send(&mut self, browser: usize) -> Seen {
        let Some(sign_in) = self.sign_in(browser, Stage::Enrolment) else { return Seen::NotNow };
        if let Some(refused) = self.may_send(browser, Stage::Enrolment) {
            return refused;
        }
        self.phones += 1;
        self.waiting_phone = Some((self.phones, sign_in.id));
        self.write_text(browser, Stage::Enrolment, self.phones);
        Seen::Page(routes::PHONE_CONFIRM)
    }

    /// `Resend New Code`, and `Use a Phone Number`, which sends none while one is outstanding.
    pub(super) fn resend(&mut self, browser: usize, stage: Stage, again: bool) -> Seen {
        let Some(sign_in) = self.sign_in(browser, stage) else { return Seen::NotNow };
        let page = if stage == Stage::Challenge { routes::PHONE_CODE } else { routes::PHONE_CONFIRM };
        let outstanding =
            self.text(stage).is_some_and(|text| text.sign_in == sign_in.id && !text.used && text.until > self.now);
        if self.paused(sign_in.key).is_none() && !again && outstanding {
            return Seen::Page(page);
        }
        if let Some(refused) = self.may_send(browser, stage) {
            return refused;
        }
        let Some(phone) = self.phone_of(browser, stage) else { return Seen::Error(AppError::MethodNotAllowed) };
        self.write_text(browser, stage, phone);
        Seen::Page(page)
    }

    fn text(&self, stage: Stage) -> Option<Text> {
        self.texts[stage as usize]
    }

    /// The message whose code counts here, if any.
    pub(super) fn message(&self, stage: Stage) -> Option<u32> {
        self.text(stage).map(|text| text.message)
    }

    /// Whether a code was sent for this sign-in.
    pub(super) fn is_sent(&self, sign_in: SignIn) -> bool {
        self.text(Stage::Challenge).is_some_and(|text| text.sign_in == sign_in.id && !text.used)
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
    fn may_send(&self, browser: usize, stage: Stage) -> Option<Seen> {
        let sign_in = self.sign_in(browser, stage)?;
        if let Some(paused) = self.paused(sign_in.key) {
            return Some(Seen::Error(paused));
        }
        let last = self.text(stage)?;
        let wait = last.made + self.sms.resend_after - self.now;
        if wait > 0 {
            return Some(Seen::Error(AppError::SmsWait { seconds: wait.try_into().unwrap() }));
        }
        let spent = last.sign_in == sign_in.id && last.sends >= self.sms.per_challenge;
        spent.then(|| Seen::Error(AppError::SmsLimit { seconds: self.limits.challenge.try_into().unwrap() }))
    }

    fn write_text(&mut self, browser: usize, stage: Stage, phone: u32) {
        let mut sign_in = self.sign_in(browser, stage).unwrap();
        let sends = self.text(stage).filter(|text| text.sign_in == sign_in.id).map_or(0, |text| text.sends) + 1;
        let until = self.now + self.sms.code_ttl;
        self.messages += 1;
        let (message, made) = (self.messages, self.now);
        self.texts[stage as usize] =
            Some(Text { sign_in: sign_in.id, phone, message, sends, made, until, used: false });
        sign_in.until = sign_in.until.max(until);
        self.browsers[browser].sign_in = Some(sign_in);
    }

    /// The code that shows that a number is the person's.
    pub(super) fn confirm_phone(&mut self, browser: usize, guess: Guess) -> Seen {
        let lost = self.sign_in(browser, Stage::Enrolment).is_some_and(|sign_in| sign_in.lost);
        self.check_text(browser, Stage::Enrolment, guess).unwrap_or_else(|phone| {
            self.epoch += 1;
            self.app = self.app.filter(|_| !lost);
            (self.phone, self.waiting_phone) = (Some(phone), None);
            self.new_card();
            self.open(browser, false);
            Seen::Page(routes::RECOVERY_CODE)
        })
    }

    /// The code of a text message, in a sign-in.
    pub(super) fn verify_phone(&mut self, browser: usize, guess: Guess) -> Seen {
        self.check_text(browser, Stage::Challenge, guess).unwrap_or_else(|_| self.enter(browser))
    }

    /// The phone whose code was right, or what is seen instead.
    fn check_text(&mut self, browser: usize, stage: Stage, guess: Guess) -> Result<Seen, u32> {
        let sign_in = if stage == Stage::Challenge { self.challenge(browser) } else { self.sign_in(browser, stage) };
        let Some(sign_in) = sign_in else { return Ok(Seen::NotNow) };
        let (left, failures) = match self.check(browser, sign_in) {
            Ok(counted) => counted,
            Err(error) => return Ok(Seen::Error(error)),
        };
        let phone = self.phone_of(browser, stage);
        let ours =
            self.text(stage).filter(|text| text.sign_in == sign_in.id && Some(text.phone) == phone && !text.used);
        let error = match ours {
            Some(text) if text.until <= self.now => AppError::SmsCodeExpired,
            Some(text) if guess == Guess::Right => {
                self.texts[stage as usize] = Some(Text { used: true, ..text });
                self.forgive(sign_in.key);
                return Err(text.phone);
            }
            Some(_) | None => AppError::SmsCodeWrong { left },
        };
        let error = if left.is_none() { AppError::ChallengeDead } else { error };
        Ok(Seen::Error(self.pause_or(failures, error)))
    }
}
