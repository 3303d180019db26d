//! The owner of an account always gets a link that works, whatever somebody else does to the account or at the same address.

use app::{
    AppError, Guess,
    model::{Email, Secret},
    routes,
};
use axum::http::StatusCode;
use server::domain::Role;

use super::{NEW, ask, fresh_token, opened, set, token};
use crate::support::{PASSWORD, World, both};

both!(
    pwd_03_thief_who_changes_the_password_does_not_hold_the_link_back,
    pwd_03_thief_changes_the_password_five_times_an_hour,
    pwd_03_new_password_of_an_administrator_holds_no_link_back,
    pwd_03_neighbour_does_not_keep_a_link_from_being_used,
    pwd_03_neighbour_does_not_keep_a_known_browser_from_asking,
    flow_20_new_password_of_an_administrator_is_let_in,
);

const ANA: &str = "ana@open.example";
const LINKS: &str = "SELECT COUNT(*) FROM notice WHERE kind = 'password-reset'";
const WRONG: &str = "wrong wrong wrong";

impl World {
    /// Somebody with a password and nothing else.
    async fn with_password(&self) {
        self.open_company("Open").await;
        self.person(ANA, "Open", Role::Member).await;
    }
}

async fn pwd_03_thief_who_changes_the_password_does_not_hold_the_link_back(world: World) {
    world.with_password().await;
    let mut thief = world.browser();
    thief.enter(ANA).await.leads_to(routes::HOME);
    for _ in 0..4 {
        ask(&world, &mut thief, ANA).await;
    }
    assert_eq!(world.count(LINKS).await, 3, "held back beside the newest, which works");
    let fields = [("password", PASSWORD), ("new_password", "the thief knows this one")];
    thief.call("profile/password", &fields).await.leads_to(routes::SECURITY);

    let mut owner = opened(&world, &fresh_token(&world, ANA).await).await;
    assert_eq!(world.count(LINKS).await, 4);
    // That one lives, so it is the last.
    ask(&world, &mut thief, ANA).await;
    assert_eq!(world.count(LINKS).await, 4);
    set(&mut owner, NEW).await.leads_to(routes::RESET_DONE);
    assert_eq!(thief.session().await, StatusCode::UNAUTHORIZED);
}

async fn pwd_03_thief_changes_the_password_five_times_an_hour(world: World) {
    let world = world.restart(|plan| plan.limits.session_idle = 2 * 3600).await;
    world.with_password().await;
    let mut thief = world.browser();
    thief.enter(ANA).await.leads_to(routes::HOME);
    let password_of =
        |number: usize| if number == 0 { PASSWORD.to_owned() } else { format!("the thief knows this one {number}") };
    let mut change = async |number| {
        let fields = [("password", &*password_of(number)), ("new_password", &*password_of(number + 1))];
        thief.call("profile/password", &fields).await
    };
    for number in 0..5 {
        change(number).await.leads_to(routes::SECURITY);
    }
    let late = fresh_token(&world, ANA).await;
    assert_eq!(change(5).await.error(), AppError::TooOften { seconds: 3600 });
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'password-changed'").await, 5);
    assert!(opened(&world, &late).await.get(routes::RESET_NEW).await.is_ok());
    world.clock.advance(3600);
    change(5).await.leads_to(routes::SECURITY);
}

async fn pwd_03_new_password_of_an_administrator_holds_no_link_back(world: World) {
    world.with_password().await;
    for _ in 0..3 {
        ask(&world, &mut world.browser(), ANA).await;
    }
    world.service.set_password(&Email::parse(ANA).unwrap(), &Secret::new(PASSWORD)).await.unwrap();
    for sent in 4..=6 {
        ask(&world, &mut world.browser(), ANA).await;
        assert_eq!(world.count(LINKS).await, sent);
    }
    ask(&world, &mut world.browser(), ANA).await;
    assert_eq!(world.count(LINKS).await, 6);
    set(&mut opened(&world, &token(&world).await).await, NEW).await.leads_to(routes::RESET_DONE);
}

/// Guesses at a password that an administrator has replaced.
async fn flow_20_new_password_of_an_administrator_is_let_in(world: World) {
    world.with_password().await;
    for _ in 0..100 {
        world.browser().enter_with(ANA, WRONG).await.is_refused();
    }
    assert_eq!(world.browser().enter(ANA).await.error(), AppError::Paused { seconds: 900, guess: Guess::Password });
    world.service.set_password(&Email::parse(ANA).unwrap(), &Secret::new(NEW)).await.unwrap();
    world.browser().enter_with(ANA, NEW).await.leads_to(routes::HOME);
}

/// Behind one address of a carrier somebody makes up tokens.
async fn pwd_03_neighbour_does_not_keep_a_link_from_being_used(world: World) {
    world.with_password().await;
    let good = fresh_token(&world, ANA).await;
    let mut owner = opened(&world, &good).await;
    let mut made_up = good.clone().into_bytes();
    let last = made_up.len() - 1;
    made_up[3..last].reverse();
    let mut neighbour = owner.beside();
    neighbour.get(&format!("/password/link?t={}", String::from_utf8(made_up).unwrap())).await;
    for _ in 0..31 {
        let mut neighbour = neighbour.clone();
        assert_eq!(set(&mut neighbour, NEW).await.error(), AppError::Expired);
    }
    set(&mut owner, NEW).await.leads_to(routes::RESET_DONE);
}

async fn pwd_03_neighbour_does_not_keep_a_known_browser_from_asking(world: World) {
    world.with_password().await;
    let mut owner = world.browser();
    owner.enter(ANA).await.leads_to(routes::HOME);
    let mut neighbour = owner.beside();
    for number in 0..10 {
        ask(&world, &mut neighbour, &format!("person{number}@open.example")).await;
    }
    let often = AppError::TooOften { seconds: 600 };
    assert_eq!(neighbour.call("password/ask", &[("email", ANA)]).await.error(), often);
    ask(&world, &mut owner, ANA).await;
    assert_eq!(world.count(LINKS).await, 1);
    // For this account alone, and it has a budget too.
    assert_eq!(owner.call("password/ask", &[("email", "bob@open.example")]).await.error(), often);
    for _ in 1..10 {
        ask(&world, &mut owner, ANA).await;
    }
    assert_eq!(owner.call("password/ask", &[("email", ANA)]).await.error(), often);
}
