//! `Change Password`.

use app::{AppError, routes};
use axum::http::StatusCode;
use futures_util::future::BoxFuture;
use server::domain::Role;

use super::NEW_PASSWORD;
use crate::race::{costly_rounds, events};
use crate::support::{Answer, Browser, PASSWORD, World, at_once, both};

both!(
    pwd_05_new_password_is_refused_with_the_reason,
    pwd_06_change_keeps_other_sessions_unless_chosen,
    race_10_old_password_opens_nothing_after_a_change,
    race_10_challenge_of_the_old_password_opens_nothing_after_a_change,
);

/// `Sign me out everywhere else`.
const END_OTHERS: (&str, &str) = ("end_others", "yes");

async fn pwd_05_new_password_is_refused_with_the_reason(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    let long = "x y".repeat(342);
    for (new, error) in [
        ("", AppError::PasswordShort),
        ("eleven char", AppError::PasswordShort),
        (&*long, AppError::PasswordLong),
        ("1qaz2wsx3edc", AppError::PasswordKnown),
        ("1QAZ2wsx3EDC", AppError::PasswordKnown),
        ("ana-torres-2030", AppError::PasswordPersonal),
        ("Muster Strict 2030", AppError::PasswordPersonal),
    ] {
        assert_eq!(browser.set_password(&code, new, &[]).await.error(), error, "{new:.20}");
    }
    assert_eq!(world.count("SELECT failures FROM factor").await, 0, "nothing of it costs a try");
    // Letters with marks of their own, a NUL and blanks at both ends: taken as they are.
    let new = " cafe\u{301} au lait\u{0}, s'il vous plai\u{302}t ";
    browser.set_password(&code, new, &[]).await.leads_to(routes::SECURITY);
    let composed = " caf\u{e9} au lait\u{0}, s'il vous pla\u{ee}t ";
    world.browser().enter_with(&ana.email, composed).await.leads_to(routes::VERIFY);
    world.browser().enter_with(&ana.email, composed.trim()).await.is_refused();
    world.browser().enter(&ana.email).await.is_refused();
}

async fn pwd_06_change_keeps_other_sessions_unless_chosen(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut other = world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let mut half = world.challenged(&ana).await;
    let code = world.code(&ana.key, 0);
    browser.set_password(&code, NEW_PASSWORD, &[]).await.leads_to(routes::SECURITY);
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(other.session().await, StatusCode::OK);
    assert_eq!(world.notices("password-changed").await, 1);
    world.clock.advance(60);
    half.verify(&world.code(&ana.key, 0)).await.is_refused();

    let fields = [("password", NEW_PASSWORD), ("code", &*world.code(&ana.key, 0)), ("new_password", PASSWORD)];
    let mut fields = fields.to_vec();
    fields.push(END_OTHERS);
    browser.call("profile/password", &fields).await.leads_to(routes::SECURITY);
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 1);
}

/// With the other sessions ended, and with those kept that were open at that moment.
pub(crate) async fn race_10_old_password_opens_nothing_after_a_change(world: World) {
    world.open_company("Open").await;
    for round in 0..2 * costly_rounds(&world) {
        let (email, end_others) = (format!("p{round}@open.example"), round % 2 == 0);
        world.person(&email, "Open", Role::Member).await;
        let mut browser = world.browser();
        browser.enter(&email).await.leads_to(routes::HOME);
        let before = (events(&world, "password.changed").await, events(&world, "session.password").await);
        let mut work: Vec<BoxFuture<'static, (Answer, Browser)>> = Vec::new();
        for mut browser in world.browsers(6) {
            let email = email.clone();
            work.push(Box::pin(async move { (browser.enter(&email).await, browser) }));
        }
        work.push(Box::pin(async move {
            let mut fields = vec![("password", PASSWORD), ("new_password", NEW_PASSWORD)];
            fields.extend(end_others.then_some(END_OTHERS));
            (browser.call("profile/password", &fields).await, browser)
        }));
        let mut ended = at_once(work).await;

        let (changed, mut browser) = ended.pop().unwrap();
        changed.leads_to(routes::SECURITY);
        let (mut entered, mut alive) = (0, 0);
        for (answer, mut browser) in ended {
            let is_in = browser.session().await == StatusCode::OK;
            assert!(!is_in || (answer.is_ok() && !end_others), "opened by the old password");
            entered += i64::from(answer.is_ok());
            alive += i64::from(is_in);
        }
        assert_eq!(browser.session().await, StatusCode::OK);
        assert_eq!(world.live_sessions_of(&email).await, 1 + alive);
        assert_eq!(events(&world, "password.changed").await, before.0 + 1);
        assert_eq!(events(&world, "session.password").await, before.1 + entered);
        world.browser().enter(&email).await.is_refused();
        world.browser().enter_with(&email, NEW_PASSWORD).await.leads_to(routes::HOME);
    }
}

/// The second step of a sign-in that the old password began. Its code is a text, the change's one of the app: so neither
/// stands in the other's way. Where the change keeps the other sessions, one that was first is among them.
pub(crate) async fn race_10_challenge_of_the_old_password_opens_nothing_after_a_change(world: World) {
    for (round, ana) in world.crew(2 * costly_rounds(&world)).await.into_iter().enumerate() {
        let (mut owner, end_others) =
            (world.session_with_both(&ana, &format!("+1201555012{round}")).await, round % 2 == 0);
        let mut challenged = world.browser();
        challenged.enter(&ana.email).await.leads_to(routes::CHOOSE);
        challenged.call("sign-in/phone", &[]).await.leads_to(routes::PHONE_CODE);

        let (texted, shown) = (world.phones.code(), world.code(&ana.key, 0));
        let mut work: Vec<BoxFuture<'static, (Answer, Browser)>> = vec![
            Box::pin(async move {
                // Later from round to round: before, within and after the change, which takes as long as some pages.
                for _ in 0..4 * round {
                    challenged.get(routes::PHONE_CODE).await;
                }
                (challenged.verify_phone(&texted).await, challenged)
            }),
            Box::pin(async move {
                let more = if end_others { &[END_OTHERS][..] } else { &[] };
                (owner.set_password(&shown, NEW_PASSWORD, more).await, owner)
            }),
        ];
        if round % 4 > 1 {
            work.reverse();
        }
        let mut ended = at_once(work).await;
        if round % 4 > 1 {
            ended.reverse();
        }
        let (changed, mut owner) = ended.pop().unwrap();
        let (verified, mut challenged) = ended.pop().unwrap();
        changed.leads_to(routes::SECURITY);
        let alive = challenged.session().await == StatusCode::OK;
        assert_eq!(alive, verified.is_ok() && !end_others, "opened by the old password");
        assert_eq!(owner.session().await, StatusCode::OK);
        assert_eq!(world.live_sessions_of(&ana.email).await, 1 + i64::from(alive));
    }
}
