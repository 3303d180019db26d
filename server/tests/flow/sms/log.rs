//! What a server tells its log about codes and numbers, at its most talkative.

use app::routes;
use serde_json::json;

use super::ANA;
use crate::support::{
    Database, NUMBER, Node, Plan, World,
    provider::{Mode, Provider},
};

#[tokio::test(flavor = "multi_thread")]
async fn sms_08_log_tells_neither_code_nor_number_sqlite() {
    sms_08_log_tells_neither_code_nor_number(Database::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sms_08_log_tells_neither_code_nor_number_postgres() {
    sms_08_log_tells_neither_code_nor_number(Database::postgres().await).await;
}

async fn sms_08_log_tells_neither_code_nor_number(database: Database) {
    let world = World::running(database.clone(), Plan::of("sms_08_log"), 0).await;
    world.newcomer(ANA).await;
    world.end().await;
    let world = World::beside(&database, Plan::of("sms_08_log, beside")).await;
    let provider = Provider::start_for(world.phones.clone()).await;
    let mut settings = provider.settings();
    settings.push(("MUSTER_LOG__LEVEL", "trace".to_owned()));
    let node = Node::start_with(database.url(), &settings).unwrap();
    let world = world.through(Node::router(&[&node]));
    let mut codes = Vec::new();

    let mut browser = world.browser();
    browser.start_phone(ANA, NUMBER).await;
    browser.get(routes::PHONE_CONFIRM).await;
    codes.push(world.phones.code());
    browser.confirm_phone(&world.phones.wrong_code()).await.is_refused();
    browser.confirm_phone(&codes[0]).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;
    let mut browser = world.texted(ANA).await;
    codes.push(world.phones.code());
    browser.submit(routes::PHONE_CODE, "sign-in/phone/code", &[("code", &codes[0])]).await;
    // Providers that tell in their answer what they were given.
    let told = json!({"error": "no route to +12015550123", "text": "123456 is your code"});
    for mode in [Mode::Says(400, told.clone()), Mode::Says(500, told), Mode::Floods] {
        provider.behave(mode);
        world.make_codes_older(30).await;
        browser.resend().await;
    }
    codes.push(world.phones.code());
    browser.verify_phone(&codes[2]).await.leads_to(routes::HOME);
    assert_eq!(world.phones.count(), 3);

    let log = node.log();
    assert!(log.contains("a text message was not handed over"), "the log is not there:\n{log}");
    // Each line begins with a time, whose digits may be anything.
    let told: Vec<_> = log.lines().filter_map(|line| line.split_once(' ')).map(|(_, told)| told).collect();
    let secrets = codes.iter().map(String::as_str).chain(["2015550123", "123456"]);
    for secret in secrets {
        assert!(!told.iter().any(|line| line.contains(secret)), "the log tells {secret}:\n{log}");
    }
    node.kill();
    drop(world);
    database.remove().await;
}
