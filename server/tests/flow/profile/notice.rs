//! What the person is told of their own changes.

use app::{model::Email, routes};

use super::NEW_PASSWORD;
use crate::support::{Browser, Enrolled, NUMBER, PASSWORD, World, both};

both!(note_01_each_change_is_told_once_at_each_address, note_01_each_alarm_is_told_once_at_each_address);

const ANA: &str = "ana@open.example";
const SECOND: &str = "ana@home.example";

/// The codes of one app, one step after the other.
struct App<'a> {
    world: &'a World,
    key: String,
}

impl App<'_> {
    fn next(&self) -> String {
        self.world.clock.advance(60);
        self.world.code(&self.key, 0)
    }
}

/// Fails unless one event was told since `before`, at both addresses; it is the `nth` of its kind.
async fn told(world: &World, before: &mut i64, kind: &'static str, nth: i64) {
    for address in [ANA, SECOND] {
        let sql = "SELECT COUNT(*) FROM notice WHERE channel = 'mail' AND kind = $1 AND recipient = $2";
        assert_eq!(world.database.int(sql, vec![kind.into(), address.into()]).await, nth, "{kind} to {address}");
    }
    let all = world.count("SELECT COUNT(*) FROM notice").await;
    assert_eq!(all, std::mem::replace(before, all) + 2, "{kind} and nothing else");
}

/// NOTE-01: every change of the page, one after the other, each told once at both addresses.
async fn note_01_each_change_is_told_once_at_each_address(world: World) {
    let ana = world.volunteer(ANA).await;
    world.service.add_address(&email(ANA), &email(SECOND)).await.unwrap();
    let mut browser = world.signed_in(&ana).await;
    world.database.change("DELETE FROM notice", Vec::new()).await;
    let mut before = 0;
    let mut app = App { world: &world, key: ana.key.clone() };

    browser.change("profile/recovery-code", &app.next(), &[]).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    told(&world, &mut before, "recovery-code-made", 1).await;

    browser.set_password(&app.next(), NEW_PASSWORD, &[]).await.leads_to(routes::SECURITY);
    told(&world, &mut before, "password-changed", 1).await;
    let fields = [("password", NEW_PASSWORD), ("new_password", PASSWORD), ("code", &*app.next())];
    browser.call("profile/password", &fields).await.leads_to(routes::SECURITY);
    told(&world, &mut before, "password-changed", 2).await;

    for kind in ["phone-linked", "phone-changed"] {
        browser.change("profile/phone", &app.next(), &[]).await.leads_to(routes::PHONE);
        let number = if kind == "phone-linked" { NUMBER } else { "+12015550124" };
        browser.send_text("US", number).await.leads_to(routes::PHONE_CONFIRM);
        browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
        browser.recovery_code().await.unwrap();
        browser.save_recovery_code().await;
        told(&world, &mut before, kind, 1).await;
        // From a session of the app, whose codes this test has.
        browser = again(&world, &ana, &app.next()).await;
    }

    browser.change("profile/authenticator", &app.next(), &[]).await.leads_to(routes::AUTHENTICATOR);
    app.key = browser.setup_key().await;
    browser.confirm(&app.next()).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    told(&world, &mut before, "authenticator-changed", 1).await;

    browser.change("profile/phone/remove", &app.next(), &[]).await.leads_to(routes::SECURITY);
    told(&world, &mut before, "phone-removed", 1).await;
    browser.change("profile/authenticator/remove", &app.next(), &[]).await.leads_to(routes::SECURITY);
    told(&world, &mut before, "authenticator-removed", 1).await;

    browser.change("profile/authenticator", "", &[]).await.leads_to(routes::AUTHENTICATOR);
    app.key = browser.setup_key().await;
    browser.confirm(&app.next()).await.leads_to(routes::RECOVERY_CODE);
    told(&world, &mut before, "authenticator-linked", 1).await;
}

/// NOTE-01: what happens to an account without its person, and to the addresses themselves.
async fn note_01_each_alarm_is_told_once_at_each_address(world: World) {
    let world = world.restart(|plan| plan.limits.passwords_by_strangers = 12).await;
    let ana = world.with_both(ANA, NUMBER).await;
    world.service.add_address(&email(ANA), &email(SECOND)).await.unwrap();
    world.database.change("DELETE FROM notice", Vec::new()).await;
    let mut before = 0;

    let mut stranger = world.browser();
    stranger.enter(ANA).await.leads_to(routes::CHOOSE);
    for _ in 0..5 {
        stranger.verify(&world.wrong_code(&ana.key)).await.is_refused();
    }
    told(&world, &mut before, "stranger-guesses", 1).await;

    world.clock.advance(901);
    world.database.change("UPDATE factor SET failures = 99", Vec::new()).await;
    let mut stranger = world.browser();
    stranger.enter(ANA).await.leads_to(routes::CHOOSE);
    stranger.verify(&world.wrong_code(&ana.key)).await.is_refused();
    told(&world, &mut before, "authenticator-disabled", 1).await;
    let mut stranger = world.texted(ANA).await;
    stranger.verify_phone(&world.phones.wrong_code()).await.is_refused();
    told(&world, &mut before, "phone-disabled", 1).await;

    // Told after the answer: from one address as often as it may, then from as many as together may.
    for (kind, guesses) in [("password-guesses", 10), ("password-guesses-everywhere", 12)] {
        world.clock.advance(901);
        let stranger = world.browser();
        for _ in 0..guesses {
            let mut stranger = if guesses == 10 { stranger.beside() } else { world.browser() };
            stranger.enter_with(ANA, "wrong wrong wrong").await.is_refused();
        }
        world.until("SELECT COUNT(*) FROM notice", before + 2).await;
        told(&world, &mut before, kind, 1).await;
    }

    world.service.remove_address(&email(ANA), &email(SECOND)).await.unwrap();
    told(&world, &mut before, "address-removed", 1).await;
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A session of somebody with both methods, opened by the app.
async fn again(world: &World, person: &Enrolled, code: &str) -> Browser {
    let mut browser = world.browser();
    browser.enter(&person.email).await.leads_to(routes::CHOOSE);
    browser.verify(code).await.leads_to(routes::HOME);
    browser
}
