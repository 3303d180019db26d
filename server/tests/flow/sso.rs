//! People whose e-mail domain is at an identity provider: what of before ends, and what nothing gets round.

use app::{AppError, model::Email, routes};
use axum::http::StatusCode;
use server::domain::{Deadline, Role};

use crate::support::{Browser, PASSWORD, World, both};

const ANA: &str = "ana@harbor.example";
const BOUND: &str = "SELECT COUNT(*) FROM factor WHERE state = 'active'";
const TRIED: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'sign_in.at_provider'";

both!(
    domain_is_what_stands_behind_the_at,
    factor_of_before_opens_nothing_and_counts_again_without_the_domain,
    password_alone_opens_nothing_where_another_company_asks_later,
    suspended_company_has_no_say,
    profile_of_a_payor_and_a_payee_says_what_is_open,
    pwd_01_reset_is_no_way_round,
);

impl World {
    /// A company that asks for nothing, with one member.
    async fn harbor(&self, email: &str) {
        if self.count("SELECT COUNT(*) FROM company WHERE name = 'Harbor'").await == 0 {
            self.open_company("Harbor").await;
        }
        self.person(email, "Harbor", Role::Member).await;
    }
}

/// Signed in by the password alone.
async fn inside(world: &World, email: &str) -> Browser {
    let mut browser = world.browser();
    browser.enter(email).await.leads_to(routes::HOME);
    browser
}

async fn domain_is_what_stands_behind_the_at(world: World) {
    for (email, is_theirs) in [
        (ANA, true),
        ("site.harbor.example@harbor.example", true),
        ("ana@site.harbor.example", false),
        ("ana@oldharbor.example", false),
        ("ana@harbor.example.example", false),
        ("harbor.example@quay.example", false),
        ("ana@example.harbor", false),
    ] {
        world.harbor(email).await;
        let was = inside(&world, email).await.session().await;
        assert_eq!(was, StatusCode::OK, "{email}");
        world.database.define("DELETE FROM sso_domain").await;
        world.sso_domain("harbor.example", "Harbor").await;
        let answer = world.browser().enter(&email.to_uppercase()).await;
        if is_theirs {
            assert_eq!(answer.error(), AppError::AtIdentityProvider, "{email}");
        } else {
            answer.leads_to(routes::HOME);
        }
        world.database.define("DELETE FROM sso_domain").await;
    }
    assert_eq!(world.count(TRIED).await, 2);
    // One domain, one company, in one spelling.
    world.open_company("Quay").await;
    world.sso_domain("harbor.example", "Harbor").await;
    for domain in ["harbor.example", "Quay.example", ""] {
        let sql = "INSERT INTO sso_domain (domain, company_id) SELECT $1, id FROM company WHERE name = 'Quay'";
        assert!(world.database.is_stopped(sql, vec![domain.into()]).await, "{domain}");
    }
}

async fn factor_of_before_opens_nothing_and_counts_again_without_the_domain(world: World) {
    world.harbor(ANA).await;
    let ana = world.enrol(ANA).await;
    world.sso_domain("harbor.example", "Harbor").await;
    let mut browser = world.browser();
    assert_eq!(browser.enter(ANA).await.error(), AppError::AtIdentityProvider);
    browser.verify(&world.code(&ana.key, 0)).await.is_refused();
    browser.recover(&ana.recovery).await.is_refused();
    assert_eq!(world.live_sessions().await, 0);
    // A wrong password is answered as anybody's.
    assert_eq!(world.browser().enter_with(ANA, "not this one 2030").await.error(), AppError::CredentialsWrong);
    world.database.define("DELETE FROM sso_domain").await;
    assert_eq!(world.count(BOUND).await, 1);
    assert_eq!(world.signed_in(&ana).await.session().await, StatusCode::OK);
}

/// A policy of another company is to come: until then it asks for nothing that a password would have to go with.
async fn password_alone_opens_nothing_where_another_company_asks_later(world: World) {
    world.harbor(ANA).await;
    world.open_company("Quay").await;
    world.set_policy("Quay", true, Deadline::parse("2030-06-03", "UTC")).await;
    let sql = "INSERT INTO membership (company_id, person_id, role) \
               SELECT c.id, p.id, 'member' FROM company c CROSS JOIN person p WHERE c.name = 'Quay'";
    world.database.change(sql, vec![]).await;
    let mut before = inside(&world, ANA).await;
    world.sso_domain("harbor.example", "Harbor").await;
    assert_eq!(before.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.browser().enter(ANA).await.error(), AppError::AtIdentityProvider);
    // From its day on, that company asks for a factor of its own.
    world.set_policy("Quay", true, None).await;
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::REQUIRED);
    let ana = browser.enrol(&world, ANA).await;
    assert_eq!(browser.session().await, StatusCode::OK);
    world.clock.advance(60);
    assert_eq!(world.signed_in(&ana).await.session().await, StatusCode::OK);
}

async fn suspended_company_has_no_say(world: World) {
    world.harbor(ANA).await;
    world.open_company("Quay").await;
    let sql = "INSERT INTO membership (company_id, person_id, role) \
               SELECT c.id, p.id, 'member' FROM company c CROSS JOIN person p WHERE c.name = 'Quay'";
    world.database.change(sql, vec![]).await;
    world.sso_domain("harbor.example", "Harbor").await;
    assert_eq!(world.browser().enter(ANA).await.error(), AppError::AtIdentityProvider);
    world.database.change("UPDATE company SET suspended_at = 1 WHERE name = 'Harbor'", vec![]).await;
    assert_eq!(inside(&world, ANA).await.session().await, StatusCode::OK);
}

async fn profile_of_a_payor_and_a_payee_says_what_is_open(world: World) {
    world.open_company("Harbor").await;
    world.sso_domain("harbor.example", "Harbor").await;
    for (role, text) in [
        (Role::Disburser, "Your role handles payments, so a text message is not enough."),
        (Role::PayeeAdmin, "Your company’s own sign-in does this for you. Here, only an app adds to it."),
    ] {
        let email = format!("{role}@harbor.example");
        world.person(&email, "Harbor", role).await;
        let mut browser = world.browser();
        let person = browser.enrol(&world, &email).await;
        let page = browser.get(routes::SECURITY).await.text();
        for words in [text, "Change Authenticator App", "Your role handles payments, so this stays on."] {
            assert!(page.contains(words), "{role}: {words}");
        }
        assert!(!page.contains("Add Phone Number") && !page.contains("Your company takes care of it."), "{role}");
        world.clock.advance(60);
        let code = world.code(&person.key, 0);
        let fields = [("password", PASSWORD), ("code", code.as_str())];
        assert_eq!(browser.call("profile/phone", &fields).await.error(), AppError::Forbidden);
        // Both ask at each sign-in, and the last app cannot go.
        assert_eq!(browser.call("profile/authenticator/remove", &fields).await.error(), AppError::LastMethod);
        world.clock.advance(60);
        let fields = [("password", PASSWORD), ("code", &*world.code(&person.key, 0))];
        browser.call("profile/authenticator", &fields).await.leads_to(routes::AUTHENTICATOR);
        assert_eq!(browser.send_text("US", "(201) 555-0123").await.error(), AppError::MethodNotAllowed);
        world.clock.advance(60);
        assert_eq!(world.signed_in(&person).await.session().await, StatusCode::OK);
    }
}

/// Nobody of an identity provider is sent a link, and one of before sets a password that opens nothing.
async fn pwd_01_reset_is_no_way_round(world: World) {
    const NEW: &str = "four green boats at noon";
    world.harbor(ANA).await;
    let mut browser = world.browser();
    let ask = async |browser: &mut Browser, before: i64| {
        browser.call("password/ask", &[("email", ANA)]).await.leads_to(routes::RESET_SENT);
        world.until("SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'", before + 1).await;
        world.post().await
    };
    let mails = ask(&mut browser, 0).await;
    let link = mails[0].text.expose().split_once("/password/link?t=").unwrap().1;
    let link = format!("/password/link?t={}", link.lines().next().unwrap());
    world.sso_domain("harbor.example", "Harbor").await;
    assert!(ask(&mut browser, 1).await.is_empty());
    browser.open(&link).await;
    browser.call("password/new", &[("password", NEW)]).await.leads_to(routes::RESET_DONE);
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.enter_with(ANA, NEW).await.error(), AppError::AtIdentityProvider);
    assert_eq!(world.live_sessions().await, 0);
    // Nor does one that the operator sets.
    let password = app::model::Secret::new("three red boats at dawn");
    world.service.set_password(&Email::parse(ANA).unwrap(), &password).await.unwrap();
    let answer = world.browser().enter_with(ANA, "three red boats at dawn").await;
    assert_eq!(answer.error(), AppError::AtIdentityProvider);
}
