//! How a session ends (catalogue 3.4, and product.md, section 8).

use app::{model::Email, routes};
use axum::http::StatusCode;
use server::domain::Role;

use crate::support::{SESSION_COOKIE, World, both};

both!(
    flow_22_sign_out_ends_every_tab,
    session_ends_after_an_hour_idle_and_a_day_in_all,
    suspended_company_ends_sessions_and_half_finished_sign_ins,
);

async fn flow_22_sign_out_ends_every_tab(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let home = browser.get(routes::HOME).await;
    assert!(home.is_ok());
    assert!(home.header("cache-control").unwrap().contains("no-store"), "no copy for the back button");
    let mut other_tab = browser.clone();

    let answer = browser.call("sign-out", &[]).await;

    answer.leads_to(routes::SIGN_IN);
    assert!(answer.header("clear-site-data").unwrap().contains("\"cache\""));
    assert_eq!(browser.cookie(SESSION_COOKIE), None);
    assert_eq!(other_tab.session().await, StatusCode::UNAUTHORIZED);
    assert!(!other_tab.get(routes::HOME).await.is_ok());
    assert_eq!(world.live_sessions().await, 0);
}

/// product.md, section 8.
async fn session_ends_after_an_hour_idle_and_a_day_in_all(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut idle = world.signed_in(&ana).await;
    world.clock.advance(3599 - 60);
    assert_eq!(idle.session().await, StatusCode::OK);
    world.clock.advance(3600);
    assert_eq!(idle.session().await, StatusCode::UNAUTHORIZED);

    let mut busy = world.signed_in(&ana).await;
    let start = world.clock.seconds() - 60;
    while world.clock.seconds() + 1800 < start + 86_400 {
        world.clock.advance(1800);
        assert_eq!(busy.session().await, StatusCode::OK);
    }
    world.clock.set(start + 86_400);
    assert_eq!(busy.session().await, StatusCode::UNAUTHORIZED);
}

/// FLOW-08: at once, and only for people who belong to no other company.
async fn suspended_company_ends_sessions_and_half_finished_sign_ins(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let bob = world.enrolled("bob@strict.example").await;
    world.newcomer("new@strict.example").await;
    world.open_company("Open").await;
    world.person("olga@open.example", "Open", Role::Member).await;
    let bobs_role = server::service::NewPerson {
        email: Email::parse(&bob.email).unwrap(),
        name: "Bob".to_owned(),
        company: "Open".to_owned(),
        role: Role::Member,
        password: None,
    };
    world.service.add_person(&bobs_role).await.unwrap();
    let mut signed_in = world.signed_in(&ana).await;
    let mut challenged = world.challenged(&ana).await;
    let mut enrolling = world.browser();
    let key = enrolling.start_enrolment("new@strict.example").await;
    let mut olga = world.browser();
    olga.enter("olga@open.example").await.leads_to(routes::HOME);
    let mut bobs = world.signed_in(&bob).await;

    world.database.change("UPDATE company SET suspended_at = 1 WHERE name = 'Strict'", vec![]).await;

    assert_eq!(signed_in.session().await, StatusCode::UNAUTHORIZED);
    challenged.verify(&world.code(&ana.key, 0)).await.is_refused();
    enrolling.confirm(&world.code(&key, 0)).await.is_refused();
    enrolling.call("page/authenticator", &[]).await.is_refused();
    world.browser().enter(&ana.email).await.is_refused();
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'active'").await, 2);
    assert_eq!(olga.session().await, StatusCode::OK);
    assert_eq!(bobs.session().await, StatusCode::OK, "Bob belongs to another company too");
}
