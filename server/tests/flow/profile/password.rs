//! `Change Password`.

use app::{AppError, routes};
use axum::http::StatusCode;
use futures_util::future::BoxFuture;
use server::domain::Role;

use super::NEW_PASSWORD;
use crate::race::events;
use crate::support::{Answer, Browser, PASSWORD, World, at_once, both};

both!(
    pwd_05_new_password_is_refused_with_the_reason,
    pwd_06_change_keeps_other_sessions_unless_chosen,
    race_10_old_password_opens_nothing_after_a_change,
    race_10_challenge_of_the_old_password_opens_nothing_after_a_change,
);

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
    fields.push(("end_others", "yes"));
    browser.call("profile/password", &fields).await.leads_to(routes::SECURITY);
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 1);
}

pub(crate) async fn race_10_old_password_opens_nothing_after_a_change(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", Role::Member).await;
    let mut browser = world.browser();
    browser.enter("ana@open.example").await.leads_to(routes::HOME);
    let sign_ins = world.browsers(6).into_iter().map(|mut browser| {
        Box::pin(async move {
            let answer = browser.enter("ana@open.example").await;
            (browser, answer.is_ok())
        }) as std::pin::Pin<Box<dyn Future<Output = (Browser, bool)> + Send>>
    });
    let change = Box::pin(async move {
        let fields = [("password", PASSWORD), ("new_password", NEW_PASSWORD), ("end_others", "yes")];
        let answer = browser.call("profile/password", &fields).await;
        answer.leads_to(routes::SECURITY);
        (browser, false)
    }) as std::pin::Pin<Box<dyn Future<Output = (Browser, bool)> + Send>>;
    let mut ended = at_once(sign_ins.chain([change]).collect()).await;

    let (mut browser, _) = ended.pop().unwrap();
    let entered = ended.iter().filter(|(_, entered)| *entered).count();
    for (mut browser, entered) in ended {
        if entered {
            assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "opened by the old password");
        }
    }
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(world.live_sessions().await, 1);
    assert_eq!(events(&world, "password.changed").await, 1);
    assert_eq!(events(&world, "session.password").await, 1 + i64::try_from(entered).unwrap());
    world.browser().enter("ana@open.example").await.is_refused();
    world.browser().enter_with("ana@open.example", NEW_PASSWORD).await.leads_to(routes::HOME);
}

/// The second step of a sign-in that the old password began. Its code is a text, the change's one of the app: so neither
/// stands in the other's way.
async fn race_10_challenge_of_the_old_password_opens_nothing_after_a_change(world: World) {
    for round in 0..8 {
        let ana = world.with_both(&format!("p{round}@strict.example"), &format!("+1201555012{round}")).await;
        let mut owner = world.browser();
        owner.enter(&ana.email).await.leads_to(routes::CHOOSE);
        owner.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
        world.clock.advance(60);
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
            Box::pin(async move { (owner.set_password(&shown, NEW_PASSWORD, &[("end_others", "yes")]).await, owner) }),
        ];
        if round % 2 == 1 {
            work.reverse();
        }
        let mut ended = at_once(work).await;
        if round % 2 == 1 {
            ended.reverse();
        }
        let (changed, mut owner) = ended.pop().unwrap();
        let (_, mut challenged) = ended.pop().unwrap();
        changed.leads_to(routes::SECURITY);
        assert_eq!(challenged.session().await, StatusCode::UNAUTHORIZED, "opened by the old password");
        assert_eq!(owner.session().await, StatusCode::OK);
        assert_eq!(world.live_sessions_of(&ana.email).await, 1);
    }
}
