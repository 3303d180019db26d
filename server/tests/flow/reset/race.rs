//! One link, used many times at once.

use app::routes;

use super::{fresh_token, opened, set};
use crate::{
    race::{costly_rounds, events},
    support::{World, at_once, both},
};

both!(race_13_of_64_uses_of_one_link_one_sets_its_password,);

pub(crate) async fn race_13_of_64_uses_of_one_link_one_sets_its_password(world: World) {
    for (round, ana) in (1..).zip(world.crew(costly_rounds(&world)).await) {
        let token = fresh_token(&world, &ana.email).await;
        let mut tries = Vec::new();
        for number in 0..64 {
            let mut browser = opened(&world, &token).await;
            tries.push(async move {
                let password = format!("four green boats {number:02}");
                set(&mut browser, &password).await.is_ok().then_some(password)
            });
        }
        let won: Vec<_> = at_once(tries).await.into_iter().flatten().collect();
        assert_eq!(won.len(), 1, "{won:?}");
        assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'password-changed'").await, round);
        assert_eq!(world.count("SELECT COUNT(*) FROM password_reset WHERE consumed_at IS NOT NULL").await, round);
        assert_eq!(events(&world, "password.reset").await, round);
        world.browser().enter_with(&ana.email, &won[0]).await.leads_to(routes::VERIFY);
    }
}
