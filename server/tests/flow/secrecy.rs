//! What a whole life of an account leaves in the log, in the pages, and in the browser's cookies.

use app::routes;

use crate::{
    reset::NEW,
    support::{Browser, Database, MailServer, NUMBER, Node, PASSWORD, Plan, World, provider::Provider},
};

const ANA: &str = "ana@strict.example";
const MISTYPED: &str = "mistyped muster test";

/// A process that tells its log all it has to tell, and everything that it talks to.
struct Scene {
    world: World,
    node: Node,
    mails: MailServer,
}

/// What was seen, and what of it nobody else may learn.
#[derive(Default)]
struct Life {
    browsers: Vec<Browser>,
    secrets: Vec<String>,
    /// Setup keys, which stand in the secrets too.
    keys: Vec<String>,
}

impl Scene {
    async fn start(database: &Database) -> Self {
        let world = World::running(database.clone(), Plan::of("whole life"), 0).await;
        world.newcomer(ANA).await;
        world.end().await;
        let world = World::beside(database, Plan::of("whole life, beside")).await;
        let (provider, mails) = (Provider::start_for(world.phones.clone()).await, MailServer::plain().await);
        let mut settings = [provider.settings(), mails.settings()].concat();
        settings.push(("MUSTER_LOG__LEVEL", "trace".to_owned()));
        let node = Node::start_with(database.url(), &settings).unwrap();
        Self { world: world.through(Node::router(&[&node])), node, mails }
    }

    /// What the app shows, to be used as if no code had been used yet.
    async fn shown(&self, key: &str, life: &mut Life) -> String {
        self.world.make_steps_older().await;
        let code = self.world.code(key, 0);
        life.secrets.push(code.clone());
        code
    }

    /// The token in the next mail that has one.
    async fn link(&mut self) -> String {
        loop {
            let mail = self.mails.next("mail").await;
            if let Some((_, rest)) = mail["text"].as_str().unwrap().split_once("/password/link?t=") {
                return rest.split_whitespace().next().unwrap().to_owned();
            }
        }
    }
}

impl Life {
    fn key(&mut self, key: &str) {
        let bytes = data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap();
        self.secrets.extend([key.to_owned(), data_encoding::HEXLOWER.encode(&bytes)]);
        self.keys.push(key.to_owned());
    }

    /// The card that the page shows once.
    async fn card(&mut self, browser: &mut Browser) -> String {
        let code = browser.recovery_code().await.unwrap();
        browser.get(routes::RECOVERY_CODE).await;
        self.secrets.extend([code.clone(), code.replace('-', "")]);
        code
    }

    fn over(&mut self, browser: Browser) {
        let tokens = browser.cookies_given().iter().filter_map(|cookie| {
            let value = cookie.split(';').next()?.split_once('=')?.1;
            (value.len() >= 20).then(|| value.to_owned())
        });
        self.secrets.extend(tokens);
        self.browsers.push(browser);
    }
}

/// An enrolment, a language and a look, another app, and a phone beside it: the key of the app that counts.
async fn enrolment(scene: &Scene, life: &mut Life) -> (Browser, String) {
    let world = &scene.world;
    let mut browser = world.browser();
    browser.get(routes::SIGN_IN).await;
    browser.enter_with(ANA, MISTYPED).await.is_refused();
    let first = browser.start_enrolment(ANA).await;
    browser.get(routes::AUTHENTICATOR).await;
    life.key(&first);
    browser.confirm(&world.wrong_code(&first)).await.is_refused();
    browser.post("set-up/authenticator", "application/json", "{").await.is_refused();
    let code = world.code(&first, 0);
    browser.confirm(&code).await.leads_to(routes::RECOVERY_CODE);
    life.secrets.push(code);
    life.card(&mut browser).await;
    browser.save_recovery_code().await;
    browser.call("language", &[("language", "de")]).await;
    browser.call("profile/theme", &[("theme", "dark")]).await.leads_to(routes::SECURITY);
    browser.get(routes::SECURITY).await;

    let code = scene.shown(&first, life).await;
    browser.confirm_with("profile/authenticator", &code).await.leads_to(routes::AUTHENTICATOR);
    browser.get(routes::AUTHENTICATOR).await;
    let key = browser.setup_key().await;
    life.key(&key);
    let code = world.code(&key, 0);
    browser.confirm(&code).await.leads_to(routes::RECOVERY_CODE);
    life.secrets.push(code);
    life.card(&mut browser).await;
    browser.save_recovery_code().await;
    (browser, key)
}

async fn phone(scene: &Scene, life: &mut Life, browser: &mut Browser, key: &str) -> String {
    let world = &scene.world;
    let code = scene.shown(key, life).await;
    browser.confirm_with("profile/phone", &code).await.leads_to(routes::PHONE);
    browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
    browser.confirm_phone(&world.phones.wrong_code()).await.is_refused();
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
    let card = life.card(browser).await;
    browser.save_recovery_code().await;
    world.make_codes_older(30).await;
    let mut texted = world.browser();
    texted.enter(ANA).await.leads_to(routes::CHOOSE);
    texted.call("sign-in/phone", &[]).await.leads_to(routes::PHONE_CODE);
    texted.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
    texted.call("sign-out", &[]).await;
    life.over(texted);
    life.secrets.extend(world.phones.codes());
    card
}

/// The database fails in the middle of a step, and a record of it is damaged: the two classes of faults behind a step.
async fn faults(scene: &Scene, life: &mut Life, key: &str) {
    let world = &scene.world;
    let mut browser = world.browser();
    browser.enter(ANA).await.leads_to(routes::CHOOSE);
    let code = scene.shown(key, life).await;
    world.database.define("ALTER TABLE session RENAME TO session_away").await;
    assert!(browser.verify(&code).await.status.is_server_error());
    world.database.define("ALTER TABLE session_away RENAME TO session").await;
    let read = "SELECT secret FROM factor WHERE method = 'authenticator' AND state = 'active'";
    let write = "UPDATE factor SET secret = $1 WHERE method = 'authenticator' AND state = 'active'";
    let right = world.database.blob(read, Vec::new()).await;
    let damaged = right.iter().rev().copied().collect::<Vec<_>>();
    world.database.change(write, vec![damaged.into()]).await;
    assert!(browser.verify(&code).await.status.is_server_error());
    world.database.change(write, vec![right.into()]).await;
    browser.verify(&code).await.leads_to(routes::HOME);
    browser.call("sign-out", &[]).await;
    life.over(browser);
}

/// The recovery code, and a new password by mail.
async fn recovery(scene: &mut Scene, life: &mut Life, key: &str, card: &str) {
    let mut browser = scene.world.browser();
    browser.enter(ANA).await.leads_to(routes::CHOOSE);
    browser.recover(card).await.leads_to(routes::RECOVERY_CODE);
    life.card(&mut browser).await;
    browser.save_after_recovery().await;
    life.over(browser);

    let mut browser = scene.world.browser();
    browser.call("password/ask", &[("email", ANA)]).await.leads_to(routes::RESET_SENT);
    let token = scene.link().await;
    browser.get(&format!("/password/link?t={token}")).await;
    browser.call("password/new", &[("password", NEW)]).await.leads_to(routes::RESET_DONE);
    browser.enter_with(ANA, NEW).await.leads_to(routes::CHOOSE);
    let code = scene.shown(key, life).await;
    browser.verify(&code).await.leads_to(routes::HOME);
    life.secrets.push(token);
    life.over(browser);
}

#[tokio::test(flavor = "multi_thread")]
async fn qr_04_web_05_web_10_whole_life_leaves_no_secret_sqlite() {
    whole_life_leaves_no_secret(Database::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn qr_04_web_05_web_10_whole_life_leaves_no_secret_postgres() {
    whole_life_leaves_no_secret(Database::postgres().await).await;
}

async fn whole_life_leaves_no_secret(database: Database) {
    let mut scene = Scene::start(&database).await;
    let mut life = Life::default();
    life.secrets.extend([PASSWORD, MISTYPED, NEW, NUMBER.trim_start_matches('+')].map(str::to_owned));
    let (mut browser, key) = enrolment(&scene, &mut life).await;
    let card = phone(&scene, &mut life, &mut browser, &key).await;
    life.over(browser);
    faults(&scene, &mut life, &key).await;
    recovery(&mut scene, &mut life, &key, &card).await;

    log_is_clean(&scene.node.log(), &life.secrets, database.url());
    keys_stand_on_their_page_alone(&life);
    cookies_are_bound_to_this_host(&life);
    scene.node.kill();
    drop((life, scene.world));
    database.remove().await;
}

/// Nothing of a person, and nothing of how the server is made: no statement, no path, no stack (WEB-05).
fn log_is_clean(log: &str, secrets: &[String], database: &str) {
    assert_eq!(log.matches("a step failed").count(), 2, "the log is not there:\n{log}");
    // Each line begins with a time, whose digits may be anything.
    let told: Vec<_> = log.lines().filter_map(|line| line.split_once(' ')).map(|(_, told)| told).collect();
    assert!(secrets.len() > 40, "{} secrets", secrets.len());
    let path = database.split_once(':').unwrap().1;
    let inside = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", " FROM ", ".rs", "/src/", "backtrace", "panicked", path];
    for secret in secrets.iter().map(String::as_str).chain(inside) {
        assert!(!told.iter().any(|line| line.contains(secret)), "the log tells {secret}:\n{log}");
    }
}

fn keys_stand_on_their_page_alone(life: &Life) {
    let heard = life.browsers.iter().flat_map(Browser::heard);
    let mut shown = 0;
    for (path, text) in heard {
        if life.keys.iter().any(|key| text.contains(key)) {
            assert!([routes::AUTHENTICATOR, "/api/page/authenticator"].contains(&path.as_str()), "{path}: {text}");
            shown += 1;
        }
    }
    assert!(shown >= life.keys.len(), "{shown} pages showed a key at all");
}

fn cookies_are_bound_to_this_host(life: &Life) {
    let cookies: Vec<_> = life.browsers.iter().flat_map(Browser::cookies_given).collect();
    let mut kinds = std::collections::BTreeSet::new();
    for cookie in cookies {
        let mut parts = cookie.split(';').map(str::trim);
        let name = parts.next().unwrap().split('=').next().unwrap();
        assert!(name.starts_with("__Host-muster-"), "{cookie}");
        kinds.insert(name);
        let attributes: Vec<_> = parts.map(str::to_ascii_lowercase).collect();
        for needed in ["path=/", "secure", "httponly"] {
            assert!(attributes.iter().any(|attribute| attribute == needed), "{needed} is missing: {cookie}");
        }
        let same_site = ["samesite=lax", "samesite=strict"];
        assert!(attributes.iter().any(|attribute| same_site.contains(&attribute.as_str())), "{cookie}");
        assert!(!attributes.iter().any(|attribute| attribute.starts_with("domain")), "{cookie}");
        // RFC 6265 §6.1: a browser has to take as much.
        assert!(cookie.len() < 4096, "{} bytes: {name}", cookie.len());
    }
    assert_eq!(kinds.len(), 7, "every kind was given: {kinds:?}");
}
