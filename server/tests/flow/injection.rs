//! Statements for the database in every field, cookie and address: they stay text (DB-12).

use app::{AppError, routes};
use axum::http::StatusCode;
use url::form_urlencoded::byte_serialize;

use crate::{
    fault::SESSIONS,
    reset::{opened, set},
    support::{NUMBER, PASSWORD, World, both},
};

both!(
    db_12_injections_before_the_second_factor_are_only_text,
    db_12_injections_in_a_session_are_only_text,
    db_12_injections_of_a_provider_are_only_text,
);

const CORPUS: [&str; 10] = [
    "' OR '1'='1",
    "'; DROP TABLE person; --",
    "\" OR \"\"=\"",
    "' UNION SELECT id, email, name, password_hash FROM person --",
    "x' AND 1=randomblob(1000000000) --",
    "'||(SELECT pg_sleep(30))||'",
    "$1",
    "%' OR email LIKE '%",
    "\\'; --",
    "ana@strict.example' --",
];

async fn db_12_injections_before_the_second_factor_are_only_text(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    for text in CORPUS {
        let mut browser = world.browser();
        browser.call("sign-in/email", &[("email", text)]).await.is_refused();
        browser.call("password/ask", &[("email", text)]).await.is_refused();
        let token: String = byte_serialize(text.as_bytes()).collect();
        assert_eq!(set(&mut opened(&world, &token).await, PASSWORD).await.error(), AppError::Expired);
        browser.call("sign-in/password", &[("email", text), ("password", text)]).await.is_refused();
        browser.enter_with(&ana.email, text).await.is_refused();
        world.clock.advance(901);
        let mut browser = world.challenged(&ana).await;
        browser.verify(text).await.is_refused();
        browser.recover(text).await.is_refused();
        browser.call("set-up/method", &[("method", text)]).await.is_refused();
        browser.call("set-up/saved", &[("number", "1"), ("saved", text)]).await.is_refused();
        browser.call("set-up/saved", &[("number", text), ("saved", "yes")]).await.is_refused();
        let mut forged = world.browser();
        for cookie in ["session", "sign-in", "entry", "device", "reset", "language", "theme"] {
            forged.set_cookie(&format!("muster-demo-{cookie}"), &text.replace([';', ' ', '"', '\\'], "_"));
        }
        assert_eq!(forged.session().await, StatusCode::UNAUTHORIZED);
        forged.verify("000000").await.is_refused();
        assert!(forged.get(routes::SIGN_IN).await.text().contains("<html lang=\"en\""));
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM person").await, 1);
    assert_eq!(world.count(SESSIONS).await, 0);
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

async fn db_12_injections_in_a_session_are_only_text(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let mut password = PASSWORD.to_owned();
    for text in CORPUS {
        world.clock.advance(60);
        let code = world.code(&ana.key, 0);
        browser.call("profile/session/end", &[("session", text)]).await.is_refused();
        browser.call("language", &[("language", text)]).await.is_refused();
        browser.call("profile/theme", &[("theme", text)]).await.is_refused();
        assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE theme IS NULL").await, 1);
        browser.call("profile/phone", &[("password", text), ("code", &code)]).await.is_refused();
        browser.call("profile/phone", &[("password", &password), ("code", text)]).await.is_refused();
        // A password may be any text, so this one is taken as it is, where it is long enough and names nobody.
        let fields = [("password", &*password), ("code", &code), ("new_password", text)];
        let changed = browser.call("profile/password", &fields).await;
        if changed.is_ok() {
            text.clone_into(&mut password);
            world.browser().enter_with(&ana.email, text).await.leads_to(routes::VERIFY);
        } else {
            assert!(matches!(changed.error(), AppError::PasswordShort | AppError::PasswordPersonal), "{text}");
        }
    }
    assert_ne!(password, PASSWORD);
    assert_eq!((world.count("SELECT COUNT(*) FROM person").await, world.live_sessions().await), (1, 1));

    world.newcomer("new@strict.example").await;
    let mut browser = world.browser();
    browser.start_phone("new@strict.example", NUMBER).await;
    for text in CORPUS {
        browser.send_text(text, NUMBER).await.is_refused();
        browser.send_text("US", text).await.is_refused();
        browser.confirm_phone(text).await.is_refused();
    }
    assert_eq!(world.phones.count(), 1);
    browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
}

/// Signed by nobody: nothing is even looked for. What a provider signs is read into an id and a word first.
async fn db_12_injections_of_a_provider_are_only_text(world: World) {
    for text in CORPUS {
        let (quoted, mut browser): (String, _) = (byte_serialize(text.as_bytes()).collect(), world.browser());
        for path in
            [format!("/api/sms/{quoted}"), format!("/api/sms/http?id={quoted}"), format!("/api/sms/twilio?id={quoted}")]
        {
            let json = serde_json::json!({ "id": text, "status": text }).to_string();
            for body in [json, format!("MessageSid={quoted}&MessageStatus={quoted}&To={quoted}")] {
                let headers = [("muster-signature", "00"), ("x-twilio-signature", "AAAA"), ("muster-timestamp", text)];
                browser.report(&path, &headers, body).await.is_refused();
            }
        }
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM person").await, 0);
}

/// sqlx takes text that is put together at run time only behind this name.
#[test]
fn db_12_no_statement_is_put_together_at_run_time() {
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                let text = std::fs::read(&path).unwrap();
                let found = text.windows(13).any(|window| window == b"AssertSqlSafe");
                assert!(!found, "{}", path.display());
            }
        }
    }
    assert!(files > 20, "{files} files were read");
}
