//! Somebody with an app and a phone shows again that it is them with either, whichever one opened the session.

use app::{AppError, routes};

use super::ACTIVE;
use crate::{
    race::{ROUNDS, costly_rounds},
    sms::race::crew,
    support::{Browser, Enrolled, NUMBER, World, accepted, at_once, both},
};

both!(
    enr_04_either_way_confirms_whichever_opened_the_session,
    enr_04_either_way_confirms_the_removal_of_either,
    enr_04_page_offers_both_ways_whichever_opened_the_session,
    enr_04_code_of_the_app_confirms_beside_an_outstanding_text,
    enr_04_code_of_either_way_confirms_once,
    enr_04_text_of_another_session_is_no_code_beside_the_app,
    enr_04_phone_that_does_not_count_confirms_nothing,
    sms_02_text_before_a_resend_is_refused_beside_the_app,
    sms_03_text_that_ran_out_leaves_the_app,
    flow_19_wrong_code_counts_for_each_comparison,
    flow_19_last_guess_that_is_left_is_not_two,
    rec_04_session_of_a_recovery_code_asks_for_no_code,
    race_09_parallel_confirmations_by_both_ways_make_one_change,
    race_05_parallel_wrong_codes_count_for_each_comparison,
);

const ANA: &str = "ana@strict.example";
const CARD: &str = "profile/recovery-code";
/// Failures of the account; those of the network address stand in rows of their own, and are no more.
const FAILURES: &str = "SELECT CAST(COALESCE(MAX(failures), 0) AS BIGINT) FROM throttle";
const FAILURES_OF_APP: &str =
    "SELECT CAST(SUM(failures) AS BIGINT) FROM factor WHERE method = 'authenticator' AND state = 'active'";
const FAILURES_OF_PHONE: &str =
    "SELECT CAST(SUM(failures) AS BIGINT) FROM factor WHERE method = 'phone' AND state = 'active'";
const WRONG: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'confirm.wrong'";

/// The two ways.
#[derive(Clone, Copy, Debug)]
enum Way {
    App,
    Text,
}

const WAYS: [Way; 2] = [Way::App, Way::Text];

impl World {
    /// A session of somebody with both ways, at a moment when the next code of either is there.
    async fn opened_by(&self, way: Way, person: &Enrolled) -> Browser {
        let mut browser = self.browser();
        browser.enter(&person.email).await.leads_to(routes::CHOOSE);
        match way {
            Way::App => browser.verify(&self.code(&person.key, 0)).await.leads_to(routes::HOME),
            Way::Text => {
                browser.call("sign-in/phone", &[]).await.leads_to(routes::PHONE_CODE);
                browser.verify_phone(&self.phones.code()).await.leads_to(routes::HOME);
            }
        }
        self.clock.advance(60);
        browser
    }

    /// A code to confirm with.
    async fn code_by(&self, way: Way, person: &Enrolled, browser: &mut Browser) -> String {
        match way {
            Way::App => self.code(&person.key, 0),
            Way::Text => self.texted_to(browser).await,
        }
    }

    /// `Text Me a Code`.
    async fn texted_to(&self, browser: &mut Browser) -> String {
        let sent = self.phones.count();
        assert!(browser.call("profile/text", &[]).await.is_ok());
        assert_eq!(self.phones.count(), sent + 1);
        self.phones.code()
    }

    /// Failures of the account, of the app and of the phone, and how many were noted.
    async fn failures(&self) -> [i64; 4] {
        [
            self.count(FAILURES).await,
            self.count(FAILURES_OF_APP).await,
            self.count(FAILURES_OF_PHONE).await,
            self.count(WRONG).await,
        ]
    }
}

async fn enr_04_either_way_confirms_whichever_opened_the_session(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    for opened in WAYS {
        for way in WAYS {
            let mut browser = world.opened_by(opened, &ana).await;
            let cards = world.count("SELECT COUNT(*) FROM recovery_code").await;
            let code = world.code_by(way, &ana, &mut browser).await;
            browser.confirm_with(CARD, &code).await.leads_to(routes::RECOVERY_CODE);
            browser.recovery_code().await.unwrap();
            let made = world.count("SELECT COUNT(*) FROM recovery_code").await;
            assert_eq!(made, cards + 1, "opened by {opened:?}, confirmed by {way:?}");
            browser.save_recovery_code().await;
            world.clock.advance(60);
        }
    }
    assert_eq!(world.failures().await, [0; 4]);
}

/// Also the one that goes: whoever has it and the password has opened the account with them (ENR-04).
async fn enr_04_either_way_confirms_the_removal_of_either(world: World) {
    let removals = [("profile/authenticator/remove", "authenticator"), ("profile/phone/remove", "phone")];
    for (turn, (way, (endpoint, method))) in
        WAYS.iter().flat_map(|way| removals.map(|removal| (*way, removal))).enumerate()
    {
        let ana = world.with_both(&format!("ana{turn}@strict.example"), NUMBER).await;
        let mut browser = world.opened_by(Way::App, &ana).await;
        let code = world.code_by(way, &ana, &mut browser).await;
        browser.confirm_with(endpoint, &code).await.leads_to(routes::SECURITY);
        let left = "SELECT COUNT(*) FROM factor JOIN person ON person.id = factor.person_id \
                    WHERE person.email = $1 AND factor.state = 'active' AND factor.method = $2";
        assert_eq!(
            world.database.int(left, vec![ana.email.as_str().into(), method.into()]).await,
            0,
            "{endpoint} by {way:?}"
        );
    }
    assert_eq!(world.count(ACTIVE).await, 4, "one of two for each");
}

async fn enr_04_page_offers_both_ways_whichever_opened_the_session(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    for opened in WAYS {
        let mut browser = world.opened_by(opened, &ana).await;
        for page in
            [routes::NEW_RECOVERY_CODE, routes::NEW_PASSWORD, routes::REMOVE_PHONE, routes::CHANGE_AUTHENTICATOR]
        {
            let before = browser.get(page).await.text();
            for words in ["No app at hand?", "Text Me a Code", "From the authenticator app that you use now."] {
                assert!(before.contains(words), "{page}, opened by {opened:?}: {words}");
            }
        }
        let (page, answer) = browser.submit(routes::NEW_RECOVERY_CODE, "profile/text", &[]).await;
        assert_eq!(page, routes::NEW_RECOVERY_CODE);
        for words in ["We sent a text to", "Resend New Code", "or from your authenticator app"] {
            assert!(answer.text().contains(words), "opened by {opened:?}: {words}");
        }
        // An error keeps the page with both ways.
        let wrong = world.wrong_code(&ana.key);
        let fields = [("password", crate::support::PASSWORD), ("code", wrong.as_str())];
        let (page, answer) = browser.submit(routes::NEW_RECOVERY_CODE, CARD, &fields).await;
        assert_eq!(page.split('?').next(), Some(routes::NEW_RECOVERY_CODE));
        assert!(answer.text().contains("That code does not match the one we sent."));
        assert!(answer.text().contains("or from your authenticator app"));
        world.clock.advance(60);
    }
}

async fn enr_04_code_of_the_app_confirms_beside_an_outstanding_text(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let mut browser = world.opened_by(Way::App, &ana).await;
    let text = world.texted_to(&mut browser).await;
    browser.confirm_with("profile/phone", &world.code(&ana.key, 0)).await.leads_to(routes::PHONE);
    assert_eq!(world.failures().await, [0; 4], "a right code is no failure of the other way");
    // The text was not used. It still shows once who it is, in this session.
    browser.confirm_with(CARD, &text).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(world.count("SELECT COUNT(*) FROM sms_code WHERE purpose = 'confirm' AND consumed_at IS NULL").await, 0);
}

async fn enr_04_code_of_either_way_confirms_once(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let mut browser = world.opened_by(Way::Text, &ana).await;
    let (app, text) = (world.code(&ana.key, 0), world.texted_to(&mut browser).await);
    browser.confirm_with("profile/phone", &app).await.leads_to(routes::PHONE);
    assert_eq!(browser.confirm_with("profile/phone", &app).await.error(), AppError::CodeUsed);
    browser.confirm_with("profile/phone", &text).await.leads_to(routes::PHONE);
    assert_eq!(browser.confirm_with("profile/phone", &text).await.error(), AppError::SmsCodeUsed);
    assert_eq!(browser.confirm_with("profile/phone", &app).await.error(), AppError::CodeUsed);
}

async fn enr_04_text_of_another_session_is_no_code_beside_the_app(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let mut one = world.opened_by(Way::Text, &ana).await;
    let mut other = world.opened_by(Way::App, &ana).await;
    let code = world.texted_to(&mut one).await;
    assert_eq!(other.confirm_with(CARD, &code).await.error(), AppError::CodeWrong { left: None });
    assert_eq!(world.failures().await, [1, 1, 0, 1], "only the app was asked");
    one.confirm_with(CARD, &code).await.leads_to(routes::RECOVERY_CODE);
}

/// A payor's phone is no second step, whatever was sent to it before (product.md, section 2).
async fn enr_04_phone_that_does_not_count_confirms_nothing(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let mut browser = world.opened_by(Way::App, &ana).await;
    let code = world.texted_to(&mut browser).await;
    let sql = "INSERT INTO membership (company_id, person_id, role) \
               SELECT company_id, person_id, 'disburser' FROM membership";
    world.database.change(sql, vec![]).await;
    world.clock.advance(60);
    assert_eq!(browser.confirm_with(CARD, &code).await.error(), AppError::CodeWrong { left: None });
    assert_eq!(browser.call("profile/text", &[]).await.error(), AppError::MethodNotAllowed);
    assert!(!browser.get(routes::NEW_RECOVERY_CODE).await.text().contains("profile/text"));
    browser.confirm_with(CARD, &world.code(&ana.key, 0)).await.leads_to(routes::RECOVERY_CODE);
}

async fn sms_02_text_before_a_resend_is_refused_beside_the_app(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let mut browser = world.opened_by(Way::App, &ana).await;
    let first = world.texted_to(&mut browser).await;
    assert!(matches!(browser.call("profile/text", &[]).await.error(), AppError::SmsWait { .. }));
    world.clock.advance(60);
    let second = world.texted_to(&mut browser).await;
    assert_eq!(browser.confirm_with(CARD, &first).await.error(), AppError::SmsCodeWrong { left: None });
    assert_eq!(world.failures().await, [2, 1, 1, 1]);
    browser.confirm_with(CARD, &second).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(world.count(FAILURES_OF_PHONE).await, 0);
}

async fn sms_03_text_that_ran_out_leaves_the_app(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let mut browser = world.opened_by(Way::App, &ana).await;
    let text = world.texted_to(&mut browser).await;
    world.clock.advance(30 * 60);
    assert!(browser.get(routes::NEW_RECOVERY_CODE).await.text().contains("Text Me a Code"), "none is outstanding");
    assert_eq!(browser.confirm_with(CARD, &text).await.error(), AppError::SmsCodeExpired);
    // Any other code is one of the app, and is told as one.
    let wrong = world.wrong_code(&ana.key);
    assert_eq!(browser.confirm_with(CARD, &wrong).await.error(), AppError::CodeWrong { left: None });
    assert_eq!(world.failures().await, [2, 2, 0, 2], "what has run out is no guess");
    browser.confirm_with(CARD, &world.code(&ana.key, 0)).await.leads_to(routes::RECOVERY_CODE);
}

async fn flow_19_wrong_code_counts_for_each_comparison(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let mut browser = world.opened_by(Way::Text, &ana).await;
    let wrong = world.wrong_code(&ana.key);
    assert_eq!(browser.confirm_with(CARD, &wrong).await.error(), AppError::CodeWrong { left: None });
    assert_eq!(world.failures().await, [1, 1, 0, 1]);
    let text = world.texted_to(&mut browser).await;
    assert_ne!(text, wrong);
    assert_eq!(browser.confirm_with(CARD, &wrong).await.error(), AppError::SmsCodeWrong { left: None });
    assert_eq!(world.failures().await, [3, 2, 1, 2]);
    // The budget of ten is that of a sign-in: four more of two each, and the last half of one.
    for _ in 0..3 {
        assert_eq!(browser.confirm_with(CARD, &wrong).await.error(), AppError::SmsCodeWrong { left: None });
    }
    assert!(matches!(browser.confirm_with(CARD, &wrong).await.error(), AppError::Paused { .. }));
    assert_eq!(world.failures().await, [10, 5, 5, 6]);
    assert!(matches!(browser.confirm_with(CARD, &text).await.error(), AppError::Paused { .. }));
    assert_eq!(world.failures().await, [10, 5, 5, 6], "nothing is compared in a pause");
}

async fn flow_19_last_guess_that_is_left_is_not_two(world: World) {
    let world = world.restart(|plan| plan.limits.failures = 2).await;
    let ana = world.with_both(ANA, NUMBER).await;
    let mut browser = world.opened_by(Way::App, &ana).await;
    let wrong = world.wrong_code(&ana.key);
    assert_eq!(browser.confirm_with(CARD, &wrong).await.error(), AppError::CodeWrong { left: None });
    world.texted_to(&mut browser).await;
    let code = world.code(&ana.key, 0);
    assert!(matches!(browser.confirm_with(CARD, &code).await.error(), AppError::Paused { .. }));
    assert_eq!(world.failures().await, [2, 1, 1, 2], "the text was the last guess; the app was not asked");
    world.clock.advance(15 * 60);
    browser.confirm_with(CARD, &world.code(&ana.key, 0)).await.leads_to(routes::RECOVERY_CODE);
}

async fn rec_04_session_of_a_recovery_code_asks_for_no_code(world: World) {
    let ana = world.with_both(ANA, NUMBER).await;
    let mut browser = world.browser();
    browser.enter(&ana.email).await.leads_to(routes::CHOOSE);
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;
    let page = browser.get(routes::CONFIRM).await.text();
    assert!(!page.contains("Text Me a Code") && !page.contains("name=\"code\""), "{page}");
    assert_eq!(browser.call("profile/text", &[]).await.error(), AppError::MethodNotAllowed);
    browser.call("set-up/start", &[("password", crate::support::PASSWORD)]).await.leads_to(routes::METHOD);
}

pub(crate) async fn race_09_parallel_confirmations_by_both_ways_make_one_change(world: World) {
    let people = world.crew(costly_rounds(&world)).await;
    for ((round, ana), (_, number)) in (1..).zip(people).zip(crew(ROUNDS)) {
        let mut browser = world.session_with_both(&ana, &number).await;
        let codes = [world.texted_to(&mut browser).await, world.code(&ana.key, 0)];
        let work = (0..12).map(|turn| {
            let (mut browser, code) = (browser.clone(), codes[turn % 2].clone());
            async move { browser.confirm_with(CARD, &code).await }
        });
        let answers = at_once(work.collect()).await;
        assert_eq!(accepted(&answers), 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM session WHERE reveal_after IS NOT NULL").await, round);
    }
}

async fn race_05_parallel_wrong_codes_count_for_each_comparison(world: World) {
    for (round, (email, number)) in (1..).zip(crew(ROUNDS)) {
        let ana = world.with_both(&email, &number).await;
        let mut browser = world.opened_by(Way::App, &ana).await;
        world.texted_to(&mut browser).await;
        let wrong = world.wrong_code(&ana.key);
        let work = (0..12).map(|_| {
            let (mut browser, wrong) = (browser.clone(), wrong.clone());
            async move { browser.confirm_with(CARD, &wrong).await }
        });
        let answers = at_once(work.collect()).await;
        assert_eq!(accepted(&answers), 0);
        let fives = 5 * round;
        let ten = "ten comparisons in five codes, and no eleventh";
        assert_eq!(world.failures().await, [10, fives, fives, fives], "{ten}");
    }
}
