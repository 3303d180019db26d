//! One link, used many times at once.

use app::routes;

use super::{fresh_token, opened, set};
use crate::{
    race::events,
    support::{Database, Node, Plan, World, at_once, both},
};

both!(race_13_of_64_uses_of_one_link_one_sets_its_password,);

async fn race_13_of_64_uses_of_one_link_one_sets_its_password(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    race(&world, &ana.email).await;
}

async fn race(world: &World, email: &str) {
    let token = fresh_token(world, email).await;
    let mut tries = Vec::new();
    for number in 0..64 {
        let mut browser = opened(world, &token).await;
        tries.push(async move {
            let password = format!("four green boats {number:02}");
            set(&mut browser, &password).await.is_ok().then_some(password)
        });
    }
    let won: Vec<_> = at_once(tries).await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1, "{won:?}");
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'password-changed'").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM password_reset WHERE consumed_at IS NOT NULL").await, 1);
    assert_eq!(events(world, "password.reset").await, 1);
    world.browser().enter_with(email, &won[0]).await.leads_to(routes::VERIFY);
}

#[tokio::test(flavor = "multi_thread")]
async fn race_13_on_two_nodes() {
    let database = Database::postgres().await;
    let mut world = World::running(database.clone(), Plan::of("race_13_on_two_nodes"), 0).await;
    let ana = world.enrolled("ana@strict.example").await;
    let nodes = [Node::start(database.url()).unwrap(), Node::start(database.url()).unwrap()];
    world = world.through(Node::router(&[&nodes[0], &nodes[1]]));
    race(&world, &ana.email).await;
    for node in nodes {
        node.kill();
    }
    drop(world);
    database.remove().await;
}
