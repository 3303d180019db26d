//! Adding, changing and removing a phone without a whole and fresh proof (ENR-04): each is refused, and changes nothing.

use app::{AppError, routes};
use axum::http::StatusCode;
use server::domain::SmsLimits;

use crate::support::{Browser, NUMBER, PASSWORD, SIGN_IN_COOKIE, World, both};

both!(
    enr_04_phone_is_not_added_without_password_and_a_fresh_code,
    enr_04_phone_is_neither_changed_nor_removed_by_half_a_proof,
    enr_04_stale_text_allows_no_change_of_a_phone,
    enr_04_text_of_one_session_proves_nothing_in_another,
    enr_04_proof_of_a_phone_change_ends_with_its_time,
    enr_04_proof_of_a_phone_change_ends_with_its_session,
);

const NEW_NUMBER: &str = "+12015550124";

impl World {
    /// All that a change of a phone would move, and the messages that it would send.
    async fn phone_standing(&self) -> ([i64; 6], i64, usize) {
        let notices = self.count("SELECT COUNT(*) FROM notice").await;
        (self.standing().await, notices, self.phones.count())
    }

    /// A session by a text message of somebody who has an app too, at a moment when the next one may be sent.
    async fn by_either(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        browser.enter(email).await.leads_to(routes::CHOOSE);
        browser.call("sign-in/phone", &[]).await.leads_to(routes::PHONE_CODE);
        browser.verify_phone(&self.phones.code()).await.leads_to(routes::HOME);
        self.clock.advance(60);
        browser
    }

    /// A session by the app of somebody who has a phone too.
    async fn signed_in_with_both(&self, email: &str, key: &str) -> Browser {
        let mut browser = self.browser();
        browser.enter(email).await.leads_to(routes::CHOOSE);
        browser.verify(&self.code(key, 0)).await.leads_to(routes::HOME);
        browser
    }
}

/// Each part of a proof that is missing or wrong. The codes are one that counts, one that was used, and one that never was.
async fn refuse_all(
    world: &World,
    browser: &Browser,
    endpoint: &str,
    (right, used, wrong): (&str, (&str, AppError), (&str, AppError)),
) {
    let before = world.phone_standing().await;
    for (fields, error) in [
        (&[][..], AppError::BadRequest),
        (&[("code", right)], AppError::BadRequest),
        (&[("password", PASSWORD)], AppError::CodeMalformed),
        (&[("password", PASSWORD), ("code", "12345")], AppError::CodeMalformed),
        (&[("password", "not this one"), ("code", right)], AppError::PasswordWrong),
        (&[("password", PASSWORD), ("code", wrong.0)], wrong.1),
        (&[("password", PASSWORD), ("code", used.0)], used.1),
    ] {
        let mut browser = browser.clone();
        let answer = browser.call(endpoint, fields).await;
        assert!(answer.status.is_client_error(), "{endpoint} {fields:?}: {}", answer.status);
        assert_eq!(answer.error(), error, "{endpoint} {fields:?}");
        assert_eq!(browser.cookie(SIGN_IN_COOKIE), None, "{endpoint} {fields:?}: nothing was begun");
    }
    // The session alone is no proof, so the step that would come next is shut too.
    let mut next = browser.clone();
    next.send_text("US", NEW_NUMBER).await.is_refused();
    next.confirm_phone(right).await.is_refused();
    assert_eq!(world.phone_standing().await, before, "{endpoint}");
}

async fn enr_04_phone_is_not_added_without_password_and_a_fresh_code(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let (used, mut browser) = (world.code(&ana.key, 0), world.challenged(&ana).await);
    browser.verify(&used).await.leads_to(routes::HOME);
    let (right, wrong) = (world.code(&ana.key, 1), world.wrong_code(&ana.key));
    let wrong = (wrong.as_str(), AppError::CodeWrong { left: None });
    refuse_all(&world, &browser, "profile/phone", (&right, (&used, AppError::CodeUsed), wrong)).await;
    // What is refused with every proof: there is none to remove.
    assert_eq!(browser.confirm_with("profile/phone/remove", &right).await.error(), AppError::Forbidden);
    browser.confirm_with("profile/phone", &right).await.leads_to(routes::PHONE);
}

async fn enr_04_phone_is_neither_changed_nor_removed_by_half_a_proof(world: World) {
    let ana = world.with_both("ana@strict.example", NUMBER).await;
    // In a session that the app has opened.
    let (used, browser) = (world.code(&ana.key, 0), world.signed_in_with_both(&ana.email, &ana.key).await);
    let (right, wrong) = (world.code(&ana.key, 1), world.wrong_code(&ana.key));
    for endpoint in ["profile/phone", "profile/phone/remove"] {
        let wrong = (wrong.as_str(), AppError::CodeWrong { left: None });
        refuse_all(&world, &browser, endpoint, (&right, (&used, AppError::CodeUsed), wrong)).await;
    }
    // In a session that the phone has opened: the code that opened it is no proof of the change.
    let mut browser = world.by_either(&ana.email).await;
    let used = world.phones.code();
    browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
    let text = world.phones.code();
    for endpoint in ["profile/phone", "profile/phone/remove"] {
        let refused = AppError::SmsCodeWrong { left: None };
        let (used, wrong) = ((used.as_str(), refused), (wrong.as_str(), refused));
        refuse_all(&world, &browser, endpoint, (&text, used, wrong)).await;
    }
    browser.confirm_with("profile/phone/remove", &text).await.leads_to(routes::SECURITY);
}

async fn enr_04_stale_text_allows_no_change_of_a_phone(world: World) {
    let ana = world.with_both("ana@strict.example", NUMBER).await;
    let mut browser = world.by_either(&ana.email).await;
    browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
    let code = world.phones.code();
    world.clock.advance(SmsLimits::default().code_ttl + 1);
    let before = world.phone_standing().await;
    for endpoint in ["profile/phone", "profile/phone/remove"] {
        assert_eq!(browser.confirm_with(endpoint, &code).await.error(), AppError::SmsCodeExpired, "{endpoint}");
    }
    // One that a newer one has replaced is as stale.
    browser.call("profile/text", &[]).await.leads_to(routes::SECURITY);
    for endpoint in ["profile/phone", "profile/phone/remove"] {
        let refused = browser.confirm_with(endpoint, &code).await.error();
        assert_eq!(refused, AppError::SmsCodeWrong { left: None }, "{endpoint}");
    }
    assert_eq!(world.phone_standing().await, (before.0, before.1, before.2 + 1));
    browser.confirm_with("profile/phone/remove", &world.phones.code()).await.leads_to(routes::SECURITY);
}

/// Whoever has read a text that another browser asked for has nothing with it.
async fn enr_04_text_of_one_session_proves_nothing_in_another(world: World) {
    let ana = world.with_both("ana@strict.example", NUMBER).await;
    let mut by_phone = world.by_either(&ana.email).await;
    let mut by_app = world.signed_in_with_both(&ana.email, &ana.key).await;
    by_phone.call("profile/text", &[]).await.leads_to(routes::SECURITY);
    let text = world.phones.code();
    let before = world.phone_standing().await;

    for endpoint in ["profile/phone", "profile/phone/remove"] {
        let refused = by_app.confirm_with(endpoint, &text).await.error();
        assert_eq!(refused, AppError::CodeWrong { left: None }, "{endpoint}");
    }
    assert_eq!(world.phone_standing().await, before);

    // Once: what has removed the phone changes nothing more, and the other session is over.
    by_phone.confirm_with("profile/phone/remove", &text).await.leads_to(routes::SECURITY);
    by_phone.confirm_with("profile/authenticator", &text).await.is_refused();
    by_phone.confirm_with("profile/phone", &text).await.is_refused();
    assert_eq!(by_app.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.notices("phone-removed").await, 1);
}

async fn enr_04_proof_of_a_phone_change_ends_with_its_time(world: World) {
    let ana = world.with_both("ana@strict.example", NUMBER).await;
    world.clock.advance(60);
    let mut browser = world.signed_in_with_both(&ana.email, &ana.key).await;
    let code = world.code(&ana.key, 1);
    browser.confirm_with("profile/phone", &code).await.leads_to(routes::PHONE);
    let before = world.phone_standing().await;
    world.clock.advance(601);
    browser.clone().send_text("US", NEW_NUMBER).await.is_refused();
    browser.call("set-up/phone/resend", &[]).await.is_refused();
    assert_eq!(world.phone_standing().await, before);

    // The number is named in time, and its code comes too late.
    let code = world.code(&ana.key, 0);
    browser.confirm_with("profile/phone", &code).await.leads_to(routes::PHONE);
    browser.send_text("US", NEW_NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    let before = world.phone_standing().await;
    world.clock.advance(SmsLimits::default().code_ttl + 1);
    browser.confirm_phone(&world.phones.code()).await.is_refused();
    assert_eq!(world.phone_standing().await, before);
}

async fn enr_04_proof_of_a_phone_change_ends_with_its_session(world: World) {
    let ana = world.with_both("ana@strict.example", NUMBER).await;
    let mut owner = world.signed_in_with_both(&ana.email, &ana.key).await;
    world.clock.advance(60);
    let mut browser = world.signed_in_with_both(&ana.email, &ana.key).await;
    let code = world.code(&ana.key, 1);
    browser.confirm_with("profile/phone", &code).await.leads_to(routes::PHONE);
    browser.send_text("US", NEW_NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    // What a browser has shown is its own: the same person elsewhere has no part in it.
    owner.clone().confirm_phone(&world.phones.code()).await.is_refused();

    owner.call("profile/session/end-others", &[]).await.leads_to(routes::SECURITY);
    let before = world.phone_standing().await;
    browser.clone().confirm_phone(&world.phones.code()).await.is_refused();
    world.clock.advance(60);
    browser.clone().send_text("US", NEW_NUMBER).await.is_refused();
    let code = world.code(&ana.key, 0);
    for endpoint in ["profile/phone", "profile/phone/remove"] {
        browser.clone().confirm_with(endpoint, &code).await.is_refused();
    }
    assert_eq!(world.phone_standing().await, before);
}
