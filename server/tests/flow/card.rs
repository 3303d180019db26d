//! Recovery cards have numbers: which one is saved, and what somebody hears who types the code of an older one.

use app::{
    AppError,
    model::{Email, RecoveryCodeView},
    routes,
};
use axum::http::StatusCode;

use crate::support::{Browser, Enrolled, PASSWORD, World, at_once, both};

both!(
    rec_04_tick_under_a_card_that_was_replaced_saves_nothing,
    rec_04_tick_under_a_card_that_was_replaced_leads_on_without_a_script,
    rec_04_tick_after_the_newer_card_is_saved_changes_nothing,
    rec_04_tick_is_noted_once_and_stands_in_the_history,
    rec_04_ticks_beside_a_newer_card_never_save_the_one_that_nobody_ticked,
    rec_01_older_card_is_named_with_the_one_that_works,
    rec_01_older_card_counts_like_any_wrong_code,
    rec_01_card_switched_off_is_told_by_nothing,
    rec_01_only_the_newest_older_cards_are_named,
    note_01_replaced_card_is_told_once_at_each_address,
    note_01_linked_factor_tells_of_the_card_that_it_ends,
);

const EMAIL: &str = "ana@strict.example";
const SAVED: &str = "SELECT COUNT(*) FROM recovery_code WHERE acknowledged_at IS NOT NULL";
const NOTED: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'recovery_code.saved'";
const MADE: &str = "SELECT COUNT(*) FROM notice WHERE kind = 'recovery-code-made'";

/// A person whose first card stands on one browser's page, unticked, while a second browser has been shown another one: both
/// browsers, the key of the app, and both codes.
pub(crate) async fn two_cards(world: &World) -> (Browser, Browser, String, [String; 2]) {
    world.newcomer(EMAIL).await;
    let mut first = world.browser();
    let key = first.start_enrolment(EMAIL).await;
    first.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let one = first.recovery_code().await.unwrap();
    world.clock.advance(60);
    let mut second = world.browser();
    second.enter(EMAIL).await.leads_to(routes::VERIFY);
    second.verify(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let two = second.recovery_code().await.unwrap();
    world.clock.advance(60);
    (first, second, key, [one, two])
}

/// The owner of card 1 would be locked out on the day that the phone is lost.
async fn rec_04_tick_under_a_card_that_was_replaced_saves_nothing(world: World) {
    let (mut first, mut second, _, [one, two]) = two_cards(&world).await;

    let answer = first.save_card(1).await;

    assert_eq!(answer.error(), AppError::RecoveryCodeReplaced);
    assert_eq!((world.count(SAVED).await, world.count(NOTED).await), (0, 0));
    assert_eq!(second.open(routes::HOME).await.0, routes::RECOVERY_CODE, "nobody goes on without a card");
    for number in ["0", "3", "-1", "9223372036854775807"] {
        let fields = [("number", number), ("saved", "yes")];
        assert_eq!(second.call("set-up/saved", &fields).await.error(), AppError::RecoveryCodeReplaced);
    }
    second.save_card(2).await.leads_to(routes::HOME);

    let mut back = world.browser();
    back.enter(EMAIL).await.leads_to(routes::VERIFY);
    back.recover(&one).await.is_refused();
    back.recover(&two).await.leads_to(routes::RECOVERY_CODE);
}

async fn rec_04_tick_under_a_card_that_was_replaced_leads_on_without_a_script(world: World) {
    let (mut first, mut second, key, _) = two_cards(&world).await;
    let page = second.get(routes::RECOVERY_CODE).await.text();
    assert!(page.contains("Card 2 was on this page before."));

    // In another tab of the same browser.
    let (_, page) = second.submit(routes::RECOVERY_CODE, "set-up/new-code", &[]).await;
    let page = page.text();
    assert!(page.contains("name=\"number\" value=\"3\""), "the page says which card is ticked: {page}");
    let tick = [("number", "2"), ("saved", "yes")];
    let (path, page) = second.submit(routes::RECOVERY_CODE, "set-up/saved", &tick).await;
    assert!(path.starts_with(routes::RECOVERY_CODE), "{path}");
    let page = page.text();
    assert!(page.contains("A newer card has replaced the one that was here") && page.contains("Make a New Code"));
    // In a session that the newer card is not of.
    let tick = [("number", "1"), ("saved", "yes")];
    let (path, page) = first.submit(routes::RECOVERY_CODE, "set-up/saved", &tick).await;
    assert_eq!(path, routes::NEW_RECOVERY_CODE_REPLACED);
    assert!(page.text().contains("a newer card replaced it"), "{}", page.text());
    let fields = [("password", PASSWORD), ("code", &*world.code(&key, 0))];
    first.call("profile/recovery-code", &fields).await.leads_to(routes::RECOVERY_CODE);
    assert!(first.recovery_code().await.is_some());
    assert_eq!(
        first.submit(routes::RECOVERY_CODE, "set-up/saved", &[("number", "4"), ("saved", "yes")]).await.0,
        routes::HOME
    );
    assert_eq!((world.count(SAVED).await, world.count(NOTED).await), (1, 1));
}

async fn rec_04_tick_after_the_newer_card_is_saved_changes_nothing(world: World) {
    let (mut first, mut second, key, _) = two_cards(&world).await;
    second.save_card(2).await.leads_to(routes::HOME);

    let answer = first.save_card(1).await;
    assert_eq!(answer.error(), AppError::RecoveryCodeReplaced);
    assert_eq!(answer.location(), Some(routes::NEW_RECOVERY_CODE));
    let tick = [("number", "1"), ("saved", "yes")];
    let (path, page) = first.submit(routes::RECOVERY_CODE, "set-up/saved", &tick).await;
    assert_eq!(path, routes::NEW_RECOVERY_CODE_REPLACED);
    assert!(page.text().contains("a newer card replaced it"), "{}", page.text());
    assert!(!first.get(routes::NEW_RECOVERY_CODE).await.text().contains("a newer card replaced it"));
    assert_eq!((world.count(SAVED).await, world.count(NOTED).await), (1, 1));

    let fields = [("password", PASSWORD), ("code", &*world.code(&key, 0))];
    first.call("profile/recovery-code", &fields).await.leads_to(routes::RECOVERY_CODE);
    assert!(first.recovery_code().await.is_some());
    first.save_recovery_code().await;
}

async fn rec_04_tick_is_noted_once_and_stands_in_the_history(world: World) {
    world.newcomer(EMAIL).await;
    let mut browser = world.browser();
    let key = browser.start_enrolment(EMAIL).await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let fields = [("number", "1")];
    assert_eq!(browser.call("set-up/saved", &fields).await.error(), AppError::TickMissing);
    assert_eq!(world.count(NOTED).await, 0);

    let work = (0..8).map(|_| {
        let mut browser = browser.clone();
        async move { browser.save_card(1).await }
    });
    for answer in at_once(work.collect()).await {
        answer.leads_to(routes::HOME);
    }

    assert_eq!((world.count(SAVED).await, world.count(NOTED).await), (1, 1), "the form sent twice is one tick");
    let person = "SELECT COUNT(*) FROM audit_event e JOIN person p ON p.id = e.person_id \
                  WHERE e.kind = 'recovery_code.saved' AND p.email = $1 AND e.detail = '{\"card\":1}'";
    assert_eq!(world.database.int(person, vec![EMAIL.into()]).await, 1);
    assert!(browser.get(routes::SECURITY).await.text().contains("Recovery code saved"));
}

async fn rec_04_ticks_beside_a_newer_card_never_save_the_one_that_nobody_ticked(world: World) {
    let world = world.restart(|plan| plan.limits.new_cards = 100).await;
    world.newcomer(EMAIL).await;
    let mut browser = world.browser();
    let key = browser.start_enrolment(EMAIL).await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    for round in 1..=16 {
        let shown = browser.view::<RecoveryCodeView>("recovery-code").await.unwrap();
        let (mut tick, mut renew) = (browser.clone(), browser.clone());
        let work: Vec<std::pin::Pin<Box<dyn Future<Output = _> + Send>>> = vec![
            Box::pin(async move { tick.save_card(shown.number).await }),
            Box::pin(async move { renew.call("set-up/new-code", &[]).await }),
        ];
        let answers = at_once(work).await;

        let newest = world.count("SELECT MAX(number) FROM recovery_code").await;
        let saved =
            world.count("SELECT COALESCE(MAX(number), 0) FROM recovery_code WHERE acknowledged_at IS NOT NULL").await;
        if answers[0].is_ok() {
            assert_eq!((saved, newest), (shown.number, shown.number), "round {round}: the card that was ticked counts");
            let fields = [
                ("password", PASSWORD),
                ("code", &*{
                    world.clock.advance(60);
                    world.code(&key, 0)
                }),
            ];
            browser.call("profile/recovery-code", &fields).await.leads_to(routes::RECOVERY_CODE);
            assert!(browser.recovery_code().await.is_some());
        } else {
            assert_eq!(answers[0].error(), AppError::RecoveryCodeReplaced);
            assert!(saved < shown.number && newest == shown.number + 1, "round {round}: {saved} of {newest}");
        }
    }
}

/// A challenge of somebody who has used or replaced some cards, oldest first; the last one works.
async fn with_cards(world: &World, cards: usize) -> (Enrolled, Vec<String>) {
    let ana = world.enrolled(EMAIL).await;
    let mut codes = vec![ana.recovery.clone()];
    while codes.len() < cards {
        let mut browser = world.challenged(&ana).await;
        browser.recover(codes.last().unwrap()).await.leads_to(routes::RECOVERY_CODE);
        codes.push(browser.recovery_code().await.unwrap());
        browser.save_after_recovery().await;
    }
    (ana, codes)
}

async fn rec_01_older_card_is_named_with_the_one_that_works(world: World) {
    let (ana, mut codes) = with_cards(&world, 2).await;
    // The first was used; the second is replaced on request.
    let mut browser = world.signed_in(&ana).await;
    let fields = [("password", PASSWORD), ("code", &*world.code(&ana.key, 0))];
    browser.call("profile/recovery-code", &fields).await.leads_to(routes::RECOVERY_CODE);
    codes.push(browser.recovery_code().await.unwrap());
    browser.save_recovery_code().await;
    let bob = world.enrolled("bob@strict.example").await;
    let old = |card, left| AppError::RecoveryCodeOld { card, newest: 3, left: Some(left) };

    let mut browser = world.challenged(&ana).await;
    assert_eq!(browser.recover(&codes[0]).await.error(), old(1, 4));
    assert_eq!(browser.recover(&codes[1].to_lowercase().replace('-', " ")).await.error(), old(2, 3));
    let field = ("recovery_code", codes[1].as_str());
    let (path, page) = browser.submit(routes::RECOVERY, "sign-in/recovery", &[field]).await;
    assert!(path.starts_with(routes::RECOVERY), "{path}");
    let page = page.text();
    assert!(page.contains("This is the code of card 2. Card 3 is the one that works."), "{page}");
    assert!(!page.contains(&codes[1]) && !path.contains(&codes[1]), "what was typed is nowhere");
    // Of nobody else's cards.
    assert_eq!(browser.recover(&bob.recovery).await.error(), AppError::RecoveryCodeWrong { left: Some(1) });
    let mut bobs = world.challenged(&bob).await;
    assert_eq!(bobs.recover(&codes[0]).await.error(), AppError::RecoveryCodeWrong { left: Some(4) });
    // And not without the password.
    let mut stranger = world.browser();
    assert_eq!(stranger.recover(&codes[0]).await.status, StatusCode::UNAUTHORIZED);
    stranger.call("sign-in/email", &[("email", &ana.email)]).await.leads_to(routes::PASSWORD);
    assert_eq!(stranger.recover(&codes[0]).await.error(), AppError::NotSignedIn);
    browser.recover(&codes[2]).await.leads_to(routes::RECOVERY_CODE);
}

async fn rec_01_older_card_counts_like_any_wrong_code(world: World) {
    let (ana, codes) = with_cards(&world, 2).await;
    let mut browser = world.challenged(&ana).await;
    for left in [4, 3, 2, 1] {
        let old = AppError::RecoveryCodeOld { card: 1, newest: 2, left: Some(left) };
        assert_eq!(browser.recover(&codes[0]).await.error(), old);
    }
    assert_eq!(browser.recover(&codes[0]).await.error(), AppError::ChallengeDead);
    let failures = "SELECT failures FROM recovery_code WHERE used_at IS NULL AND replaced_at IS NULL";
    assert_eq!(world.count(failures).await, 5);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'code.wrong'").await, 5);
    let mut browser = world.challenged(&ana).await;
    for _ in 0..4 {
        browser.recover(&codes[0]).await.is_refused();
    }
    assert!(matches!(browser.recover(&codes[0]).await.error(), AppError::Paused { .. }));
    assert!(matches!(world.challenged(&ana).await.recover(&codes[1]).await.error(), AppError::Paused { .. }));
    assert_eq!(world.live_sessions().await, 1, "that of the card that was used before");
}

async fn rec_01_card_switched_off_is_told_by_nothing(world: World) {
    let (ana, codes) = with_cards(&world, 2).await;
    let before = world.challenged(&ana).await.recover(&codes[0]).await;
    world.database.change("UPDATE recovery_code SET disabled_at = 1 WHERE number = 2", vec![]).await;
    let off = world.challenged(&ana).await.recover(&codes[0]).await;

    assert_eq!(before.error(), AppError::RecoveryCodeOld { card: 1, newest: 2, left: Some(4) });
    assert_eq!((before.status, &before.body), (off.status, &off.body));
    assert_eq!(before.headers.len(), off.headers.len());
    let current = world.challenged(&ana).await.recover(&codes[1]).await;
    assert_eq!(current.error(), AppError::RecoveryCodeWrong { left: Some(4) }, "it is no older card");
}

async fn rec_01_only_the_newest_older_cards_are_named(world: World) {
    let (ana, codes) = with_cards(&world, 22).await;
    assert_eq!(
        world.challenged(&ana).await.recover(&codes[0]).await.error(),
        AppError::RecoveryCodeWrong { left: Some(4) }
    );
    let named = AppError::RecoveryCodeOld { card: 2, newest: 22, left: Some(4) };
    assert_eq!(world.challenged(&ana).await.recover(&codes[1]).await.error(), named);
}

/// NIST SP 800-63B-4 §4.2.3: also the card of a sign-in that found an unsaved one, and the one of `Make a New Code`.
async fn note_01_replaced_card_is_told_once_at_each_address(world: World) {
    world.newcomer(EMAIL).await;
    let (own, home) = (Email::parse(EMAIL).unwrap(), Email::parse("ana@home.example").unwrap());
    world.service.add_address(&own, &home).await.unwrap();
    let mut browser = world.browser();
    let key = browser.start_enrolment(EMAIL).await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(world.count(MADE).await, 0, "the first card comes with the mail about the app");

    world.clock.advance(60);
    let mut next = world.browser();
    next.enter(EMAIL).await.leads_to(routes::VERIFY);
    next.verify(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let fresh = next.recovery_code().await.unwrap();
    assert_eq!(world.count(MADE).await, 2, "one letter to each address");

    let work = (0..8).map(|_| {
        let mut next = next.clone();
        async move { next.call("set-up/new-code", &[]).await }
    });
    at_once(work.collect()).await.iter().for_each(|answer| answer.leads_to(routes::RECOVERY_CODE));
    let cards = world.count("SELECT COUNT(*) FROM recovery_code").await;
    assert_eq!(world.count(MADE).await, 2 * (cards - 1), "each new card once");
    let events = "SELECT COUNT(*) FROM audit_event WHERE kind = 'recovery_code.renewed'";
    assert_eq!(world.count(events).await, cards - 1);
    let newest = next.recovery_code().await.unwrap();
    next.save_recovery_code().await;

    let mails = world.post().await;
    for address in [EMAIL, "ana@home.example"] {
        let mail = mails
            .iter()
            .find(|mail| mail.to.as_str() == address && mail.subject == "You have a new recovery code")
            .unwrap();
        let text = mail.text.expose();
        assert!(text.contains("please throw the old card away") && text.contains("network address"), "{text}");
        for secret in [&fresh, &newest, &key] {
            assert!(!text.contains(secret.as_str()) && !mail.html.expose().contains(secret.as_str()));
        }
    }
}

/// The card that a new factor brings ends the one before, if there was one.
async fn note_01_linked_factor_tells_of_the_card_that_it_ends(world: World) {
    const THROW: &str = "Please throw away your old recovery card, a new one replaces it.";
    world.newcomer(EMAIL).await;
    let mut browser = world.browser();
    let key = browser.start_enrolment(EMAIL).await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    world.clock.advance(60);
    let fields = [("password", PASSWORD), ("code", &*world.code(&key, 0))];
    browser.call("profile/phone", &fields).await.leads_to(routes::PHONE);
    browser.send_text("US", crate::support::NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;

    let mails = world.post().await;
    let text_of = |subject: &str| {
        let mail = mails.iter().find(|mail| mail.subject == subject).unwrap();
        mail.text.expose().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(!text_of("An authenticator app was linked to your account").contains(THROW), "there was no card before");
    assert!(text_of("A phone number was linked to your account").contains(THROW));
}
