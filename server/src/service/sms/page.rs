//! What the pages about phones show.

use app::{
    AppError, Language,
    backend::Visit,
    model::{CountryView, Delivery, PhoneCodeView, PhoneView, Secret},
    routes,
};
use data_encoding::BASE64URL_NOPAD;
use sqlx::AnyConnection;

use super::{Purpose, Service};
use crate::{
    clock::Timestamp,
    crypto::Place,
    domain::{Country, Membership, PhoneNumber, SmsReach, requirement},
    service::{
        failure::Failure,
        outcome::{Change, Outcome},
        text,
    },
    storage::{
        PersonId, phone,
        sign_in::{SignIn, Stage},
        sms_code::{self, SmsCode},
        sms_message::{self, State},
    },
};

/// The longest number that is kept for the page, in characters.
const KEPT: usize = 64;

impl Service {
    /// `Set Up SMS Verification`: the number.
    pub async fn phone_page(&self, visit: &Visit) -> Outcome<PhoneView> {
        self.settle(self.try_phone_page(visit).await)
    }

    async fn try_phone_page(&self, visit: &Visit) -> Result<Outcome<PhoneView>, Failure> {
        let Some((sign_in, _, memberships)) = self.enrolling(visit).await? else { return self.elsewhere(visit).await };
        let reach = requirement(&memberships, self.now()).1.sms;
        if reach == SmsReach::Nowhere || !self.sms.any() {
            return Ok(Outcome::refused(AppError::MethodNotAllowed, routes::METHOD));
        }
        let countries: Vec<_> = reach.countries().map(|country| listed(country, visit.language)).collect();
        let (country, phone) = self.kept_number(visit, &sign_in).unwrap_or_default();
        let known = countries.iter().any(|listed| listed.iso == country);
        let first = countries.first().map(|listed| listed.iso.clone()).unwrap_or_default();
        Ok(Outcome::value(PhoneView { countries, country: if known { country } else { first }, phone }))
    }

    /// `Set Up SMS Verification`: the code.
    pub async fn phone_confirm_page(&self, visit: &Visit) -> Outcome<PhoneCodeView> {
        self.settle(self.try_phone_confirm_page(visit).await)
    }

    async fn try_phone_confirm_page(&self, visit: &Visit) -> Result<Outcome<PhoneCodeView>, Failure> {
        let Some((sign_in, _, memberships)) = self.enrolling(visit).await? else { return self.elsewhere(visit).await };
        let pending = phone::find_pending(&mut *self.store.read().await?, sign_in.person, sign_in.id).await?;
        let Some(pending) = pending else { return Ok(Outcome::refused(AppError::PhoneAgain, routes::PHONE_AGAIN)) };
        let Ok(number) = self.open_number(&sign_in.person, &pending)? else {
            return Ok(Outcome::refused(AppError::PhoneAgain, routes::PHONE_AGAIN));
        };
        let asked = (&sign_in, Purpose::Enrolment);
        let mut db = self.store.read().await?;
        Ok(Outcome::value(self.code_view(&mut db, asked, &number, &memberships, visit.language).await?))
    }

    /// The code page of a sign-in.
    pub async fn phone_code_page(&self, visit: &Visit) -> Outcome<PhoneCodeView> {
        self.settle(self.try_phone_code_page(visit).await)
    }

    async fn try_phone_code_page(&self, visit: &Visit) -> Result<Outcome<PhoneCodeView>, Failure> {
        let Some((sign_in, memberships, standing)) = self.standing_of(visit).await? else {
            return self.elsewhere(visit).await;
        };
        let Some(number) = standing.active_phone() else {
            return Ok(Outcome::refused(AppError::MethodNotAllowed, standing.first_page()));
        };
        let asked = (&sign_in, Purpose::SignIn);
        let mut db = self.store.read().await?;
        let mut view = self.code_view(&mut db, asked, number, &memberships, visit.language).await?;
        if matches!(view.delivery, Delivery::None | Delivery::Elsewhere) {
            // The password came with no form to answer when its code was stopped.
            view.stopped = self.stop_of(&mut db, &sign_in, number, visit).await?;
        }
        Ok(Outcome::value(view))
    }

    /// How far the newest code has come that this sign-in has asked for, if it is not used; or that another one has, while it
    /// counts there: its text arrives all the same.
    pub(super) async fn code_view(
        &self,
        db: &mut AnyConnection,
        (sign_in, purpose): (&SignIn, Purpose),
        number: &PhoneNumber,
        memberships: &[Membership],
        language: Language,
    ) -> Result<PhoneCodeView, Failure> {
        let limits = &self.settings.sms;
        let mut view = PhoneCodeView {
            masked: number.masked(),
            ending: number.ending().to_owned(),
            delivery: Delivery::None,
            sent: String::new(),
            delivered: String::new(),
            until: String::new(),
            minutes: u32::try_from(limits.code_ttl / 60).unwrap_or(u32::MAX),
            every: u32::try_from(limits.resend_after).unwrap_or(u32::MAX),
            stopped: None,
        };
        let code = sms_code::find(db, sign_in.person, purpose).await?;
        // On a page that asks again, a code that ran out is none: the app may stand beside it.
        let elsewhere = code.as_ref().is_some_and(|code| code.sign_in != sign_in.id);
        let over = |expires: Timestamp| (elsewhere || purpose == Purpose::Confirm) && expires <= self.now();
        let Some(code) = code.filter(|code| !code.consumed && !over(code.expires)) else { return Ok(view) };
        if elsewhere && !self.is_of_phone(db, sign_in.person, purpose, &code).await? {
            return Ok(view);
        }
        let Some(message) = sms_message::find(db, code.message).await? else { return Ok(view) };
        let zone = text::zone_of(memberships);
        let time = |at: Timestamp| text::time(at, &zone, language);
        view.delivery = match message.state {
            State::Refused | State::Failed if elsewhere => return Ok(view),
            State::Sending | State::Unknown | State::Sent | State::Delivered if elsewhere => Delivery::Elsewhere,
            State::Sending | State::Unknown => Delivery::Sending,
            State::Sent => Delivery::Sent,
            State::Delivered => Delivery::Delivered,
            State::Refused | State::Failed => Delivery::Failed,
        };
        view.sent = time(message.sent.unwrap_or(message.created));
        view.delivered = message.delivered.map(time).unwrap_or_default();
        view.until = if elsewhere { String::new() } else { time(code.expires) };
        Ok(view)
    }

    /// Whether a code of another sign-in has gone to the phone of this one.
    async fn is_of_phone(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        purpose: Purpose,
        code: &SmsCode,
    ) -> Result<bool, Failure> {
        let phone = if purpose == Purpose::SignIn { phone::find_bound(db, person).await? } else { None };
        Ok(phone.is_some_and(|phone| phone.id == code.factor))
    }

    /// Keeps what was typed for the page of this enrolment, sealed.
    pub(super) async fn keep_number(&self, visit: &Visit, country: &str, phone: &str) -> Option<Change> {
        let sign_in = self.find_sign_in(visit, Stage::Enrolment).await.ok().flatten()?;
        let kept: String = phone.chars().take(KEPT).collect();
        let country = Country::of(country).map_or("", |country| country.iso);
        let text = format!("{country}\n{kept}");
        let sealed = self.keys.seal(&*self.rng, kept_place(&sign_in.person, &sign_in), text.as_bytes()).ok()?;
        Some(Change::Number(Secret::new(BASE64URL_NOPAD.encode(&sealed))))
    }

    fn kept_number(&self, visit: &Visit, sign_in: &SignIn) -> Option<(String, String)> {
        let sealed = BASE64URL_NOPAD.decode(visit.entry.as_ref()?.expose().as_bytes()).ok()?;
        let opened = self.keys.open(kept_place(&sign_in.person, sign_in), &sealed).ok()?;
        let (country, phone) = std::str::from_utf8(&opened).ok()?.split_once('\n')?;
        Some((country.to_owned(), phone.to_owned()))
    }
}

/// The cookie that carries the typed number back to its page; not the one of the typed e-mail.
fn kept_place<'a>(person: &'a PersonId, sign_in: &'a SignIn) -> Place<'a> {
    Place { table: "cookie", column: "phone", person: person.bytes(), row: sign_in.id.bytes() }
}

fn listed(country: &Country, language: Language) -> CountryView {
    let name = super::text::country(country.iso).map_or(country.iso, |name| name.get(language));
    CountryView { iso: country.iso.to_owned(), label: format!("{name} (+{})", country.calling_code) }
}
