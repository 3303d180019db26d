//! A browser that has signed in before has its own budget (FLOW-20): nothing that others do at its network address stops it,
//! and what is mistyped in it stops nobody else.

use app::{
    AppError, Guess,
    model::{Email, Secret},
    routes,
};
use server::domain::{Limits, Role};

use crate::support::{Browser, Enrolled, PASSWORD, World, both};

both!(
    flow_20_neighbours_wrong_passwords_stop_no_known_browser,
    flow_20_neighbours_wrong_codes_stop_no_known_browser,
    flow_20_tablet_of_a_crew_knows_each_of_them,
    flow_20_marks_of_a_stolen_password_buy_no_guesses_at_the_next_one,
    flow_20_marks_of_a_stolen_app_buy_no_guesses_at_the_next_password,
);

const WRONG: &str = "wrong wrong wrong";
const DEVICE: &str = "muster-demo-device";

/// People with an app, in a world with the limits that are delivered.
async fn crew<const N: usize>(world: World) -> (World, [Enrolled; N]) {
    let mut crew = Vec::new();
    for number in 0..N {
        crew.push(world.enrolled(&format!("person{number}@strict.example")).await);
    }
    let world = world.restart(|plan| plan.limits = Limits::default()).await;
    (world, crew.try_into().unwrap())
}

async fn known(world: &World, person: &Enrolled, address: [u8; 4]) -> Browser {
    let mut browser = world.signed_in(person).await.at(address);
    browser.call("sign-out", &[]).await.leads_to(routes::SIGN_IN);
    browser
}

const SITE: [u8; 4] = [198, 51, 100, 1];

async fn flow_20_neighbours_wrong_passwords_stop_no_known_browser(world: World) {
    let (world, crew) = crew::<4>(world).await;
    let mut browsers = Vec::new();
    for person in &crew {
        browsers.push(known(&world, person, SITE).await);
    }
    let mut neighbour = world.browser().at(SITE);
    // Thirty-six wrong passwords in known browsers are each one's own.
    for (browser, person) in browsers.iter_mut().zip(&crew) {
        for _ in 0..9 {
            assert_eq!(browser.enter_with(&person.email, WRONG).await.error(), AppError::CredentialsWrong);
        }
    }
    for number in 0..30 {
        let email = format!("nobody{number}@strict.example");
        assert_eq!(neighbour.enter_with(&email, WRONG).await.error(), AppError::CredentialsWrong, "{number}");
    }

    let stopped = neighbour.beside().enter(&crew[0].email).await;
    assert_eq!(stopped.error(), AppError::Paused { seconds: 60, guess: Guess::Password }, "a stranger at this address");
    for (browser, person) in browsers.iter_mut().zip(&crew) {
        browser.enter(&person.email).await.leads_to(routes::VERIFY);
        browser.verify(&world.code(&person.key, 0)).await.leads_to(routes::HOME);
        // The mark is for one account: with another one, this browser is as strange as any.
        let mut other = browser.clone();
        assert_eq!(
            other.enter("nobody@strict.example").await.error(),
            AppError::Paused { seconds: 60, guess: Guess::Password }
        );
    }
    // A budget of its own is a budget all the same.
    let mut guessing = browsers.remove(0);
    for _ in 0..10 {
        assert_eq!(guessing.enter_with(&crew[0].email, WRONG).await.error(), AppError::CredentialsWrong);
    }
    assert_eq!(guessing.enter(&crew[0].email).await.error(), AppError::Paused { seconds: 900, guess: Guess::Password });
}

/// Codes of a sign-in, of a change, and of a new app.
async fn flow_20_neighbours_wrong_codes_stop_no_known_browser(world: World) {
    let (world, [ana, bob, others @ ..]) = crew::<8>(world).await;
    let mut own = known(&world, &ana, SITE).await;
    let neighbour = world.browser().at(SITE);
    for person in &others {
        for _ in 0..2 {
            let mut browser = neighbour.beside();
            browser.enter(&person.email).await.leads_to(routes::VERIFY);
            for _ in 0..5 {
                browser.verify(&world.wrong_code(&person.key)).await.is_refused();
            }
        }
    }

    let mut stranger = neighbour.beside();
    stranger.enter(&bob.email).await.leads_to(routes::VERIFY);
    let stopped = stranger.verify(&world.code(&bob.key, 0)).await;
    assert_eq!(stopped.error(), AppError::Paused { seconds: 60, guess: Guess::Code }, "a stranger at this address");

    own.enter(&ana.email).await.leads_to(routes::VERIFY);
    assert_eq!(own.verify(&world.wrong_code(&ana.key)).await.error(), AppError::CodeWrong { left: Some(4) });
    own.verify(&world.code(&ana.key, -1)).await.leads_to(routes::HOME);
    let code = world.code(&ana.key, 0);
    own.call("profile/authenticator", &[("password", PASSWORD), ("code", &code)]).await.leads_to(routes::AUTHENTICATOR);
    let key = own.setup_key().await;
    own.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
}

/// One browser, nine people: the eight who used it last are known, whoever signed in after them.
async fn flow_20_tablet_of_a_crew_knows_each_of_them(world: World) {
    let world = world.restart(|plan| plan.limits.passwords_by_strangers = 3).await;
    world.open_company("Open").await;
    let emails: Vec<_> = (0..9).map(|number| format!("person{number}@open.example")).collect();
    let mut tablet = world.browser();
    for email in &emails {
        world.person(email, "Open", Role::Member).await;
        tablet.enter(email).await.leads_to(routes::HOME);
        tablet.call("sign-out", &[]).await.leads_to(routes::SIGN_IN);
    }
    // Whoever uses it again is not the next to be forgotten.
    tablet.enter(&emails[1]).await.leads_to(routes::HOME);
    world.person("late@open.example", "Open", Role::Member).await;
    tablet.enter("late@open.example").await.leads_to(routes::HOME);
    let marks = tablet.cookie(DEVICE).unwrap().to_owned();
    assert_eq!(marks.split('~').count(), 8);
    assert!(marks.len() < 1024, "{} bytes", marks.len());

    for (place, email) in emails.iter().enumerate() {
        for _ in 0..3 {
            world.browser().enter_with(email, WRONG).await.is_refused();
        }
        assert_eq!(
            world.browser().enter(email).await.error(),
            AppError::Paused { seconds: 900, guess: Guess::Password }
        );
        let mut tablet = tablet.clone();
        let answer = tablet.enter(email).await;
        if [0, 2].contains(&place) {
            assert_eq!(
                answer.error(),
                AppError::Paused { seconds: 900, guess: Guess::Password },
                "{email} used it longest ago"
            );
        } else {
            answer.leads_to(routes::HOME);
        }
    }
    // What was changed on the way is no mark, and hurts nobody.
    let changed = marks.replace('a', "b");
    for value in ["~~~~", ".", "~a.b~", &marks[..150], &changed, &format!("{}{marks}", "~".repeat(8))] {
        let mut browser = world.browser();
        browser.set_cookie(DEVICE, value);
        assert_eq!(
            browser.enter(&emails[1]).await.error(),
            AppError::Paused { seconds: 900, guess: Guess::Password },
            "{value}"
        );
    }
}

/// Whoever has a password gets a mark for each sign-in. When the owner has changed it, all those marks together are worth
/// what all strangers together are.
async fn flow_20_marks_of_a_stolen_password_buy_no_guesses_at_the_next_one(world: World) {
    let world = world.restart(|plan| plan.limits.passwords_by_strangers = 20).await;
    world.open_company("Open").await;
    world.person("olga@open.example", "Open", Role::Member).await;
    let mut thieves = world.browsers(4);
    for thief in &mut thieves {
        thief.enter("olga@open.example").await.leads_to(routes::HOME);
    }
    let mut olga = world.browser();
    olga.enter("olga@open.example").await.leads_to(routes::HOME);
    let fields = [("password", PASSWORD), ("new_password", "four quiet green boats"), ("end_others", "yes")];
    olga.call("profile/password", &fields).await.leads_to(routes::SECURITY);

    let mut compared = 0;
    for thief in &mut thieves {
        for _ in 0..10 {
            match thief.enter("olga@open.example").await.error() {
                AppError::CredentialsWrong => compared += 1,
                AppError::Paused { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(compared, 20);
    // A stranger's counter is another one.
    world.browser().enter_with("olga@open.example", "four quiet green boats").await.leads_to(routes::HOME);
}

/// The same of whoever had the app too: a mark for each sign-in in a browser without one.
async fn flow_20_marks_of_a_stolen_app_buy_no_guesses_at_the_next_password(world: World) {
    let world = world.restart(|plan| plan.limits.passwords_by_strangers = 20).await;
    let ana = world.enrolled("ana@strict.example").await;
    let mut thieves = Vec::new();
    for _ in 0..4 {
        thieves.push(known(&world, &ana, SITE).await);
    }
    let email = Email::parse(&ana.email).unwrap();
    world.service.set_password(&email, &Secret::new("four quiet green boats")).await.unwrap();

    let mut compared = 0;
    for thief in &mut thieves {
        for _ in 0..10 {
            match thief.enter(&ana.email).await.error() {
                AppError::CredentialsWrong => compared += 1,
                AppError::Paused { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    assert_eq!(compared, 20);
    // A stranger's counter is another one.
    world.browser().enter_with(&ana.email, "four quiet green boats").await.leads_to(routes::VERIFY);
}
