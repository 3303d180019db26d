//! Companies and people, and the steps that they take in a browser.

use app::{
    AppError,
    model::{AuthenticatorView, Email, RecoveryCodeView, Secret},
    routes,
};
use server::{
    domain::{Deadline, PolicyChange, Role, Start, parse_zone},
    service::NewPerson,
};

use super::{Answer, Browser, World, code_at};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "muster test 2030";

/// Seconds that lead away from the step in which an authenticator was confirmed.
const AWAY: i64 = 300;

/// Somebody with a second factor.
#[derive(Clone, Debug)]
pub(crate) struct Enrolled {
    pub(crate) email: String,
    /// The setup key, base32 without blanks.
    pub(crate) key: String,
    /// The recovery code in groups.
    pub(crate) recovery: String,
}

/// A person with the usual password.
pub(crate) fn somebody(email: &str, company: &str, role: Role) -> NewPerson {
    NewPerson {
        email: Email::parse(email).unwrap(),
        name: "Ana Torres".to_owned(),
        company: company.to_owned(),
        role,
        password: Some(Secret::new(PASSWORD)),
    }
}

impl World {
    /// A company in which nobody has to have a second factor.
    pub(crate) async fn open_company(&self, name: &str) {
        self.service.add_company(name).await.unwrap();
    }

    /// A company that requires a second factor, at once.
    pub(crate) async fn strict_company(&self, name: &str) {
        self.open_company(name).await;
        self.set_policy(name, true, None).await;
    }

    pub(crate) async fn set_policy(&self, company: &str, require_mfa: bool, deadline: Option<Deadline>) {
        let change = PolicyChange {
            require_mfa: Some(require_mfa),
            start: deadline.as_ref().map_or(Start::Now, |deadline| Start::On(deadline.date())),
            zone: deadline.as_ref().and_then(|deadline| parse_zone(deadline.zone())),
            ..PolicyChange::default()
        };
        self.change_policy(company, change).await;
    }

    /// Lets a company's people use text messages, or does not.
    pub(crate) async fn set_sms(&self, company: &str, allowed: bool) {
        self.change_policy(company, PolicyChange { sms: Some(allowed), ..PolicyChange::default() }).await;
    }

    pub(crate) async fn change_policy(&self, company: &str, change: PolicyChange) {
        self.service.set_policy(company, change).await.unwrap();
    }

    /// Hands the people of a domain over to a company's identity provider. No command does that before there are providers.
    pub(crate) async fn sso_domain(&self, domain: &str, company: &str) {
        let sql = "INSERT INTO sso_domain (domain, company_id) SELECT $1, id FROM company WHERE name = $2";
        self.database.change(sql, vec![domain.into(), company.into()]).await;
    }

    /// Adds [`somebody`].
    pub(crate) async fn person(&self, email: &str, company: &str, role: Role) {
        self.service.add_person(&somebody(email, company, role)).await.unwrap();
    }

    /// One member of a company that requires a second factor, not enrolled.
    pub(crate) async fn newcomer(&self, email: &str) {
        if self.count("SELECT COUNT(*) FROM company WHERE name = 'Strict'").await == 0 {
            self.strict_company("Strict").await;
        }
        self.person(email, "Strict", Role::Member).await;
    }

    /// One member of a company that requires a second factor, with an authenticator and a recovery code.
    pub(crate) async fn enrolled(&self, email: &str) -> Enrolled {
        self.newcomer(email).await;
        self.enrol(email).await
    }

    /// The same for so many people, who all enrol at one moment.
    pub(crate) async fn crew(&self, count: usize) -> Vec<Enrolled> {
        let mut crew = Vec::new();
        for number in 0..count {
            let email = format!("crew{number}@strict.example");
            self.newcomer(&email).await;
            crew.push(self.link_app(&email).await);
        }
        self.clock.advance(AWAY);
        crew
    }

    /// Gives somebody an authenticator and a recovery code.
    pub(crate) async fn enrol(&self, email: &str) -> Enrolled {
        let person = self.link_app(email).await;
        self.clock.advance(AWAY);
        person
    }

    async fn link_app(&self, email: &str) -> Enrolled {
        let (key, recovery) = self.service.enrol_for_demo(&Email::parse(email).unwrap()).await.unwrap();
        Enrolled {
            email: email.to_owned(),
            key: key.expose().replace([' ', '-'], ""),
            recovery: recovery.expose().to_owned(),
        }
    }

    /// What somebody's phone shows, some steps from now.
    pub(crate) fn code(&self, key: &str, steps: i64) -> String {
        code_at(key, self.clock.seconds() + 30 * steps)
    }

    /// A code that is wrong at every clock within an hour: it is no code of any step near by.
    pub(crate) fn wrong_code(&self, key: &str) -> String {
        let near: Vec<_> = (-125..=125).map(|steps| self.code(key, steps)).collect();
        (0..1000).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap()
    }

    /// A full session of somebody who is enrolled, in a new browser.
    pub(crate) async fn signed_in(&self, person: &Enrolled) -> Browser {
        let mut browser = self.browser();
        browser.enter(&person.email).await.leads_to(routes::VERIFY);
        browser.verify(&self.code(&person.key, 0)).await.leads_to(routes::HOME);
        self.clock.advance(60);
        browser
    }

    /// Lets time go by for the codes of apps that were used: the clock of a server process cannot be moved, a step can be older.
    pub(crate) async fn make_steps_older(&self) {
        let sql = "UPDATE factor SET last_step = 0 WHERE method = 'authenticator' AND state = 'active'";
        self.database.change(sql, Vec::new()).await;
    }

    /// A full session, before and after which the code that the app shows now can be used.
    pub(crate) async fn session_at_once(&self, person: &Enrolled) -> Browser {
        self.make_steps_older().await;
        let browser = self.session_by(person, 0).await;
        self.make_steps_older().await;
        browser
    }

    /// A full session by the code of a step from now, at a clock that nobody moves.
    pub(crate) async fn session_by(&self, person: &Enrolled, steps: i64) -> Browser {
        let mut browser = self.challenged(person).await;
        browser.verify(&self.code(&person.key, steps)).await.leads_to(routes::HOME);
        browser
    }

    /// So many browsers that this account knows, each waiting for the second factor.
    pub(crate) async fn known_and_challenged(&self, person: &Enrolled, count: usize) -> Vec<Browser> {
        let mut browsers = Vec::new();
        for _ in 0..count {
            browsers.push(self.session_at_once(person).await);
        }
        for browser in &mut browsers {
            browser.enter(&person.email).await.leads_to(routes::VERIFY);
        }
        browsers
    }

    /// A browser that has given the right password and waits for the second factor.
    pub(crate) async fn challenged(&self, person: &Enrolled) -> Browser {
        let mut browser = self.browser();
        browser.enter(&person.email).await.leads_to(routes::VERIFY);
        browser
    }
}

impl Browser {
    /// E-mail and the usual password.
    pub(crate) async fn enter(&mut self, email: &str) -> Answer {
        self.enter_with(email, PASSWORD).await
    }

    /// E-mail and some password.
    pub(crate) async fn enter_with(&mut self, email: &str, password: &str) -> Answer {
        let answer = self.call("sign-in/email", &[("email", email)]).await;
        if !answer.is_ok() {
            return answer;
        }
        answer.leads_to(routes::PASSWORD);
        self.call("sign-in/password", &[("email", email), ("password", password)]).await
    }

    /// The code of the authenticator.
    pub(crate) async fn verify(&mut self, code: &str) -> Answer {
        self.call("sign-in/code", &[("code", code)]).await
    }

    /// The recovery code.
    pub(crate) async fn recover(&mut self, code: &str) -> Answer {
        self.call("sign-in/recovery", &[("recovery_code", code)]).await
    }

    /// From the password to the page with the QR code; the setup key.
    pub(crate) async fn start_enrolment(&mut self, email: &str) -> String {
        self.enter(email).await.leads_to(routes::REQUIRED);
        self.call("set-up/method", &[("method", "authenticator")]).await.leads_to(routes::AUTHENTICATOR);
        self.setup_key().await
    }

    /// The setup key that the page shows.
    pub(crate) async fn setup_key(&mut self) -> String {
        self.view::<AuthenticatorView>("authenticator").await.unwrap().key.concat()
    }

    /// The code that confirms a new authenticator.
    pub(crate) async fn confirm(&mut self, code: &str) -> Answer {
        self.call("set-up/authenticator", &[("code", code)]).await
    }

    /// The recovery code that the page shows, if it still does, and the page is still there.
    pub(crate) async fn recovery_code(&mut self) -> Option<String> {
        match self.view::<RecoveryCodeView>("recovery-code").await {
            Ok(view) => view.groups.map(|groups| groups.join("-")),
            Err(AppError::Expired) => None,
            Err(other) => panic!("{other:?}"),
        }
    }

    /// `I Have Securely Saved This Code`, `Continue`.
    pub(crate) async fn save_recovery_code(&mut self) {
        self.save_shown().await.leads_to(routes::HOME);
    }

    /// The same after a sign-in with a recovery code: the next page offers a new app.
    pub(crate) async fn save_after_recovery(&mut self) {
        self.save_shown().await.leads_to(routes::CONFIRM);
    }

    /// The tick under the card that the page shows now.
    async fn save_shown(&mut self) -> Answer {
        let shown = self.view::<RecoveryCodeView>("recovery-code").await.unwrap();
        self.save_card(shown.number).await
    }

    /// The tick under the card of a number.
    pub(crate) async fn save_card(&mut self, number: i64) -> Answer {
        self.call("set-up/saved", &[("number", &number.to_string()), ("saved", "yes")]).await
    }

    /// The whole enrolment, from the password to the first page.
    pub(crate) async fn enrol(&mut self, world: &World, email: &str) -> Enrolled {
        let key = self.start_enrolment(email).await;
        self.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
        let recovery = self.recovery_code().await.unwrap();
        self.save_recovery_code().await;
        Enrolled { email: email.to_owned(), key, recovery }
    }
}

/// A recovery code in its six groups, without what was between them.
pub(crate) fn groups_of(recovery: &str) -> Vec<String> {
    let plain: Vec<char> = recovery.chars().filter(char::is_ascii_alphanumeric).collect();
    plain.chunks(4).map(|group| group.iter().collect()).collect()
}

/// The same recovery code with its first character mistyped.
pub(crate) fn mistyped(recovery: &str) -> String {
    let first = if recovery.starts_with('7') { '8' } else { '7' };
    std::iter::once(first).chain(recovery.chars().skip(1)).collect()
}
