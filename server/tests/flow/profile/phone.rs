//! `Password & Security` with a phone: the number, and codes sent to it that show again who it is.

use app::{AppError, model::PhoneView, routes};
use server::sms::SendError;

use super::ACTIVE;
use crate::support::{Browser, SIGN_IN_COOKIE, World, accepted, at_once, both};

both!(
    enr_08_same_number_in_another_spelling_is_no_change,
    enr_08_number_of_five_others_is_taken_and_noted,
    enr_08_number_of_as_many_as_may_have_it_is_refused,
    enr_08_number_goes_to_no_more_than_may_have_it_however_many_type_at_once,
    enr_06_number_that_nobody_confirms_is_purged_after_a_day,
    change_begun_in_another_tab_costs_no_check,
    typed_number_is_kept_as_long_as_its_enrolment,
    failed_text_is_told_on_the_page_that_asked_for_it,
    enr_04_change_of_a_number_needs_password_and_a_texted_code,
    enr_04_texted_code_is_worth_nothing_in_another_session,
    enr_04_change_that_ends_too_early_says_so_in_the_profile,
    enr_05_number_leaves_with_its_recovery_code,
    enr_09_last_number_stays_while_it_is_required,
);

const OLD: &str = "+12015550123";

impl World {
    /// A session that was opened with a text message, at a moment when the next one may be sent.
    async fn by_phone(&self, email: &str) -> Browser {
        let mut browser = self.texted(email).await;
        browser.verify_phone(&self.phones.code()).await.leads_to(routes::HOME);
        self.clock.advance(60);
        browser
    }
}

async fn enr_04_change_of_a_number_needs_password_and_a_texted_code(world: World) {
    world.with_phone("ana@strict.example", OLD).await;
    let mut browser = world.by_phone("ana@strict.example").await;
    assert!(browser.get(routes::SECURITY).await.text().contains(routes::CHANGE_PHONE));
    let sign_in_code = world.phones.code();
    assert_eq!(
        browser.confirm_with("profile/phone", &sign_in_code).await.error(),
        AppError::SmsCodeWrong { left: None }
    );
    browser.call("profile/text", &[]).await;
    let code = world.phones.code();
    let wrong = world.phones.wrong_code();
    assert_eq!(browser.confirm_with("profile/phone", &wrong).await.error(), AppError::SmsCodeWrong { left: None });
    let no_password = browser.call("profile/phone", &[("password", "not this one"), ("code", &code)]).await;
    assert_eq!(no_password.error(), AppError::PasswordWrong);
    browser.confirm_with("profile/phone", &code).await.leads_to(routes::PHONE);
    assert_eq!(browser.clone().confirm_with("profile/phone", &code).await.error(), AppError::SmsCodeUsed);

    browser.send_text("US", "+12015550124").await.leads_to(routes::PHONE_CONFIRM);
    assert_eq!(world.count(ACTIVE).await, 1, "the old number stays until the new one is confirmed");
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(world.count(ACTIVE).await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'replaced'").await, 1);
}

async fn enr_04_texted_code_is_worth_nothing_in_another_session(world: World) {
    world.with_phone("ana@strict.example", OLD).await;
    let mut one = world.by_phone("ana@strict.example").await;
    let mut other = world.by_phone("ana@strict.example").await;
    one.call("profile/text", &[]).await;
    let code = world.phones.code();
    let refused = other.confirm_with("profile/recovery-code", &code).await;
    assert_eq!(refused.error(), AppError::SmsCodeWrong { left: None });
    one.confirm_with("profile/recovery-code", &code).await.leads_to(routes::RECOVERY_CODE);
}

/// Each page that asks again sends its own code, so it is the one to say that none went out.
async fn failed_text_is_told_on_the_page_that_asked_for_it(world: World) {
    world.with_phone("ana@strict.example", OLD).await;
    let mut browser = world.by_phone("ana@strict.example").await;
    for page in [routes::CHANGE_PHONE, routes::NEW_RECOVERY_CODE, routes::NEW_PASSWORD] {
        world.phones.fail(Some(SendError::Refused("away".to_owned())));
        let (told, answer) = browser.submit(page, "profile/text", &[]).await;
        assert_eq!(told.split('?').next(), Some(page));
        assert!(answer.text().contains("cannot send texts right now"), "{page}: {}", answer.text());
        assert!(answer.text().contains("The text did not reach"), "{page}: {}", answer.text());
        assert!(!answer.text().contains("We sent a text"), "{page}: {}", answer.text());
        world.phones.fail(None);
        world.clock.advance(60);
    }
    // Whatever a link says sent it, only such a page is gone to.
    let (page, _) = browser.submit(routes::OUTBOX, "profile/text", &[]).await;
    assert_eq!(page.split('?').next(), Some(routes::SECURITY));
}

async fn enr_08_same_number_in_another_spelling_is_no_change(world: World) {
    world.with_phone("ana@strict.example", OLD).await;
    let mut browser = world.by_phone("ana@strict.example").await;
    browser.call("profile/text", &[]).await;
    browser.confirm_with("profile/phone", &world.phones.code()).await.leads_to(routes::PHONE);
    world.clock.advance(60);
    let (sent, mails) = (world.phones.count(), world.count("SELECT COUNT(*) FROM notice").await);
    for spelling in [OLD, "(201) 555-0123", "1 201-555-0123", "201.555.0123"] {
        assert_eq!(browser.send_text("US", spelling).await.error(), AppError::PhoneSame, "{spelling}");
    }
    assert_eq!((world.phones.count(), world.count("SELECT COUNT(*) FROM notice").await), (sent, mails));
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 1);
    // The page goes on with another one.
    browser.send_text("US", "+12015550124").await.leads_to(routes::PHONE_CONFIRM);
}

/// A family may share a phone: the number is taken, and the audit log says how many have it.
async fn enr_08_number_of_five_others_is_taken_and_noted(world: World) {
    for number in 0..5 {
        world.with_phone(&format!("person{number}@strict.example"), OLD).await;
    }
    world.with_phone("ana@strict.example", OLD).await;
    assert_eq!(world.count(ACTIVE).await, 6);
    let noted = "SELECT COUNT(*) FROM audit_event WHERE kind = 'factor.bound' \
                 AND detail LIKE '%\"accounts_with_this_number\":6%'";
    assert_eq!(world.count(noted).await, 1);
}

async fn enr_08_number_of_as_many_as_may_have_it_is_refused(world: World) {
    let world = world.restart(|plan| plan.sms.accounts_per_number = 2).await;
    world.with_phone("one@strict.example", OLD).await;
    // Two begin, and only one of them is the second.
    let (mut second, mut third) = (world.browser(), world.browser());
    for (browser, email) in [(&mut second, "two@strict.example"), (&mut third, "three@strict.example")] {
        world.newcomer(email).await;
        browser.start_phone(email, OLD).await;
    }
    let codes = world.phones.codes();
    let [.., for_second, for_third] = codes.as_slice() else { panic!("two codes were sent") };
    second.confirm_phone(for_second).await.leads_to(routes::RECOVERY_CODE);
    let refused = third.confirm_phone(for_third).await;
    assert_eq!((refused.error(), refused.header("location")), (AppError::PhoneShared, Some(routes::PHONE_SHARED)));
    assert_eq!(world.count(ACTIVE).await, 2);
    assert_eq!(
        world.count("SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM throttle").await,
        0,
        "a right code is no failure"
    );

    world.clock.advance(60);
    let sent = world.phones.count();
    assert_eq!(third.send_text("US", "(201) 555-0123").await.error(), AppError::PhoneShared);
    let (_, page) = third.submit(routes::PHONE, "set-up/phone", &[("country", "US"), ("phone", OLD)]).await;
    assert!(page.text().contains("as many accounts as it may be"), "{}", page.text());
    assert_eq!(world.phones.count(), sent);
    third.send_text("US", "+12015550177").await.leads_to(routes::PHONE_CONFIRM);
    third.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
}

/// Several people type in their codes for one number at the same moment: as many as may have it get it.
async fn enr_08_number_goes_to_no_more_than_may_have_it_however_many_type_at_once(world: World) {
    two_of_many_may_have_it(world.restart(|plan| plan.sms.accounts_per_number = 2).await).await;
}

pub(crate) async fn two_of_many_may_have_it(world: World) {
    let mut waiting = Vec::new();
    for number in 0..8 {
        let email = format!("person{number}@strict.example");
        world.newcomer(&email).await;
        let mut browser = world.browser();
        browser.start_phone(&email, OLD).await;
        waiting.push((browser, world.phones.code()));
    }
    let confirmations =
        waiting.into_iter().map(|(mut browser, code)| async move { browser.confirm_phone(&code).await });
    let answers = at_once(confirmations.collect::<Vec<_>>()).await;
    assert_eq!(accepted(&answers), 2);
    assert_eq!(world.count(ACTIVE).await, 2);
    let refused = answers.iter().filter(|answer| !answer.is_ok());
    assert!(refused.into_iter().all(|answer| answer.error() == AppError::PhoneShared));
}

async fn enr_06_number_that_nobody_confirms_is_purged_after_a_day(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    browser.start_phone("ana@strict.example", OLD).await;
    let code = world.phones.code();
    let waiting = "SELECT COUNT(*) FROM factor WHERE method = 'phone' AND state = 'pending'";
    for (seconds, left) in [(24 * 60 * 60 - 1, 1), (2, 0)] {
        world.clock.advance(seconds);
        world.service.purge().await.unwrap();
        assert_eq!(world.count(waiting).await, left, "after {seconds} more seconds");
    }
    browser.confirm_phone(&code).await.is_refused();
    let mut again = world.browser();
    again.enter("ana@strict.example").await.leads_to(routes::REQUIRED);
    assert_eq!(again.confirm_phone(&code).await.error(), AppError::PhoneAgain);
    assert_eq!(world.count(ACTIVE).await, 0);
}

/// A code waits in one tab, another tab begins anew: the first one's right code is for nothing, and is no guess either.
async fn change_begun_in_another_tab_costs_no_check(world: World) {
    world.with_phone("ana@strict.example", OLD).await;
    let mut tabs = world.by_phone("ana@strict.example").await;
    tabs.call("profile/text", &[]).await;
    tabs.confirm_with("profile/phone", &world.phones.code()).await.leads_to(routes::PHONE);
    tabs.send_text("US", "+12015550124").await.leads_to(routes::PHONE_CONFIRM);
    let of_the_first = world.phones.code();
    world.clock.advance(60);
    tabs.call("profile/text", &[]).await;
    tabs.confirm_with("profile/phone", &world.phones.code()).await.leads_to(routes::PHONE);

    let answer = tabs.confirm_phone(&of_the_first).await;
    assert_eq!((answer.error(), answer.header("location")), (AppError::PhoneAgain, Some(routes::PHONE_AGAIN)));
    let (at, page) = tabs.submit(routes::PHONE_CONFIRM, "set-up/phone/code", &[("code", &of_the_first)]).await;
    assert!(at == routes::PHONE_AGAIN && page.text().contains("No code is due on that page any more."), "{at}");
    for none in [
        "SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM throttle",
        "SELECT CAST(COALESCE(SUM(attempts), 0) AS BIGINT) FROM sign_in WHERE consumed_at IS NULL",
        "SELECT COUNT(*) FROM audit_event WHERE kind = 'code.wrong'",
    ] {
        assert_eq!(world.count(none).await, 0, "{none}");
    }
    // The change that is alive goes on.
    tabs.send_text("US", "+12015550124").await.leads_to(routes::PHONE_CONFIRM);
    tabs.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
}

/// The browser forgets neither of the two before the server does.
async fn typed_number_is_kept_as_long_as_its_enrolment(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    browser.enter("ana@strict.example").await;
    let answer = browser.send_text("US", "201 555 0123").await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 1);
    assert!(!cookies[0].to_ascii_lowercase().contains("max-age"), "{cookies:?}");
    world.clock.advance(59 * 60);
    let view: PhoneView = browser.view("phone").await.unwrap();
    assert_eq!((view.country.as_str(), view.phone.as_str()), ("US", "201 555 0123"));
}

/// Who is signed in has nothing to sign in to again: what happened, and what to do next, is told where the change began.
async fn enr_04_change_that_ends_too_early_says_so_in_the_profile(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    browser.confirm_with("profile/phone", &code).await.leads_to(routes::PHONE);
    browser.send_text("US", OLD).await.leads_to(routes::PHONE_CONFIRM);
    let wrong = world.phones.wrong_code();
    for _ in 0..4 {
        let (page, _) = browser.submit(routes::PHONE_CONFIRM, "set-up/phone/code", &[("code", &wrong)]).await;
        assert!(page.starts_with(routes::PHONE_CONFIRM), "{page}");
    }
    let (page, answer) = browser.submit(routes::PHONE_CONFIRM, "set-up/phone/code", &[("code", &wrong)]).await;
    assert_eq!(page, routes::SECURITY_ATTEMPTS);
    assert!(answer.text().contains("too many codes that did not match, so we stopped here"), "{}", answer.text());

    for by_a_form in [true, false] {
        world.clock.advance(60);
        let code = world.code(&ana.key, 0);
        browser.confirm_with("profile/authenticator", &code).await.leads_to(routes::AUTHENTICATOR);
        world.clock.advance(601);
        let (page, answer) = if by_a_form {
            browser.submit(routes::AUTHENTICATOR, "set-up/authenticator", &[("code", "123456")]).await
        } else {
            browser.open(routes::AUTHENTICATOR).await
        };
        assert_eq!(page, routes::SECURITY_EXPIRED);
        assert!(answer.text().contains("Nothing was changed. Start again below."), "{}", answer.text());
        assert_eq!(browser.cookie(SIGN_IN_COOKIE), None, "it is told once");
    }
    assert_eq!((world.count(ACTIVE).await, world.live_sessions().await), (1, 1));
}

async fn enr_05_number_leaves_with_its_recovery_code(world: World) {
    world.with_phone("ana@strict.example", OLD).await;
    world.set_policy("Strict", false, None).await;
    let mut browser = world.by_phone("ana@strict.example").await;
    browser.call("profile/text", &[]).await;
    browser.confirm_with("profile/phone/remove", &world.phones.code()).await.leads_to(routes::SECURITY);
    assert_eq!(world.count(ACTIVE).await, 0);
    let current = "SELECT COUNT(*) FROM recovery_code WHERE used_at IS NULL AND replaced_at IS NULL";
    assert_eq!(world.count(current).await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'phone-removed'").await, 1);
}

async fn enr_09_last_number_stays_while_it_is_required(world: World) {
    world.with_phone("ana@strict.example", OLD).await;
    let mut browser = world.by_phone("ana@strict.example").await;
    assert!(
        !browser.get(routes::SECURITY).await.text().contains(routes::REMOVE_PHONE),
        "what is refused is not offered"
    );
    browser.call("profile/text", &[]).await;
    let refused = browser.confirm_with("profile/phone/remove", &world.phones.code()).await;
    assert_eq!(refused.error(), AppError::LastMethod);
    assert_eq!(world.count(ACTIVE).await, 1);
}
