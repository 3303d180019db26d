//! How long sessions last and may be idle where a company says so (product.md, section 8).

use app::{model::Email, routes};
use axum::http::StatusCode;
use server::{
    domain::{PolicyChange, PolicyRefusal, Role, Shorter},
    service::{DirectoryError, NewPerson},
};

use crate::support::{PASSWORD, World, both};

both!(
    company_shortens_sessions_that_begin_and_how_long_they_are_idle,
    company_shortens_sessions_that_are_open_and_lengthens_none,
    shortest_time_of_a_persons_companies_counts,
    company_cannot_lengthen_what_the_installation_says,
    lost_factor_is_replaced_within_the_hour_in_a_short_session,
);

const LIFE: &str = "SELECT expires_at - created_at FROM session WHERE ended_at IS NULL";

impl World {
    async fn set_sessions(&self, company: &str, session: Shorter, session_idle: Shorter) {
        self.change_policy(company, PolicyChange { session, session_idle, ..PolicyChange::default() }).await;
    }
}

/// By the password alone, by an app, and by an enrolment: every session is as short.
async fn company_shortens_sessions_that_begin_and_how_long_they_are_idle(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world.open_company("Open").await;
    world.person("olga@open.example", "Open", Role::Member).await;
    for company in ["Strict", "Open"] {
        world.set_sessions(company, Shorter::To(7200), Shorter::To(900)).await;
    }
    let mut app = world.challenged(&ana).await;
    app.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    let mut password = world.browser();
    password.enter("olga@open.example").await.leads_to(routes::HOME);
    world.newcomer("new@strict.example").await;
    let mut enrolment = world.browser();
    enrolment.enrol(&world, "new@strict.example").await;
    for mut browser in [app, password, enrolment] {
        let mut idle = browser.clone();
        let begun = world.clock.seconds();
        world.clock.advance(899);
        assert_eq!(idle.session().await, StatusCode::OK);
        // Used again and again it ends all the same.
        while world.clock.seconds() + 600 < begun + 7200 {
            world.clock.advance(600);
            assert_eq!(browser.session().await, StatusCode::OK);
        }
        world.clock.set(begun + 7199);
        assert_eq!(browser.session().await, StatusCode::OK);
        world.clock.set(begun + 7200);
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
        world.clock.set(begun);
    }
}

/// What is open is shortened at once, for those who sit idle and for those who do not. Lifting it leaves the open ones alone.
async fn company_shortens_sessions_that_are_open_and_lengthens_none(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    let begun = world.clock.seconds();
    assert_eq!(world.count(LIFE).await, 86_400);
    world.clock.advance(1200);
    let mut idle = browser.clone();

    world.set_sessions("Strict", Shorter::Kept, Shorter::To(900)).await;
    assert_eq!(idle.session().await, StatusCode::UNAUTHORIZED, "idle for twenty minutes");
    assert!(!browser.get(routes::SECURITY).await.is_ok());
    world.set_sessions("Strict", Shorter::Kept, Shorter::Lifted).await;
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "what is over does not come back");

    let mut busy = world.challenged(&ana).await;
    busy.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    world.set_sessions("Strict", Shorter::To(7200), Shorter::Kept).await;
    world.set_sessions("Strict", Shorter::Lifted, Shorter::Kept).await;
    for seconds in [3500, 7000, 7199] {
        world.clock.set(begun + 1200 + seconds);
        assert_eq!(busy.session().await, StatusCode::OK);
    }
    world.clock.set(begun + 1200 + 7200);
    assert_eq!(busy.session().await, StatusCode::UNAUTHORIZED);
    let mut new = world.challenged(&ana).await;
    new.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    let newest = "SELECT expires_at - created_at FROM session ORDER BY created_at DESC LIMIT 1";
    assert_eq!(world.count(newest).await, 86_400, "and a new one is as long as ever");
    let lives = "SELECT COUNT(*) FROM session WHERE expires_at - created_at = 7200";
    assert_eq!(world.count(lives).await, 2, "those that were there stayed short");
}

/// Also of a company that somebody joins while they are signed in; and no other company's people are concerned.
async fn shortest_time_of_a_persons_companies_counts(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world.enrolled("bob@strict.example").await;
    world.open_company("Open").await;
    world.set_sessions("Strict", Shorter::To(7200), Shorter::To(1800)).await;
    world.set_sessions("Open", Shorter::To(3600), Shorter::To(2400)).await;
    world.signed_in(&ana).await;
    assert_eq!(world.count(LIFE).await, 7200);
    let joins = NewPerson {
        email: Email::parse(&ana.email).unwrap(),
        name: "Ana".to_owned(),
        company: "Open".to_owned(),
        role: Role::Member,
        password: None,
    };
    world.service.add_person(&joins).await.unwrap();
    assert_eq!(world.count(LIFE).await, 3600, "the session that is open");
    let mut browser = world.signed_in(&ana).await;
    assert_eq!(
        world.count("SELECT COUNT(*) FROM session WHERE idle = 1800 AND expires_at = created_at + 3600").await,
        2
    );
    world.clock.advance(1799 - 60);
    assert_eq!(browser.session().await, StatusCode::OK);
    world.clock.advance(1800);
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
}

/// Neither by the policy, nor when the installation's own time is shortened after it.
async fn company_cannot_lengthen_what_the_installation_says(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    for (session, session_idle, most) in
        [(Shorter::To(86_401), Shorter::Kept, 86_400), (Shorter::To(7200), Shorter::To(3601), 3600)]
    {
        let change = PolicyChange { session, session_idle, ..PolicyChange::default() };
        let refused = world.service.set_policy("Strict", change).await.unwrap_err();
        assert!(matches!(refused, DirectoryError::Policy(PolicyRefusal::Longer(at)) if at == most), "{refused}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM company WHERE session_life IS NOT NULL").await, 0);

    world.set_sessions("Strict", Shorter::To(80_000), Shorter::To(3600)).await;
    let world = world.restart(|plan| (plan.limits.session, plan.limits.session_idle) = (7200, 600)).await;
    let mut browser = world.challenged(&ana).await;
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    assert_eq!(world.count(LIFE).await, 7200);
    world.clock.advance(600);
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
}

/// The hour after a recovery begins with the session, however short that is.
async fn lost_factor_is_replaced_within_the_hour_in_a_short_session(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world.set_sessions("Strict", Shorter::To(7200), Shorter::Kept).await;
    let mut browser = world.challenged(&ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;
    world.clock.advance(3599);
    browser.call("set-up/start", &[("password", PASSWORD)]).await.leads_to(routes::METHOD);
    world.clock.advance(1);
    browser.call("set-up/start", &[("password", PASSWORD)]).await.is_refused();
}
