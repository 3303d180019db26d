//! The table of product.md, section 2, written out: who is asked for a second factor, which methods are offered, which
//! ones the server takes, and what it says of those that it does not take.

mod table;

use app::{
    AppError,
    model::{Email, MethodView, Offer, PhoneView},
    routes,
};
use axum::http::StatusCode;
use server::{
    domain::{CompanyPolicy, Deadline, Membership, Requirement, Role, SmsLimits, offer, requirement},
    sms::Gateways,
};

use crate::support::{Browser, PASSWORD, World, both};
use table::{
    ANOTHER_WAY, AT_COMPANY,
    Asked::{self, Nothing, Provider, Soon, Stopped},
    COMPANIES, COMPANY,
    Company::{self, AtOnce, Coming, NoTexts, Off, Past, Unavailable},
    LIST, MIXED, MIXED_SSO, NOT_US, NUMBERS, ONLY_13, ONLY_US, PAYORS, SSO, SWITCHED_OFF, TABLE,
    Texts::{self, Everywhere, ForPayorsNever, InCompanyNever, UsOnly, WithSsoNever},
};

both!(
    methods_follow_the_table,
    strictest_of_several_roles_wins,
    without_a_gateway_texts_are_not_offered_and_the_rest_is,
);

/// No limit on messages is what this is about.
async fn unlimited(world: World) -> World {
    let many = 1_000_000;
    let limits = SmsLimits {
        resend_after: 0,
        per_challenge: many,
        per_person: many,
        per_number: many,
        per_prefix: many,
        per_address: many,
        per_day: many,
        country_sample: many,
        ..SmsLimits::default()
    };
    world.restart(|plan| plan.sms = limits).await
}

fn deadline(company: Company) -> Option<Deadline> {
    match company {
        Unavailable | Off | AtOnce | NoTexts => None,
        Past => Deadline::parse("2029-12-31", "UTC"),
        Coming => Deadline::parse("2030-06-03", "America/Denver"),
    }
}

/// One company of each kind, by the name of the kind. Each has domains that are not those of its people below: the one above
/// theirs, and one that is theirs and belongs to another company.
async fn companies(world: &World) {
    for company in COMPANIES {
        let name = format!("{company:?}");
        world.open_company(&name).await;
        // Nobody can set a date that has passed: that of `Past` was today.
        let set = if company == Past { Deadline::parse("2030-01-01", "UTC") } else { deadline(company) };
        world.set_policy(&name, company != Off, set).await;
    }
    world.open_company("Elsewhere").await;
    for company in COMPANIES {
        let (name, host) = (format!("{company:?}"), format!("{company:?}.example").to_lowercase());
        world.sso_domain(&host, &name).await;
        world.sso_domain(&format!("site.{host}"), "Elsewhere").await;
    }
    world.set_sms("NoTexts", false).await;
    let passed = "UPDATE company SET enforce_date = '2029-12-31' WHERE name = 'Past'";
    world.database.change(passed, vec![]).await;
    let change = "UPDATE company SET mfa_available = 0 WHERE name = 'Unavailable'";
    world.database.change(change, vec![]).await;
}

/// From the password to the choice of a method.
async fn to_methods(world: &World, email: &str, asked: Asked) -> Browser {
    let mut browser = world.browser();
    let answer = browser.enter(email).await;
    if asked == Stopped {
        answer.leads_to(routes::REQUIRED);
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
        return browser;
    }
    answer.leads_to(routes::HOME);
    assert_eq!(browser.session().await, StatusCode::OK);
    let home = browser.get(routes::HOME).await.text();
    assert_eq!(home.contains("you need a second step to sign in"), asked == Soon, "{home:.3000}");
    browser.call("set-up/start", &[("password", PASSWORD)]).await.leads_to(routes::METHOD);
    browser
}

/// What the page of methods offers and says, and what the server takes of each method.
async fn choose(browser: &mut Browser, wanted: Offer) {
    assert_eq!(browser.view::<MethodView>("method").await.unwrap().sms, wanted);
    let page = browser.get(routes::METHOD).await.text();
    assert!(page.contains("value=\"authenticator\""));
    assert_eq!(page.contains("value=\"sms\""), wanted == Offer::Open);
    for (reason, offer) in [
        (PAYORS, Offer::NotForPayors),
        (SSO, Offer::NotWithSso),
        (COMPANY, Offer::NotInCompany),
        (SWITCHED_OFF, Offer::NotAvailable),
    ] {
        assert_eq!(page.contains(reason), offer == wanted, "{reason}");
    }
    let answer = browser.call("set-up/method", &[("method", "sms")]).await;
    if wanted == Offer::Open {
        answer.leads_to(routes::PHONE);
    } else {
        assert_eq!(answer.error(), AppError::MethodNotAllowed);
        assert_eq!(browser.view::<PhoneView>("phone").await.unwrap_err(), AppError::MethodNotAllowed);
        let (at, page) = browser.submit(routes::METHOD, "set-up/method", &[("method", "sms")]).await;
        assert!(at.starts_with(routes::METHOD) && page.text().contains(ANOTHER_WAY), "{at}");
    }
    browser.call("set-up/method", &[("method", "authenticator")]).await.leads_to(routes::AUTHENTICATOR);
}

/// What the page of numbers lists, and what becomes of each number.
async fn text(world: &World, browser: &mut Browser, texts: Texts) {
    let list = match texts {
        Everywhere => &LIST[..],
        UsOnly => &LIST[..1],
        ForPayorsNever | WithSsoNever | InCompanyNever => &[],
    };
    if !list.is_empty() {
        let view: PhoneView = browser.view("phone").await.unwrap();
        assert_eq!(view.countries.iter().map(|country| &country.label).collect::<Vec<_>>(), list);
        let page = browser.get(routes::PHONE).await.text();
        assert_eq!((page.contains(ONLY_US), page.contains(ONLY_13)), (texts == UsOnly, texts == Everywhere));
    }
    for (country, number, answers) in NUMBERS {
        let sent = world.phones.count();
        let answer = browser.send_text(country, number).await;
        if let Some(error) = answers[texts.column()] {
            assert_eq!(answer.error(), error, "{country} {number}");
            assert_eq!(world.phones.count(), sent);
        } else {
            answer.leads_to(routes::PHONE_CONFIRM);
            assert_eq!(world.phones.count(), sent + 1);
        }
    }
    if texts == UsOnly {
        let fields = [("country", "CA"), ("phone", "(506) 234-5678")];
        let (_, page) = browser.submit(routes::PHONE, "set-up/phone", &fields).await;
        assert!(page.text().contains(NOT_US));
    }
}

async fn methods_follow_the_table(world: World) {
    let world = unlimited(world).await;
    companies(&world).await;
    for (role, sso, by_company, texts, switched_off) in TABLE {
        for (company, asked) in COMPANIES.into_iter().zip(by_company) {
            let texts = if company == NoTexts { switched_off } else { texts };
            decided(role, sso, company, asked, texts, world.clock.seconds());
            let name = format!("{company:?}");
            let place = if sso { role.as_str() } else { "site" };
            let domain = format!("{place}.{name}.example").to_lowercase();
            let email = format!("{role}@{domain}");
            world.person(&email, &name, role).await;
            if sso {
                world.sso_domain(&domain, &name).await;
            }
            if asked == Provider {
                refused(&world, &email).await;
                continue;
            }
            let mut browser = to_methods(&world, &email, asked).await;
            choose(&mut browser, texts.offer()).await;
            text(&world, &mut browser, texts).await;
        }
    }
}

/// Somebody whom an identity provider alone signs in: the right password opens nothing, and the page says why.
async fn refused(world: &World, email: &str) {
    let mut browser = world.browser();
    assert_eq!(browser.enter(email).await.error(), AppError::AtIdentityProvider, "{email}");
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.view::<serde_json::Value>("method").await.unwrap_err(), AppError::NotSignedIn);
    let fields = [("email", email), ("password", PASSWORD)];
    let (at, page) = browser.submit(routes::PASSWORD, "sign-in/password", &fields).await;
    assert!(at.starts_with(routes::PASSWORD) && page.text().contains(AT_COMPANY), "{at}");
    // Nor with a factor of before.
    world.service.enrol_for_demo(&Email::parse(email).unwrap()).await.unwrap();
    assert_eq!(world.browser().enter(email).await.error(), AppError::AtIdentityProvider, "{email}");
}

/// The rules alone.
fn decided(role: Role, sso: bool, company: Company, asked: Asked, texts: Texts, now: i64) {
    let policy = CompanyPolicy {
        available: company != Unavailable,
        require_mfa: company != Off,
        deadline: deadline(company),
        zone: None,
        sms: company != NoTexts,
        session: None,
        session_idle: None,
    };
    let person = [Membership { company: "A".to_owned(), role, policy, sso }];
    let now = server::clock::Timestamp(now);
    let (requirement, methods) = requirement(&person, now);
    let got = match requirement {
        Requirement::Required { .. } => Stopped,
        Requirement::Upcoming { .. } => Soon,
        Requirement::Optional => Nothing,
        Requirement::AtIdentityProvider => Provider,
    };
    assert_eq!(got, asked, "{role} {company:?} sso {sso}");
    assert_eq!(methods.authenticator, asked != Provider, "{role} {company:?} sso {sso}");
    assert_eq!(offer(&person, true, now), texts.offer(), "{role} {company:?} sso {sso}");
}

async fn strictest_of_several_roles_wins(world: World) {
    let world = unlimited(world).await;
    companies(&world).await;
    let people = MIXED.map(|row| (row, false)).into_iter().chain(MIXED_SSO.map(|row| (row, true)));
    for (number, ((roles, asked, texts), sso)) in people.enumerate() {
        let email = format!("ana@mixed{number}.example");
        let [(first, its), (second, other)] = roles;
        world.person(&email, &format!("{its:?}"), first).await;
        let sql = "INSERT INTO membership (company_id, person_id, role) \
                   SELECT company.id, person.id, $1 FROM company, person WHERE company.name = $2 AND person.email = $3";
        let values = vec![second.as_str().into(), format!("{other:?}").as_str().into(), email.as_str().into()];
        world.database.change(sql, values).await;
        if sso {
            world.sso_domain(&format!("mixed{number}.example"), &format!("{its:?}")).await;
        }
        if asked == Provider {
            refused(&world, &email).await;
            continue;
        }
        let mut browser = to_methods(&world, &email, asked).await;
        choose(&mut browser, texts.offer()).await;
        text(&world, &mut browser, texts).await;
    }
}

async fn without_a_gateway_texts_are_not_offered_and_the_rest_is(world: World) {
    let world = world.restart(|plan| plan.gateways = Some(Gateways::default())).await;
    companies(&world).await;
    for (role, wanted) in [
        (Role::Member, Offer::NotAvailable),
        (Role::CompanyAdmin, Offer::NotAvailable),
        (Role::PayeeAdmin, Offer::NotAvailable),
        (Role::PaymentsAdmin, Offer::NotForPayors),
        (Role::Disburser, Offer::NotForPayors),
        (Role::BeneficiaryApprover, Offer::NotForPayors),
    ] {
        let email = format!("{role}@example.com");
        world.person(&email, "AtOnce", role).await;
        let mut browser = to_methods(&world, &email, Stopped).await;
        choose(&mut browser, wanted).await;
        assert_eq!(browser.send_text("US", "(201) 555-0123").await.error(), AppError::SmsUnavailable);
    }
}
