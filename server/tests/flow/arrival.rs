//! Sign-ins that succeeded and that their owner hears of all the same (NOTE-01, ASVS 5.0 6.3.5): after several wrong tries,
//! and from a browser and a network that the account does not know. Each is one mail to each address.

use app::{model::Email, routes};
use server::{domain::Role, service::Delivery};

use crate::{
    mail::smtp,
    support::{Answer, Browser, Enrolled, MailServer, NUMBER, World, at_once, both, free_port},
};

const FAILURES: &str = "signed-in-after-failures";
const PLACE: &str = "signed-in-from-new-place";
/// A browser that says what it is.
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";
/// Somewhere else than all other browsers of these tests.
const ELSEWHERE: [u8; 4] = [203, 0, 113, 7];
const DAY: i64 = 24 * 60 * 60;

/// How many mails about something there are, to each of two addresses.
async fn told(world: &World, kind: &str) -> (i64, i64) {
    let sql = "SELECT COUNT(*) FROM notice WHERE channel = 'mail' AND recipient = $1 AND kind = $2";
    let to = |address: &'static str| world.database.int(sql, vec![address.into(), kind.into()]);
    (to("ana@strict.example").await, to("ana@home.example").await)
}

async fn second_address(world: &World) {
    let (ana, home) = ("ana@strict.example", "ana@home.example");
    world.service.add_address(&Email::parse(ana).unwrap(), &Email::parse(home).unwrap()).await.unwrap();
}

/// Somebody with an app and two addresses, who has signed in before; and the browser where.
async fn ana(world: &World) -> (Enrolled, Browser) {
    let ana = world.enrolled("ana@strict.example").await;
    second_address(world).await;
    let browser = world.session_at_once(&ana).await;
    (ana, browser)
}

/// Somebody whom nothing asks for more than the password, with two addresses, who has signed in before; and the browser.
async fn ana_without_a_factor(world: &World) -> Browser {
    world.open_company("Open").await;
    world.person("ana@strict.example", "Open", Role::Member).await;
    second_address(world).await;
    let mut browser = world.browser();
    browser.enter("ana@strict.example").await.leads_to(routes::HOME);
    browser
}

/// Password, some wrong codes, and a right one.
async fn sign_in(world: &World, browser: &mut Browser, ana: &Enrolled, wrong: usize) {
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    for _ in 0..wrong {
        if browser.verify(&world.wrong_code(&ana.key)).await.location() == Some(routes::SIGN_IN) {
            browser.enter(&ana.email).await.leads_to(routes::VERIFY);
        }
    }
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    world.clock.advance(60);
}

async fn note_01_sign_in_after_three_wrong_codes_in_an_unknown_browser_is_told(world: World) {
    let (ana, _) = ana(&world).await;
    sign_in(&world, &mut world.browser(), &ana, 2).await;
    assert_eq!(told(&world, FAILURES).await, (0, 0), "two are typing errors");
    sign_in(&world, &mut world.browser().named(FIREFOX), &ana, 3).await;
    assert_eq!(told(&world, FAILURES).await, (1, 1));
    sign_in(&world, &mut world.browser(), &ana, 0).await;
    assert_eq!(told(&world, FAILURES).await, (1, 1), "the success before has ended the count");

    let code = world.code(&ana.key, 0);
    let mails = world.post().await;
    let mail = mails.iter().find(|mail| mail.subject == "Somebody signed in after several wrong tries").unwrap();
    let (text, html) = (mail.text.expose(), mail.html.expose());
    for words in ["When: Tuesday", "Where: network address 10.1.0.2", "Device: Firefox, Linux", "Wrong tries before: 3"]
    {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert!(text.contains("Was it not you?") && text.contains("http://127.0.0.1:3000/password\n"), "{text}");
    for secret in [&ana.key, &world.wrong_code(&ana.key), &code, &ana.recovery] {
        assert!(!text.contains(secret.as_str()) && !html.contains(secret.as_str()));
    }
}

async fn note_01_owner_who_mistypes_in_a_known_browser_gets_a_mail_after_five(world: World) {
    let (ana, mut browser) = ana(&world).await;
    sign_in(&world, &mut browser, &ana, 4).await;
    assert_eq!(told(&world, FAILURES).await, (0, 0));
    sign_in(&world, &mut browser, &ana, 5).await;
    assert_eq!(told(&world, FAILURES).await, (1, 1));
    // What strangers mistype is theirs: the owner comes in as usual.
    let mut stranger = world.challenged(&ana).await;
    for _ in 0..4 {
        stranger.verify(&world.wrong_code(&ana.key)).await.is_refused();
    }
    sign_in(&world, &mut browser, &ana, 0).await;
    assert_eq!(told(&world, FAILURES).await, (1, 1));
}

async fn note_01_new_browser_in_a_new_network_is_told_once(world: World) {
    let mut phone = world.browser();
    world.newcomer("ana@strict.example").await;
    second_address(&world).await;
    let ana = phone.enrol(&world, "ana@strict.example").await;
    world.clock.advance(60);
    assert_eq!(told(&world, PLACE).await, (0, 0), "nobody is told of their first sign-in");

    sign_in(&world, &mut phone, &ana, 0).await;
    sign_in(&world, &mut phone.clone().at([198, 51, 100, 1]), &ana, 0).await;
    assert_eq!(told(&world, PLACE).await, (0, 0), "the own phone is on the way");
    for _ in 0..3 {
        sign_in(&world, &mut world.browser(), &ana, 0).await;
    }
    sign_in(&world, &mut world.browser().at([198, 51, 100, 200]), &ana, 0).await;
    assert_eq!(told(&world, PLACE).await, (0, 0), "cookies are cleared where the account is used");

    let mut stranger = world.browser().at(ELSEWHERE).named(FIREFOX);
    sign_in(&world, &mut stranger, &ana, 0).await;
    assert_eq!(told(&world, PLACE).await, (1, 1));
    sign_in(&world, &mut stranger, &ana, 0).await;
    sign_in(&world, &mut world.browser().at([203, 0, 113, 200]), &ana, 0).await;
    assert_eq!(told(&world, PLACE).await, (1, 1), "once for one place");

    let mails = world.post().await;
    let mail = mails.iter().find(|mail| mail.subject == "Somebody signed in from a new place").unwrap();
    for words in ["When: Tuesday", "Where: network address 203.0.113.7", "Device: Firefox, Linux", "Was it not you?"] {
        assert!(mail.text.expose().contains(words), "{words} is not in {}", mail.text.expose());
    }
    let page = stranger.get(routes::SECURITY).await.text();
    assert!(page.contains("Signed in from a new place"), "{page}");
}

/// No matter how somebody comes in: with a text message, a recovery card, or the password alone.
async fn note_01_every_way_in_is_told(world: World) {
    world.with_phone("ana@strict.example", NUMBER).await;
    second_address(&world).await;
    let mut browser = world.browser().at(ELSEWHERE);
    browser.enter("ana@strict.example").await.leads_to(routes::PHONE_CODE);
    for _ in 0..3 {
        browser.verify_phone(&world.phones.wrong_code()).await.is_refused();
    }
    browser.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    assert_eq!((told(&world, FAILURES).await, told(&world, PLACE).await), ((1, 1), (1, 1)));

    let bob = world.enrolled("bob@strict.example").await;
    world.signed_in(&bob).await;
    let carol = world.enrolled("carol@strict.example").await;
    let mut browser = world.browser().at(ELSEWHERE);
    browser.enter(&bob.email).await.leads_to(routes::VERIFY);
    for _ in 0..3 {
        browser.recover(&carol.recovery).await.is_refused();
    }
    browser.recover(&bob.recovery).await.leads_to(routes::RECOVERY_CODE);
    let to_bob = "SELECT COUNT(*) FROM notice WHERE recipient = 'bob@strict.example' AND kind = $1";
    for kind in [FAILURES, PLACE, "recovery-code-used"] {
        assert_eq!(world.database.int(to_bob, vec![kind.into()]).await, 1, "{kind}");
    }
}

async fn note_01_sign_in_by_password_alone_is_told(world: World) {
    let mut browser = ana_without_a_factor(&world).await;
    let email = "ana@strict.example";
    assert_eq!(told(&world, PLACE).await, (0, 0), "nobody is told of their first sign-in");
    for address in [[198, 51, 100, 1], [198, 51, 101, 1]] {
        browser = browser.at(address);
        browser.enter(email).await.leads_to(routes::HOME);
    }
    assert_eq!(told(&world, PLACE).await, (0, 0), "the own phone is on the way");

    let mut stranger = world.browser().at(ELSEWHERE);
    for _ in 0..4 {
        stranger.enter_with(email, "wrong wrong wrong").await.is_refused();
    }
    stranger.enter(email).await.leads_to(routes::HOME);
    assert_eq!((told(&world, FAILURES).await, told(&world, PLACE).await), ((0, 0), (1, 1)));
    let mut other = world.browser();
    for _ in 0..5 {
        other.enter_with(email, "wrong wrong wrong").await.is_refused();
    }
    other.enter(email).await.leads_to(routes::HOME);
    other.enter(email).await.leads_to(routes::HOME);
    assert_eq!(told(&world, FAILURES).await, (1, 1));
}

/// The password of somebody who has no factor yet marks their browser, and buys no guesses at a later one.
async fn flow_20_mark_of_a_password_alone_has_no_budget_of_its_own(world: World) {
    let mut browser = ana_without_a_factor(&world).await;
    world.enrol("ana@strict.example").await;
    browser.enter("ana@strict.example").await.leads_to(routes::VERIFY);
    assert_eq!(world.count("SELECT known FROM sign_in").await, 0);
}

pub(crate) async fn note_01_many_sign_ins_at_once_are_told_once(world: World) {
    ana_without_a_factor(&world).await;
    let mut stranger = world.browser().at(ELSEWHERE);
    // With those that are under way, fewer than pause the account.
    for _ in 0..5 {
        stranger.enter_with("ana@strict.example", "wrong wrong wrong").await.is_refused();
    }
    let tries = world.browsers(4).into_iter().map(|browser| {
        let mut browser = browser.at(ELSEWHERE);
        async move { browser.enter("ana@strict.example").await }
    });
    let answers = at_once(tries.collect::<Vec<_>>()).await;
    assert!(answers.iter().all(Answer::is_ok));
    assert_eq!((told(&world, FAILURES).await, told(&world, PLACE).await), ((1, 1), (1, 1)));
}

pub(crate) async fn note_01_many_right_codes_at_once_are_told_once(world: World) {
    let (ana, _) = ana(&world).await;
    let mut halves = Vec::new();
    for _ in 0..8 {
        let mut browser = world.browser().at(ELSEWHERE);
        browser.enter(&ana.email).await.leads_to(routes::VERIFY);
        halves.push(browser);
    }
    for browser in halves.iter_mut().take(4) {
        browser.verify(&world.wrong_code(&ana.key)).await.is_refused();
    }
    // One code: with the next one as well, those whom the first has left behind were failures before a second sign-in.
    let code = world.code(&ana.key, 0);
    let tries = halves.into_iter().map(|mut browser| {
        let code = code.clone();
        async move { browser.verify(&code).await }
    });
    let answers = at_once(tries.collect::<Vec<_>>()).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(told(&world, PLACE).await, (1, 1));
    assert_eq!(told(&world, FAILURES).await, (1, 1));
}

/// What is kept: one row for a network, for 90 days, and of each person the last one, so that a sign-in after a long absence is
/// not taken for the first.
async fn note_01_networks_are_forgotten_and_a_long_absence_is_none(world: World) {
    let (ana, _) = ana(&world).await;
    let networks = "SELECT COUNT(*) FROM seen_network";
    sign_in(&world, &mut world.browser().at([198, 51, 100, 1]), &ana, 0).await;
    world.clock.advance(2 * DAY);
    for host in [1, 2, 3] {
        sign_in(&world, &mut world.browser().at([10, 1, 0, host]), &ana, 0).await;
    }
    assert_eq!((world.count(networks).await, told(&world, PLACE).await), (2, (1, 1)));
    assert_eq!(
        world.count("SELECT COUNT(*) FROM seen_network WHERE seen_at > first_at").await,
        1,
        "noted again after a day"
    );

    world.clock.advance(89 * DAY);
    world.service.purge().await.unwrap();
    assert_eq!(world.count(networks).await, 1, "the older one is forgotten");
    world.clock.advance(300 * DAY);
    world.service.purge().await.unwrap();
    assert_eq!(world.count(networks).await, 1, "the last one stays");
    sign_in(&world, &mut world.browser().at([198, 51, 100, 1]), &ana, 0).await;
    assert_eq!(told(&world, PLACE).await, (2, 2));
}

async fn note_01_told_once_when_the_mail_server_was_away_for_an_hour(world: World) {
    let (ana, _) = ana(&world).await;
    world.post().await;
    sign_in(&world, &mut world.browser().at(ELSEWHERE), &ana, 3).await;
    let port = free_port();
    let mailer = smtp(port);
    for _ in 0..60 {
        while world.service.deliver_one(&mailer).await.unwrap() != Delivery::Idle {}
        world.clock.advance(60);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE state = 'waiting' AND problem <> ''").await, 4);

    let mut server = MailServer::start(serde_json::json!({ "security": "plain", "port": port })).await;
    for _ in 0..100 {
        while world.service.deliver_one(&mailer).await.unwrap() != Delivery::Idle {}
        world.clock.advance(60);
    }
    let arrived = server.all("mail").await;
    let mut arrived: Vec<_> =
        arrived.iter().map(|mail| format!("{} {}", mail["subject"], mail["recipients"])).collect();
    arrived.sort();
    let (failures, place) = ("Somebody signed in after several wrong tries", "Somebody signed in from a new place");
    let expected = [(failures, "home"), (failures, "strict"), (place, "home"), (place, "strict")];
    assert_eq!(arrived, expected.map(|(subject, at)| format!(r#""{subject}" ["ana@{at}.example"]"#)));
}

/// The step that many take at once asks nothing more of the database than it would without all this: it works without the table.
async fn note_01_usual_second_step_asks_nothing_of_the_networks(world: World) {
    let (ana, mut browser) = ana(&world).await;
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    world.database.define("ALTER TABLE seen_network RENAME TO away").await;
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

both!(
    note_01_sign_in_after_three_wrong_codes_in_an_unknown_browser_is_told,
    note_01_owner_who_mistypes_in_a_known_browser_gets_a_mail_after_five,
    note_01_new_browser_in_a_new_network_is_told_once,
    note_01_every_way_in_is_told,
    note_01_sign_in_by_password_alone_is_told,
    note_01_many_sign_ins_at_once_are_told_once,
    note_01_many_right_codes_at_once_are_told_once,
    note_01_networks_are_forgotten_and_a_long_absence_is_none,
    note_01_told_once_when_the_mail_server_was_away_for_an_hour,
    note_01_usual_second_step_asks_nothing_of_the_networks,
    flow_20_mark_of_a_password_alone_has_no_budget_of_its_own,
);
