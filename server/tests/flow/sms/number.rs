//! Which numbers are taken, and from whom.

use app::{
    AppError,
    model::{Delivery, MethodView, Offer, PhoneCodeView, PhoneView},
    routes,
};
use axum::http::StatusCode;
use server::{clock::SystemRng, crypto::Place, domain::Role};

use super::{ANA, SESSIONS};
use crate::support::{NUMBER, World, both};

both!(
    phone_enrols_and_signs_in,
    sms_11_spellings_of_one_number_share_its_limit,
    sms_11_refused_number_says_why_and_stays_on_the_page,
    flow_10_unreadable_number_denies,
    number_that_is_refused_by_now_takes_its_person_to_another_way,
    number_that_is_refused_by_now_leaves_the_app_and_can_be_removed,
    payor_with_a_phone_is_taken_to_an_app,
    company_that_switches_texts_off_takes_its_people_to_an_app,
    payee_admin_uses_us_numbers_only,
);

async fn phone_enrols_and_signs_in(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.start_phone(ANA, "(201) 555-0123").await;
    assert_eq!(world.phones.numbers(), [NUMBER]);
    let text = world.phones.last();
    assert!(text.ends_with(&format!("\n\n@muster.example #{}", world.phones.code())), "{text}");
    let view: PhoneCodeView = browser.view("phone-confirm").await.unwrap();
    assert_eq!((view.ending.as_str(), view.delivery, view.minutes), ("23", Delivery::Sent, 30));
    assert!(!view.masked.contains("0123") && view.masked.starts_with("+1"), "{}", view.masked);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    assert!(browser.recovery_code().await.is_some());
    browser.save_recovery_code().await;
    let home = browser.get(routes::HOME).await.text();
    assert!(home.contains("A stolen password alone does not open your account."), "{home:.3000}");
    let mail = world.count("SELECT COUNT(*) FROM notice WHERE kind = 'phone-linked'").await;
    assert_eq!(mail, 1);

    world.clock.advance(60);
    let mut browser = world.texted(ANA).await;
    assert_eq!(world.phones.count(), 2);
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(world.count("SELECT COUNT(*) FROM session WHERE proof = 'phone'").await, 2);
    world.service.verify_audit_chain(None).await.unwrap();
}

async fn sms_11_spellings_of_one_number_share_its_limit(world: World) {
    let world = world.restart(|plan| plan.sms.per_number = 2).await;
    let spellings = ["201 555 0123", "+1 (201) 555-0123", "\u{202a}+1\u{a0}201\u{a0}555\u{2011}0123\u{202c}"];
    for (number, spelling) in spellings.into_iter().enumerate() {
        let email = format!("ana{number}@strict.example");
        world.newcomer(&email).await;
        let mut browser = world.browser();
        browser.enter(&email).await;
        let answer = browser.send_text("US", spelling).await;
        if number < 2 {
            answer.leads_to(routes::PHONE_CONFIRM);
        } else {
            assert!(matches!(answer.error(), AppError::SmsLimit { .. }));
        }
    }
    assert_eq!(world.phones.numbers(), [NUMBER, NUMBER]);
    assert_eq!(world.count("SELECT COUNT(DISTINCT number_mac) FROM factor").await, 1);
}

async fn sms_11_refused_number_says_why_and_stays_on_the_page(world: World) {
    world.newcomer(ANA).await;
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::REQUIRED);
    for (country, number, error) in [
        ("US", "1-900-234-5678", AppError::PhonePremium),
        ("GB", "0843 123 4567", AppError::PhonePremium),
        ("US", "800 234 5678", AppError::PhoneTollFree),
        ("GB", "020 7946 0018", AppError::PhoneNotMobile),
        ("US", "+32 470 12 34 56", AppError::PhoneCountry),
        ("US", "1234567890123456789012345678901234567890", AppError::PhoneInvalid),
        ("US", "+12015550123;ext=5", AppError::PhoneInvalid),
        ("US", "\r\n<b>", AppError::PhoneInvalid),
        ("BE", "0470 12 34 56", AppError::PhoneCountry),
    ] {
        let answer = browser.send_text(country, number).await;
        assert_eq!(answer.error(), error, "{number}");
        let view: PhoneView = browser.view("phone").await.unwrap();
        assert_eq!(view.phone, number, "what was typed is there again");
        assert_eq!(view.country, if country == "BE" { "US" } else { country });
        assert_eq!(view.countries.len(), 13);
    }
    // Without JavaScript the page says so too, and keeps the number.
    let fields = [("country", "GB"), ("phone", "020 7946 0018")];
    let (page, answer) = browser.submit(routes::PHONE, "set-up/phone", &fields).await;
    assert!(page.starts_with(routes::PHONE), "{page}");
    let html = answer.text();
    assert!(html.contains("not a fixed line") && html.contains("020 7946 0018"), "{html:.3000}");
    assert_eq!(world.phones.count(), 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 0);
}

/// FLOW-10: what cannot be decided is denied.
async fn flow_10_unreadable_number_denies(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut browser = world.texted(ANA).await;
    let code = world.phones.code();
    world.database.change("UPDATE factor SET secret = $1", vec![vec![1; 60].into()]).await;
    assert!(matches!(browser.verify_phone(&code).await.error(), AppError::Internal { .. }));
    world.clock.advance(30);
    assert!(matches!(browser.resend().await.error(), AppError::Internal { .. }));
    let mut other = world.browser();
    assert!(matches!(other.enter(ANA).await.error(), AppError::Internal { .. }));
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.count(SESSIONS).await, 1);
}

impl World {
    /// Puts a number in place of the one that each phone was linked with: one of a country that is not in the list. So
    /// stands a number of a country that was taken off it, or that the library knows better by now.
    async fn refuse_numbers(&self) {
        let find = |sql| self.database.blob(sql, Vec::new());
        let person = find("SELECT person_id FROM factor WHERE method = 'phone'").await;
        let row = find("SELECT id FROM factor WHERE method = 'phone'").await;
        let place = Place { table: "factor", column: "number", person: &person, row: &row };
        let sealed = self.service.keys.seal(&SystemRng, place, b"+32470123456").unwrap();
        self.database.change("UPDATE factor SET secret = $1 WHERE method = 'phone'", vec![sealed.into()]).await;
    }
}

/// Whoever has nothing else links something else; the old number is nobody's fault, and no reason to be stopped.
async fn number_that_is_refused_by_now_takes_its_person_to_another_way(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut inside = world.texted(ANA).await;
    inside.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    world.clock.advance(60);
    let mut before = world.texted(ANA).await;
    let (code, sent) = (world.phones.code(), world.phones.count());
    world.refuse_numbers().await;
    before.verify_phone(&code).await.is_refused();
    world.clock.advance(30);
    assert_eq!(before.resend().await.error(), AppError::PhoneCountry);
    assert_eq!(before.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.phones.count(), sent);
    let profile = inside.get(routes::SECURITY).await.text();
    assert!(profile.contains("Codes cannot go to this number any more."), "{profile:.3000}");

    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::REQUIRED);
    browser.send_text("US", "+12015550124").await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    world.clock.advance(60);
    world.texted(ANA).await.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

async fn number_that_is_refused_by_now_leaves_the_app_and_can_be_removed(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    world.refuse_numbers().await;
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::VERIFY);
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    let profile = browser.get(routes::SECURITY).await.text();
    assert!(profile.contains("Does not count") && profile.contains("Codes cannot go to this number any more."));
    assert!(profile.contains(routes::REMOVE_PHONE) && profile.contains(routes::CHANGE_PHONE));
    assert!(browser.get(routes::REMOVE_PHONE).await.status.is_success());
    world.clock.advance(30);
    browser.confirm_with("profile/phone/remove", &world.code(&ana.key, 0)).await.leads_to(routes::SECURITY);
    let bound = "SELECT COUNT(*) FROM factor WHERE method = 'phone' AND state IN ('active', 'disabled')";
    assert_eq!(world.count(bound).await, 0);
    assert!(!browser.get(routes::SECURITY).await.text().contains("Codes cannot go to this number any more."));
}

async fn payor_with_a_phone_is_taken_to_an_app(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let mut before = world.texted(ANA).await;
    let code = world.phones.code();
    let sql = "INSERT INTO membership (company_id, person_id, role) \
               SELECT company_id, person_id, 'disburser' FROM membership";
    world.database.change(sql, vec![]).await;
    // The phone does not count from that moment, not even for a code that is on its way.
    before.verify_phone(&code).await.is_refused();
    before.resend().await.is_refused();

    let sent = world.phones.count();
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::REQUIRED);
    assert_eq!(browser.view::<MethodView>("method").await.unwrap().sms, Offer::NotForPayors);
    assert_eq!(browser.call("set-up/method", &[("method", "sms")]).await.error(), AppError::MethodNotAllowed);
    assert_eq!(browser.send_text("US", NUMBER).await.error(), AppError::MethodNotAllowed);
    assert_eq!(world.phones.count(), sent);
    let enrolled = browser.enrol(&world, ANA).await;
    world.clock.advance(60);
    let mut browser = world.challenged(&enrolled).await;
    browser.call("sign-in/phone", &[]).await.is_refused();
    browser.verify(&world.code(&enrolled.key, 0)).await.leads_to(routes::HOME);
}

async fn company_that_switches_texts_off_takes_its_people_to_an_app(world: World) {
    world.with_phone(ANA, NUMBER).await;
    // Nothing asks for a second factor any more, and still nobody who has one gets in without.
    world.set_policy("Strict", false, None).await;
    let mut inside = world.texted(ANA).await;
    inside.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    world.clock.advance(60);
    let mut before = world.texted(ANA).await;
    let code = world.phones.code();
    world.set_sms("Strict", false).await;
    before.verify_phone(&code).await.is_refused();
    before.resend().await.is_refused();

    let sent = world.phones.count();
    let profile = inside.get(routes::SECURITY).await.text();
    assert!(profile.contains("Does not count") && profile.contains("Your company has switched text messages off."));
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::REQUIRED);
    assert!(browser.get(routes::REQUIRED).await.text().contains("Your phone number no longer counts"));
    assert_eq!(browser.send_text("US", NUMBER).await.error(), AppError::MethodNotAllowed);
    let enrolled = browser.enrol(&world, ANA).await;
    world.clock.advance(60);
    let mut browser = world.challenged(&enrolled).await;
    browser.call("sign-in/phone", &[]).await.is_refused();
    browser.verify(&world.code(&enrolled.key, 0)).await.leads_to(routes::HOME);
    assert_eq!(world.phones.count(), sent);
    let told = "SELECT COUNT(*) FROM audit_event WHERE kind = 'company.policy' AND detail LIKE '%\"sms\":false%'";
    assert_eq!(world.count(told).await, 1);

    // Allowed again, the phone counts again.
    world.set_sms("Strict", true).await;
    world.browser().enter(ANA).await.leads_to(routes::CHOOSE);
}

async fn payee_admin_uses_us_numbers_only(world: World) {
    world.open_company("Delta").await;
    world.person("di@delta.example", "Delta", Role::PayeeAdmin).await;
    let mut browser = world.browser();
    browser.enter("di@delta.example").await.leads_to(routes::REQUIRED);
    let view: PhoneView = browser.view("phone").await.unwrap();
    assert_eq!(view.countries.iter().map(|country| country.iso.as_str()).collect::<Vec<_>>(), ["US"]);
    for (country, number) in [("CA", "506-234-5678"), ("US", "+1 416 555 0123"), ("GB", "07400 123456")] {
        assert_eq!(browser.send_text(country, number).await.error(), AppError::PhoneUsOnly, "{number}");
    }
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
}
