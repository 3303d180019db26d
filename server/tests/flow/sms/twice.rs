//! The password is sent twice: by a double click, after the back button, or because the first answer was lost. One text goes,
//! and belongs to the sign-in that the browser does not have.

use app::{
    AppError,
    model::{Delivery, PhoneCodeView},
    routes,
};
use axum::http::StatusCode;

use super::{ANA, SESSIONS};
use crate::support::{Browser, NUMBER, World, both};

both!(
    sms_06_page_says_that_the_text_belongs_to_another_sign_in,
    sms_06_code_of_another_sign_in_is_no_wrong_one,
    sms_06_code_that_counts_nowhere_is_not_told_of,
    sms_04_guesses_in_two_sign_ins_are_five_together,
);

/// Failures of the account, of the phone and of the sign-in that has most.
const COUNTED: [&str; 3] = [
    "SELECT CAST(COALESCE(MAX(failures), 0) AS BIGINT) FROM throttle WHERE failures > 0",
    "SELECT failures FROM factor WHERE state = 'active'",
    "SELECT CAST(COALESCE(MAX(attempts), 0) AS BIGINT) FROM sign_in WHERE consumed_at IS NULL",
];

impl World {
    async fn counted(&self) -> [i64; 3] {
        [self.count(COUNTED[0]).await, self.count(COUNTED[1]).await, self.count(COUNTED[2]).await]
    }

    /// The browser that has the answer to the first password, and the one that has the answer to the second.
    async fn entered_twice(&self) -> [Browser; 2] {
        let sent = self.phones.count();
        let first = self.texted(ANA).await;
        self.clock.advance(2);
        let second = self.texted(ANA).await;
        assert_eq!(self.phones.count(), sent + 1);
        [first, second]
    }
}

async fn delivery(browser: &mut Browser) -> Delivery {
    browser.view::<PhoneCodeView>("phone-code").await.unwrap().delivery
}

async fn sms_06_page_says_that_the_text_belongs_to_another_sign_in(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let [mut first, mut second] = world.entered_twice().await;
    assert_eq!(delivery(&mut first).await, Delivery::Sent);
    assert_eq!(delivery(&mut second).await, Delivery::Elsewhere);
    let page = second.get(routes::PHONE_CODE).await.text();
    for words in ["for another sign-in", "You can ask for a new one 30 seconds after that text"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("There is no code under way"), "{page}");
    // A new one is this one's own, and ends the other.
    world.clock.advance(28);
    second.submit(routes::PHONE_CODE, "sign-in/phone/resend", &[]).await;
    assert_eq!([delivery(&mut first).await, delivery(&mut second).await], [Delivery::Elsewhere, Delivery::Sent]);
    second.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}

async fn sms_06_code_of_another_sign_in_is_no_wrong_one(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let [mut first, mut second] = world.entered_twice().await;
    let (code, before) = (world.phones.code(), world.counted().await);
    for _ in 0..7 {
        assert_eq!(second.verify_phone(&code).await.error(), AppError::SmsCodeElsewhere);
    }
    let (_, page) = second.submit(routes::PHONE_CODE, "sign-in/phone/code", &[("code", &code)]).await;
    assert!(page.text().contains("That code belongs to a sign-in that you started before this one"), "{}", page.text());
    assert_eq!(world.counted().await, before);
    assert_eq!(second.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.count(SESSIONS).await, 1, "that of the enrolment");

    first.verify_phone(&code).await.leads_to(routes::HOME);
    // What has opened the other one is used.
    assert_eq!(second.verify_phone(&code).await.error(), AppError::SmsCodeUsed);
}

/// A code that ran out, that never went out, or that went to the number before is nothing to wait for.
async fn sms_06_code_that_counts_nowhere_is_not_told_of(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let [_, mut second] = world.entered_twice().await;
    let code = world.phones.code();
    for change in [
        "UPDATE sms_message SET state = 'failed'",
        "UPDATE sms_code SET factor_id = person_id",
        "UPDATE sms_code SET created_at = created_at - 1800, expires_at = expires_at - 1800",
    ] {
        world.database.change(change, vec![]).await;
        assert_eq!(delivery(&mut second).await, Delivery::None, "{change}");
    }
    assert_eq!(second.verify_phone(&code).await.error(), AppError::SmsCodeWrong { left: Some(4) });
}

/// Each sign-in has its checks, and the code has five, whoever guesses at it where.
async fn sms_04_guesses_in_two_sign_ins_are_five_together(world: World) {
    world.with_phone(ANA, NUMBER).await;
    let [mut first, mut second] = world.entered_twice().await;
    let (code, wrong) = (world.phones.code(), world.phones.wrong_code());
    for left in [4, 3] {
        assert_eq!(first.verify_phone(&wrong).await.error(), AppError::SmsCodeWrong { left: Some(left) });
    }
    for left in [4, 3, 2] {
        assert_eq!(second.verify_phone(&wrong).await.error(), AppError::SmsCodeWrong { left: Some(left) });
    }
    assert_eq!(first.verify_phone(&code).await.error(), AppError::SmsCodeExpired);
    assert_eq!(second.verify_phone(&code).await.error(), AppError::SmsCodeWrong { left: Some(1) });
    assert_eq!(world.count(SESSIONS).await, 1, "that of the enrolment");
    world.clock.advance(30);
    first.resend().await.leads_to(routes::PHONE_CODE);
    first.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
}
