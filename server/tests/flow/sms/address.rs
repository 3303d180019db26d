//! What one network address may have sent in a day, whoever asks there.

use std::net::{IpAddr, Ipv6Addr};

use app::{AppError, routes};

use super::budget::{COUNTED, told};
use crate::support::{Browser, NUMBER, World, both};

both!(sms_12_address_stops_at_its_limit_and_another_goes_on, sms_12_network_of_ipv6_is_one_address);

const ALARMS: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'sms.stopped' AND detail LIKE '%address%'";

async fn sms_12_address_stops_at_its_limit_and_another_goes_on(world: World) {
    third_at_one_address_is_stopped(world, [192, 0, 2, 7].into(), [[192, 0, 2, 7].into(); 2], [192, 0, 2, 8].into())
        .await;
}

/// A household has a /64, and each of its devices as many addresses as it likes.
async fn sms_12_network_of_ipv6_is_one_address(world: World) {
    let at = |network, host| IpAddr::from(Ipv6Addr::from([0x2001, 0xdb8, 7, network, 0, 0, 0, host]));
    third_at_one_address_is_stopped(world, at(1, 1), [at(1, 2), at(1, 3)], at(2, 1)).await;
}

/// Two texts a day for an address: one from each of two people, then somebody's whose phone is linked, and a newcomer's.
async fn third_at_one_address_is_stopped(world: World, first: IpAddr, next: [IpAddr; 2], elsewhere: IpAddr) {
    world.with_phone("flo@strict.example", NUMBER).await;
    let world = world.restart(|plan| plan.sms.per_address = 2).await;
    let (sent, counted) = (world.phones.count(), world.count(COUNTED).await);
    for (person, address) in [(0, first), (1, next[0])] {
        newcomer(&world, person)
            .await
            .at(address)
            .send_text("US", &number(person))
            .await
            .leads_to(routes::PHONE_CONFIRM);
    }

    let mut third = newcomer(&world, 2).await;
    for address in [first, next[1]] {
        third = third.at(address);
        assert!(matches!(third.send_text("US", &number(2)).await.error(), AppError::SmsLimit { .. }), "{address}");
    }
    let mut linked = world.browser().at(next[1]);
    linked.enter("flo@strict.example").await.leads_to(routes::PHONE_CODE);
    assert!(matches!(linked.resend().await.error(), AppError::SmsLimit { .. }));
    assert_eq!(world.phones.count(), sent + 2);
    assert_eq!(world.count(COUNTED).await, counted + 10, "what was stopped counts nowhere");
    assert_eq!(world.count(ALARMS).await, 1, "told once");
    told(&world, &["sent 3", "stopped{limit=\"address\"} 1", "stopped{limit=\"person\"} 0"]).await;

    third.at(elsewhere).send_text("US", &number(2)).await.leads_to(routes::PHONE_CONFIRM);
    linked.at(elsewhere).resend().await.leads_to(routes::PHONE_CODE);
    assert_eq!(world.phones.count(), sent + 4);
}

fn number(person: u8) -> String {
    format!("+1201555013{person}")
}

/// Somebody who waits for their first text.
async fn newcomer(world: &World, person: u8) -> Browser {
    let email = format!("p{person}@strict.example");
    world.newcomer(&email).await;
    let mut browser = world.browser();
    browser.enter(&email).await.leads_to(routes::REQUIRED);
    browser
}
