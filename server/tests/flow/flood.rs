//! One person does not fill everybody's outbox.

use app::model::{Email, Secret};

use crate::{
    reset::ask,
    support::{PASSWORD, World, both},
};

both!(note_02_link_goes_before_what_only_tells,);

const ANA: &str = "ana@strict.example";

async fn note_02_link_goes_before_what_only_tells(world: World) {
    world.newcomer(ANA).await;
    world.newcomer("bob@strict.example").await;
    let bob = Email::parse("bob@strict.example").unwrap();
    for _ in 0..3 {
        world.service.set_password(&bob, &Secret::new(PASSWORD)).await.unwrap();
    }
    world.clock.advance(60);
    ask(&world, &mut world.browser(), ANA).await;
    let mails = world.post().await;
    let links: Vec<_> = mails.iter().map(|mail| mail.text.expose().contains("/password/link?t=")).collect();
    assert_eq!(links, [true, false, false, false]);
}
