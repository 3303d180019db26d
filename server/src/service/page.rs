//! What each page shows, to whom, and where everybody else is sent.

use app::{
    AppError, Language,
    backend::Visit,
    model::{
        AuthenticatorView, BannerView, EmailView, HomeView, Method, MethodView, OutboxMessageView, OutboxView,
        PasswordView, RecoveryView, RequiredView, Theme, VerifyView,
    },
    routes,
};
use jiff::tz::TimeZone;

use super::{
    Service,
    challenge::secret_place,
    failure::Failure,
    outcome::{Change, Outcome},
    qr, text,
};
use crate::{
    domain::{Deadline, Membership, PhoneNumber, Requirement, otpauth_uri, requirement, setup_key_groups},
    storage::{
        NoticeId, PersonId, StoreError, company, factor, notice,
        person::{self, Person},
        recovery_code,
        session::Session,
        sign_in::{SignIn, Stage},
    },
};

/// How many messages the demo's outbox shows.
const OUTBOX: i64 = 100;

impl Service {
    /// First page.
    pub async fn email_page(&self, visit: &Visit) -> Outcome<EmailView> {
        self.settle(self.try_email_page(visit).await)
    }

    async fn try_email_page(&self, visit: &Visit) -> Result<Outcome<EmailView>, Failure> {
        if self.find_session(visit.session.as_ref()).await?.is_some() {
            return Ok(Outcome::refused(AppError::Expired, routes::HOME));
        }
        let email = self.open_entry(visit).unwrap_or_default();
        Ok(Outcome::value(EmailView { email, demo: self.settings.demo }))
    }

    /// Password page.
    pub fn password_page(&self, visit: &Visit) -> Outcome<PasswordView> {
        match self.open_entry(visit) {
            Some(email) => Outcome::value(PasswordView { email }),
            None => Outcome::refused(AppError::NotSignedIn, routes::SIGN_IN_EXPIRED),
        }
    }

    /// `Two-Factor Authentication Required`.
    pub async fn required_page(&self, visit: &Visit) -> Outcome<RequiredView> {
        self.settle(self.try_required_page(visit).await)
    }

    async fn try_required_page(&self, visit: &Visit) -> Result<Outcome<RequiredView>, Failure> {
        let Some((_, person, memberships)) = self.enrolling(visit).await? else { return self.elsewhere(visit).await };
        let now = self.now();
        let standing = self.standing(&mut *self.store.read().await?, person.id, &memberships, now).await?;
        let phone_uncounted = standing.has_phone && standing.phone.is_none();
        let (companies, payments_role) = match requirement(&memberships, now).0 {
            Requirement::Required { companies, by_role } => (companies, by_role),
            Requirement::Upcoming { .. } | Requirement::Optional | Requirement::AtIdentityProvider => {
                (Vec::new(), false)
            }
        };
        Ok(Outcome::value(RequiredView { companies, payments_role, phone_uncounted }))
    }

    /// `Select an Authentication Method`.
    pub async fn method_page(&self, visit: &Visit) -> Outcome<MethodView> {
        self.settle(self.try_method_page(visit).await)
    }

    async fn try_method_page(&self, visit: &Visit) -> Result<Outcome<MethodView>, Failure> {
        let Some((_, _, memberships)) = self.enrolling(visit).await? else { return self.elsewhere(visit).await };
        Ok(Outcome::value(MethodView { sms: self.sms_offer(&memberships, self.now()) }))
    }

    /// `Secure your Account`: the setup key, until it is confirmed.
    pub async fn authenticator_page(&self, visit: &Visit) -> Outcome<AuthenticatorView> {
        self.settle(self.try_authenticator_page(visit).await)
    }

    async fn try_authenticator_page(&self, visit: &Visit) -> Result<Outcome<AuthenticatorView>, Failure> {
        let Some((sign_in, person, _)) = self.enrolling(visit).await? else { return self.elsewhere(visit).await };
        let pending = factor::find_pending(&mut *self.store.read().await?, person.id, sign_in.id).await?;
        let Some(pending) = pending else { return Ok(Outcome::refused(AppError::Expired, routes::METHOD)) };
        let key = self.keys.open(secret_place(&person.id, &pending.id), &pending.secret)?;
        let issuer = self.settings.issuer.clone();
        let uri = otpauth_uri(&key, &issuer, &person.email);
        let (qr_path, qr_size) =
            qr::path(&uri).map_err(|error| Failure::from(StoreError::Setup(format!("no QR code: {error}"))))?;
        Ok(Outcome::value(AuthenticatorView {
            qr_path,
            qr_size,
            key: setup_key_groups(&key),
            uri,
            account: person.email,
            issuer,
        }))
    }

    /// Code page and choice page.
    pub async fn verify_page(&self, visit: &Visit) -> Outcome<VerifyView> {
        self.settle(self.try_verify_page(visit).await)
    }

    async fn try_verify_page(&self, visit: &Visit) -> Result<Outcome<VerifyView>, Failure> {
        let Some((_, person)) = self.challenged(visit).await? else { return self.elsewhere(visit).await };
        let Some((_, _, standing)) = self.standing_of(visit).await? else { return self.elsewhere(visit).await };
        let phone = standing.active_phone();
        let authenticator = standing.authenticator_active.then_some(Method::Authenticator);
        Ok(Outcome::value(VerifyView {
            issuer: self.settings.issuer.clone(),
            account: person.email,
            methods: authenticator.into_iter().chain(phone.map(|_| Method::Sms)).collect(),
            masked: phone.map(PhoneNumber::masked).unwrap_or_default(),
            ending: phone.map(|number| number.ending().to_owned()).unwrap_or_default(),
        }))
    }

    /// `Enter Your Recovery Code`.
    pub async fn recovery_page(&self, visit: &Visit) -> Outcome<RecoveryView> {
        self.settle(self.try_recovery_page(visit).await)
    }

    async fn try_recovery_page(&self, visit: &Visit) -> Result<Outcome<RecoveryView>, Failure> {
        let Some((sign_in, person)) = self.challenged(visit).await? else { return self.elsewhere(visit).await };
        let current = recovery_code::find_current(&mut *self.store.read().await?, person.id).await?;
        let number = current.map_or(0, |current| {
            // Nobody has seen the newest card then: the one before it is meant.
            let unseen = sign_in.resumes.is_some() && !current.acknowledged;
            current.number - i64::from(unseen)
        });
        Ok(Outcome::value(RecoveryView { number }))
    }

    /// First page after the sign-in.
    pub async fn home_page(&self, visit: &Visit) -> Outcome<HomeView> {
        self.settle(self.try_home_page(visit).await)
    }

    async fn try_home_page(&self, visit: &Visit) -> Result<Outcome<HomeView>, Failure> {
        let Some(session) = self.settled_session(visit).await? else { return self.unsettled(visit).await };
        let mut db = self.store.read().await?;
        let memberships = company::list_memberships(&mut db, session.person).await?;
        let enrolled = self.standing(&mut db, session.person, &memberships, self.now()).await?.enrolled();
        let mut companies: Vec<String> = memberships.iter().map(|membership| membership.company.clone()).collect();
        companies.dedup();
        let banner = match requirement(&memberships, self.now()).0 {
            Requirement::Upcoming { company, deadline } if !enrolled => {
                Some(self.banner(company, &deadline, visit.language))
            }
            Requirement::Upcoming { .. }
            | Requirement::Required { .. }
            | Requirement::Optional
            | Requirement::AtIdentityProvider => None,
        };
        let zone = text::zone_of(&memberships);
        // A browser that has not met this person's choice learns it here.
        let theme = person::find_theme(&mut db, session.person).await?.as_deref().and_then(Theme::parse);
        let home = Outcome::value(HomeView {
            initials: text::initials(&session.name),
            name: session.name,
            email: session.email,
            companies,
            enrolled,
            banner,
            until: text::moment(session.expires, &zone, visit.language),
        });
        Ok(if theme.is_some() && theme != visit.theme { home.with(Change::Theme(theme)) } else { home })
    }

    pub(super) fn banner(&self, company: String, deadline: &Deadline, language: Language) -> BannerView {
        let date = deadline.date();
        BannerView {
            company,
            date: text::long_day(date, language),
            date_iso: date.to_string(),
            day: date.day().to_string(),
            month: text::short_month(date, language),
            days_left: deadline.days_left(self.now()),
        }
    }

    /// Mail and SMS of the demo.
    pub async fn outbox_page(&self, language: Language) -> Outcome<OutboxView> {
        self.settle(self.try_outbox_page(language).await)
    }

    async fn try_outbox_page(&self, language: Language) -> Result<Outcome<OutboxView>, Failure> {
        if !self.settings.demo {
            return Err(AppError::Forbidden.into());
        }
        let notices = notice::list(&mut *self.store.read().await?, OUTBOX).await?;
        let messages = notices
            .into_iter()
            .map(|notice| OutboxMessageView {
                channel: notice.channel,
                recipient: notice.recipient,
                subject: notice.subject,
                body: self.outbox_text(&notice.person, &notice.id, notice.sealed.as_deref(), notice.body),
                at: text::moment(notice.created, &TimeZone::UTC, language),
            })
            .collect();
        Ok(Outcome::value(OutboxView { messages }))
    }

    /// The text of a message, also of one that is sealed. One whose seal does not open any more has none.
    fn outbox_text(&self, person: &PersonId, id: &NoticeId, sealed: Option<&[u8]>, body: String) -> String {
        let Some(sealed) = sealed else { return body };
        self.open_sealed(person, id, sealed).map(|opened| opened.text.expose().to_owned()).unwrap_or_default()
    }

    /// The person of an enrolment that is alive.
    pub(super) async fn enrolling(&self, visit: &Visit) -> Result<Option<(SignIn, Person, Vec<Membership>)>, Failure> {
        let Some(sign_in) = self.find_sign_in(visit, Stage::Enrolment).await? else { return Ok(None) };
        let Some(person) = self.find_person(sign_in.person).await? else { return Ok(None) };
        let memberships = company::list_memberships(&mut *self.store.read().await?, person.id).await?;
        Ok(Some((sign_in, person, memberships)))
    }

    /// The person of a challenge that is alive.
    async fn challenged(&self, visit: &Visit) -> Result<Option<(SignIn, Person)>, Failure> {
        let Some(sign_in) = self.find_sign_in(visit, Stage::Challenge).await? else { return Ok(None) };
        Ok(self.find_person(sign_in.person).await?.map(|person| (sign_in, person)))
    }

    async fn find_person(&self, id: PersonId) -> Result<Option<Person>, Failure> {
        let person = person::find(&mut *self.store.read().await?, id).await?;
        Ok(person.filter(|person| person.active))
    }

    /// The session, if nothing is left to do before the person may go on.
    pub(super) async fn settled_session(&self, visit: &Visit) -> Result<Option<Session>, Failure> {
        let Some(session) = self.find_session(visit.session.as_ref()).await? else { return Ok(None) };
        let current = recovery_code::find_current(&mut *self.store.read().await?, session.person).await?;
        Ok(current.is_none_or(|current| !current.waits_in(session.id)).then_some(session))
    }

    /// Where somebody belongs who has no settled session: to their unsaved code, or elsewhere.
    pub(super) async fn unsettled<T>(&self, visit: &Visit) -> Result<Outcome<T>, Failure> {
        if self.find_session(visit.session.as_ref()).await?.is_some() {
            return Ok(Outcome::refused(AppError::Forbidden, routes::RECOVERY_CODE));
        }
        self.elsewhere(visit).await
    }
}
