//! `Recent security events`: what somebody needs who asks whether it was them.

use app::{AppError, model::Email, routes};

use crate::{
    race::events,
    support::{Browser, Enrolled, World, both},
};

both!(
    history_tells_of_addresses_and_asked_links,
    history_tells_of_wrong_passwords_that_brought_a_pause,
    history_tells_of_a_recovery_code_that_was_taken_again,
    history_is_not_hidden_by_what_strangers_try,
);

const LINKS: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'";
const PAUSES: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'password.paused'";

impl Browser {
    /// The table of `Recent security events`, the newest first.
    async fn history(&mut self) -> String {
        let page = self.get(routes::SECURITY).await.text();
        page.split_once("Recent security events").expect("the history").1.to_owned()
    }
}

async fn history_tells_of_addresses_and_asked_links(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let email = Email::parse(&ana.email).unwrap();
    let other = Email::parse("ana@home.example").unwrap();
    world.service.add_address(&email, &other).await.unwrap();
    world.clock.advance(1);
    world.service.remove_address(&email, &other).await.unwrap();
    world.clock.advance(1);
    world.browser().call("password/ask", &[("email", &ana.email)]).await.leads_to(routes::RESET_SENT);
    world.until(LINKS, 1).await;
    world.clock.advance(1);
    let new = Email::parse("ana@harbor.example").unwrap();
    world.service.change_email(&email, &new).await.unwrap();
    world.clock.advance(60);

    let renamed = Enrolled { email: new.to_string(), ..ana };
    let shown = world.signed_in(&renamed).await.history().await;
    let rows = [
        "Sign-in email address changed",
        "Link for a new password asked for",
        "Email address removed",
        "Email address added",
    ];
    let places = rows.map(|row| shown.find(row).unwrap_or_else(|| panic!("{row}: {shown}")));
    assert!(places.is_sorted(), "{places:?}");
}

async fn history_tells_of_wrong_passwords_that_brought_a_pause(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut owner = world.signed_in(&ana).await;
    let mut stranger = world.browser().at([198, 51, 100, 7]);
    stranger.call("sign-in/email", &[("email", &ana.email)]).await;
    let guess = [("email", ana.email.as_str()), ("password", "not the right one")];
    let mut compared = 0;
    while stranger.call("sign-in/password", &guess).await.error() == AppError::CredentialsWrong {
        compared += 1;
    }
    assert_eq!(compared, 10);
    world.until(PAUSES, 1).await;

    let shown = owner.history().await;
    let (_, row) = shown.split_once("Pause after too many wrong passwords").unwrap_or_else(|| panic!("{shown}"));
    assert!(row.split("</tr>").next().unwrap().contains("Internet, 198.51.100.7"), "where from: {row}");
}

async fn history_tells_of_a_recovery_code_that_was_taken_again(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    browser.clone().recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;

    assert_eq!(events(&world, "session.answered_again").await, 1);
    let shown = browser.history().await;
    assert!(shown.contains("Recovery code typed again after a lost answer"), "{shown}");
}

/// More than is ever read: what a break-in leaves stays in sight.
async fn history_is_not_hidden_by_what_strangers_try(world: World) {
    let world =
        world.restart(|plan| (plan.limits.failures, plan.limits.passwords_by_strangers) = (1_000_000, 1_000_000)).await;
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;
    world.clock.advance(60);
    let mut stranger = world.browser();
    let guess = [("email", ana.email.as_str()), ("password", "not the right one")];
    for _ in 0..210 {
        assert_eq!(stranger.call("sign-in/password", &guess).await.error(), AppError::CredentialsWrong);
    }

    let shown = browser.history().await;
    let break_in = shown.find("Signed in with your recovery code").unwrap_or_else(|| panic!("{shown}"));
    assert_eq!(shown.matches("Wrong password").count(), 10);
    assert!(shown.rfind("Wrong password").unwrap() < break_in, "the newest first");
}
