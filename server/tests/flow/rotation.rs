//! A newer key in the key file: what was written under the older one still counts.

use app::{AppError, routes};

use crate::support::{NUMBER, World, both};

both!(enr_08_number_is_counted_under_every_key,);

/// Number 2, beside the key of every test.
const NEWER: &str = "2:202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n";

async fn enr_08_number_is_counted_under_every_key(world: World) {
    let world = world.restart(|plan| plan.sms.accounts_per_number = 2).await;
    world.with_phone("one@strict.example", NUMBER).await;
    let world = world.restart(|plan| plan.keys.push_str(NEWER)).await;
    world.with_phone("two@strict.example", NUMBER).await;
    let bound = "SELECT COUNT(*) FROM audit_event WHERE kind = 'factor.bound' \
                 AND detail LIKE '%\"accounts_with_this_number\":2%'";
    assert_eq!(world.count(bound).await, 1);

    world.newcomer("three@strict.example").await;
    let mut third = world.browser();
    third.enter("three@strict.example").await.leads_to(routes::REQUIRED);
    assert_eq!(third.send_text("US", NUMBER).await.error(), AppError::PhoneShared);
}
