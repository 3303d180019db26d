//! One password for many accounts at once, from one network address (FLOW-16, RACE-05).

use app::{AppError, Guess};
use server::domain::Limits;

use crate::support::{Database, Node, Plan, World, at_once, both};

both!(race_05_sprayed_passwords_stop_at_the_address);

async fn race_05_sprayed_passwords_stop_at_the_address(world: World) {
    spray(world.restart(|plan| plan.limits = Limits::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn race_15_05_sprayed_passwords() {
    let database = Database::postgres().await;
    let world = World::running(database.clone(), Plan::of("race_15_spray"), 0).await;
    let setting = [("MUSTER_LIMITS__PASSWORDS_PER_ADDRESS", "30")];
    let nodes = [(); 2].map(|()| Node::start_with(database.url(), &setting).unwrap());
    spray(world.through(Node::router(&nodes.each_ref()))).await;
    for node in nodes {
        node.ask_to_stop();
        assert_eq!(node.wait().code(), Some(0));
    }
    database.remove().await;
}

/// Each is counted before it is compared, so however many arrive together, no more than thirty are compared. The others are
/// told of the pause, or to come again while the thirty are not all known to be wrong.
async fn spray(world: World) {
    let one = world.browser();
    let tries = (0..64).map(|number| {
        let mut browser = one.beside();
        async move {
            let email = format!("person{number}@strict.example");
            let fields = [("email", &*email), ("password", "wrong wrong wrong")];
            browser.call("sign-in/password", &fields).await
        }
    });
    let answers = at_once(tries.collect::<Vec<_>>()).await;

    let compared = answers.iter().filter(|answer| answer.error() == AppError::CredentialsWrong).count();
    let refused =
        |error| matches!(error, AppError::Paused { seconds: 1..=60, guess: Guess::Password } | AppError::Busy { .. });
    let refused = answers.iter().filter(|answer| refused(answer.error())).count();
    assert_eq!((compared, refused), (30, 34));
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'password.wrong'").await, 30);
    // Who was not compared at the address is not counted at the account either, and no check is under way any more.
    assert_eq!(world.count("SELECT COUNT(*) FROM throttle WHERE failures > 0").await, 30 * 2 + 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM throttle WHERE checking > 0").await, 0);
    let mut next = one.beside();
    let answer = next.enter("person@strict.example").await;
    assert!(
        matches!(answer.error(), AppError::Paused { seconds: 1..=60, guess: Guess::Password }),
        "{:?}",
        answer.error()
    );
}
