//! `Password & Security`: what a person changes about their own sign-in, and who else cannot.

mod check_page;
pub(crate) mod either;
pub(crate) mod factor;
mod history;
mod lost;
mod lost_answer;
mod notice;
pub(crate) mod password;
pub(crate) mod phone;
mod phone_proof;
pub(crate) mod recovery;
mod removal;
pub(crate) mod session;
mod switched_off;
mod text_checks;

use app::routes;
use axum::http::StatusCode;
use server::domain::{PolicyChange, Role, parse_zone};

use crate::support::{Answer, Browser, Enrolled, PASSWORD, World, both};

both!(
    enr_10_fields_that_no_form_has_change_nothing,
    page_tells_sessions_events_and_safety,
    rows_tell_when_a_method_was_last_used,
);

const NEW_PASSWORD: &str = "four quiet green boats";
const ACTIVE: &str = "SELECT COUNT(*) FROM factor WHERE state = 'active'";
const CURRENT: &str = "SELECT COUNT(*) FROM recovery_code WHERE used_at IS NULL AND replaced_at IS NULL";

/// Every change that asks again, with what it takes beside the proof.
const CHANGES: [(&str, &[(&str, &str)]); 4] = [
    ("profile/authenticator", &[]),
    ("profile/authenticator/remove", &[]),
    ("profile/recovery-code", &[]),
    ("profile/password", &[("new_password", NEW_PASSWORD)]),
];

impl World {
    /// Somebody with an app, in a company that asks for none.
    async fn volunteer(&self, email: &str) -> Enrolled {
        if self.count("SELECT COUNT(*) FROM company WHERE name = 'Open'").await == 0 {
            self.open_company("Open").await;
        }
        self.person(email, "Open", Role::Member).await;
        self.enrol(email).await
    }

    /// People with an app that nobody asks of them; their clock stands still from here on.
    async fn volunteers(&self, count: usize) -> Vec<Enrolled> {
        let crew = self.crew(count).await;
        self.set_policy("Strict", false, None).await;
        crew
    }

    /// Gives somebody with an app a phone as well; their session, after which a code of either can be used.
    async fn session_with_both(&self, person: &Enrolled, number: &str) -> Browser {
        let mut browser = self.session_at_once(person).await;
        browser.change("profile/phone", &self.code(&person.key, 0), &[]).await.leads_to(routes::PHONE);
        browser.send_text("US", number).await.leads_to(routes::PHONE_CONFIRM);
        browser.confirm_phone(&self.phones.code()).await.leads_to(routes::RECOVERY_CODE);
        browser.save_recovery_code().await;
        self.make_steps_older().await;
        browser
    }

    /// What must stay as it is when a change is refused.
    async fn standing(&self) -> [i64; 6] {
        [
            self.count("SELECT CAST(SUM(epoch) AS BIGINT) FROM person").await,
            self.count(ACTIVE).await,
            self.count("SELECT COUNT(*) FROM factor").await,
            self.count("SELECT COUNT(*) FROM recovery_code").await,
            self.count("SELECT COUNT(*) FROM sign_in WHERE stage = 'enrolment'").await,
            self.live_sessions().await,
        ]
    }

    async fn notices(&self, kind: &'static str) -> i64 {
        self.database.int("SELECT COUNT(*) FROM notice WHERE kind = $1", vec![kind.into()]).await
    }
}

impl Browser {
    /// A change with the usual password and a code.
    async fn change(&mut self, endpoint: &str, code: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("password", PASSWORD), ("code", code)];
        fields.extend(more);
        self.call(endpoint, &fields).await
    }

    async fn set_password(&mut self, code: &str, new: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("new_password", new)];
        fields.extend(more);
        self.change("profile/password", code, &fields).await
    }
}

async fn enr_10_fields_that_no_form_has_change_nothing(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let before = world.standing().await;
    for field in [
        ("role", "company-admin"),
        ("mfa_enabled", "0"),
        ("company_id", "1"),
        ("last_step", "0"),
        ("email", "evil@evil.example"),
        ("email_verified", "1"),
        ("epoch", "0"),
        ("person_id", "1"),
    ] {
        let answer = browser.call("profile/theme", &[("theme", "dark"), field]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field:?}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE theme IS NOT NULL").await, 0);
    assert_eq!(world.standing().await, before);
    assert_eq!(world.count("SELECT COUNT(*) FROM membership WHERE role = 'member'").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE email = 'ana@strict.example'").await, 1);
    assert!(world.count("SELECT last_step FROM factor").await > 0);
}

async fn page_tells_sessions_events_and_safety(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let _other = world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let page = browser.get(routes::SECURITY).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for words in [
        "Two-Factor Authentication (2FA)",
        "Change Authenticator App",
        "Request a New Recovery Code",
        "Always Require 2FA to Log into My Account",
        "Am I safe if I lose this phone today?",
        "Yes, with your recovery code.",
        "Kept on for everyone by Strict.",
        "This device",
        "Your local network",
        "Sign Out Everywhere Else",
        "Signed in with your authenticator app",
        "Authenticator app linked",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert!(!text.contains(routes::REMOVE_AUTHENTICATOR));
    // A look that was chosen shows at once, and in a browser that does not know it yet.
    browser.call("profile/theme", &[("theme", "dark")]).await.leads_to(routes::SECURITY);
    assert!(browser.get(routes::SECURITY).await.text().contains("data-theme=\"dark\""));
    let mut new = world.signed_in(&ana).await;
    new.get(routes::HOME).await;
    assert!(new.get(routes::SECURITY).await.text().contains("data-theme=\"dark\""));
    new.call("profile/theme", &[("theme", "device")]).await.leads_to(routes::SECURITY);
    assert!(!new.get(routes::SECURITY).await.text().contains("data-theme"));
}

/// By the calendar of the company's time zone, which is a day ahead of UTC's from noon on.
async fn rows_tell_when_a_method_was_last_used(world: World) {
    let ana = world.with_both("ana@strict.example", "+12015550123").await;
    world
        .change_policy("Strict", PolicyChange { zone: parse_zone("Pacific/Auckland"), ..PolicyChange::default() })
        .await;
    world.clock.advance(5 * 24 * 60 * 60);
    let mut browser = world.browser();
    browser.enter(&ana.email).await.leads_to(routes::CHOOSE);
    browser.call("sign-in/phone", &[]).await.leads_to(routes::PHONE_CODE);
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    world.clock.advance(12 * 60 * 60);
    let mut browser = world.browser();
    browser.enter(&ana.email).await.leads_to(routes::CHOOSE);
    browser.verify(&world.code(&ana.key, 1)).await.leads_to(routes::HOME);
    let page = browser.get(routes::SECURITY).await.text();
    let time = |day: &str, text: &str| format!("<time datetime=\"{day}\">{text}</time>");
    for words in [
        format!("Linked on {}.", time("2030-01-01", "January 1, 2030")),
        format!("Last used on {}.", time("2030-01-06", "January 6, 2030")),
        format!("Last used on {}.", time("2030-01-07", "January 7, 2030")),
    ] {
        assert!(page.contains(&words), "{words} is not in\n{page}");
    }
}
