//! A provider that takes every message and delivers nothing.

use app::routes;

use super::{contract, twilio, twilio_report, with};
use crate::support::{
    Browser, World, both,
    provider::{Provider, TOKEN},
};

both!(sms_14_gateway_that_delivers_nothing_is_not_asked_first, sms_14_gateway_that_never_reports_stays_the_first,);

/// Somebody new asks for a code to a number of their own.
async fn ask(world: &World, number: u32) -> Browser {
    let email = format!("crew{number}@strict.example");
    world.newcomer(&email).await;
    let mut browser = world.browser();
    browser.enter(&email).await.leads_to(routes::REQUIRED);
    browser.send_text("US", &format!("+120155501{number:02}")).await.leads_to(routes::PHONE_CONFIRM);
    browser
}

async fn sms_14_gateway_that_delivers_nothing_is_not_asked_first(world: World) {
    let (first, second) = (Provider::start().await, Provider::start().await);
    let clock = world.clock.clone();
    let world = with(world, vec![twilio(&first), contract(&second, &clock)]).await;
    let taken = || (first.taken().len(), second.taken().len());
    let mut browser = ask(&world, 0).await;
    twilio_report(&mut browser, &first.taken()[0].2, TOKEN, "delivered").await;
    world.clock.advance(1);
    for number in 1..=5 {
        ask(&world, number).await;
    }
    world.clock.advance(119);
    ask(&world, 6).await;
    assert_eq!(taken(), (7, 0), "they may still arrive");
    world.clock.advance(1);
    ask(&world, 7).await;
    assert_eq!(taken(), (7, 1), "none of five has arrived within two minutes");
    world.clock.advance(298);
    ask(&world, 8).await;
    assert_eq!(taken(), (7, 2));
    // Five minutes after its last message one more tries it, and the others wait for what comes of that.
    world.clock.advance(1);
    let mut probe = ask(&world, 9).await;
    ask(&world, 10).await;
    assert_eq!(taken(), (8, 3));
    twilio_report(&mut probe, &first.taken()[7].2, TOKEN, "delivered").await;
    ask(&world, 11).await;
    assert_eq!(taken(), (9, 3), "it delivers again");
}

/// Without any report nobody knows.
async fn sms_14_gateway_that_never_reports_stays_the_first(world: World) {
    let (first, second) = (Provider::start().await, Provider::start().await);
    let clock = world.clock.clone();
    let world = with(world, vec![contract(&first, &clock), twilio(&second)]).await;
    for number in 0..7 {
        ask(&world, number).await;
        world.clock.advance(60);
    }
    assert_eq!((first.taken().len(), second.taken().len()), (7, 0));
}
