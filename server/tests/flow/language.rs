//! The picker of the language: what it changes, and where it leads back to.

use app::{
    AppError, Language,
    model::{Email, Secret},
    routes, t,
};
use axum::{body::Body, http::Method};

use crate::support::{Browser, NUMBER, PASSWORD, World, both};

both!(
    picked_language_stays_on_the_page_and_beats_the_browsers,
    unknown_language_or_foreign_form_changes_nothing,
    page_that_shows_a_code_once_has_no_picker,
    language_of_the_signed_in_person_beats_the_browsers,
    mails_speak_the_language_that_the_person_chose_or_last_saw,
    spoken_number_needs_no_article_and_no_case_in_any_language,
);

const COOKIE: &str = "muster-demo-language";

/// The language of a page, as a screen reader is told.
async fn language(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await.text();
    page.split_once("<html lang=\"").unwrap().1.split('"').next().unwrap().to_owned()
}

async fn picked_language_stays_on_the_page_and_beats_the_browsers(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.browser();
    browser.call("sign-in/email", &[("email", &ana.email)]).await;
    browser.call("sign-in/password", &[("email", &ana.email), ("password", PASSWORD)]).await.leads_to(routes::VERIFY);
    assert_eq!(language(&mut browser, routes::VERIFY).await, "en");
    for code in ["es", "de", "en", "it", "fr"] {
        let (page, answer) = browser.submit(routes::VERIFY, "language", &[("language", code)]).await;
        assert_eq!(page, routes::VERIFY, "back to the page, with the sign-in where it was");
        assert!(answer.text().contains(&format!("<html lang=\"{code}\"")));
    }
    let request = browser.request(Method::GET, routes::VERIFY).header("accept-language", "it");
    let page = browser.send(routes::VERIFY, request.body(Body::empty()).unwrap()).await;
    assert!(page.text().contains("<html lang=\"fr\""), "the choice beats what the browser asks for");
    for (from, to) in [("/sign-in/code?x=y", routes::VERIFY), ("/elsewhere", routes::HOME), ("", routes::HOME)] {
        let answer = browser.submit_only(from, "language", &[("language", "de")]).await;
        assert_eq!(answer.header("location"), Some(to), "from {from:?}");
    }
    browser.call("sign-in/code", &[("code", &world.code(&ana.key, 1))]).await.leads_to(routes::HOME);
    assert_eq!(language(&mut browser, routes::HOME).await, "de");
    browser.call("sign-out", &[]).await;
    assert_eq!(language(&mut browser, routes::SIGN_IN).await, "de", "the browser keeps it after a sign-out");
}

async fn unknown_language_or_foreign_form_changes_nothing(world: World) {
    let mut browser = world.browser();
    browser.call("language", &[("language", "es")]).await.leads_to(routes::HOME);
    for wrong in ["", "pl", "ES", "es-MX", "../de", "<b>"] {
        let answer = browser.call("language", &[("language", wrong)]).await;
        assert_eq!(answer.error(), AppError::BadRequest, "{wrong:?}");
    }
    for origin in ["https://evil.example", "null"] {
        let request = browser
            .request(Method::POST, "/api/language")
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = browser.send("/api/language", request.body("language=de".into()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), 403, "{origin}");
    }
    assert_eq!(browser.cookie(COOKIE), Some("es"));
    assert_eq!(language(&mut browser, routes::SIGN_IN).await, "es");
}

/// Left out by the server, whatever the browser makes of style sheets.
async fn page_that_shows_a_code_once_has_no_picker(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    let has_picker =
        async |browser: &mut Browser, page: &str| browser.get(page).await.text().contains("action=\"/api/language\"");
    assert!(has_picker(&mut browser, routes::AUTHENTICATOR).await);
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let page = browser.get(routes::RECOVERY_CODE).await.text();
    assert!(page.contains("id=\"recovery\"") && !page.contains("/api/language"), "{page}");
    assert!(!has_picker(&mut browser, &format!("{}?x=y", routes::RECOVERY_CODE)).await);
    browser.call("set-up/new-code", &[]).await;
    browser.save_recovery_code().await;
    assert!(has_picker(&mut browser, routes::HOME).await);
}

async fn language_of_the_signed_in_person_beats_the_browsers(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.browser();
    browser.set_cookie(COOKIE, "es");
    browser.call("sign-in/email", &[("email", &ana.email)]).await;
    browser.call("sign-in/password", &[("email", &ana.email), ("password", PASSWORD)]).await;
    browser.call("language", &[("language", "de")]).await;
    assert_eq!(
        world.count("SELECT COUNT(*) FROM person WHERE language IS NOT NULL").await,
        0,
        "a password is not enough"
    );
    browser.call("sign-in/code", &[("code", &world.code(&ana.key, 1))]).await.leads_to(routes::HOME);
    browser.call("language", &[("language", "it")]).await.leads_to(routes::HOME);
    assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE language = 'it'").await, 1);

    // Another browser of hers still has its own choice in the cookie.
    browser.set_cookie(COOKIE, "fr");
    let home = browser.get(routes::HOME).await.text();
    assert!(home.contains("<html lang=\"it\""), "{home}");
    assert!(home.contains(app::t::home::TITLE.get(app::Language::It)) && home.contains(" gennaio 2030, "), "{home}");
    browser.call("sign-out", &[]).await;
    assert_eq!(language(&mut browser, routes::SIGN_IN).await, "fr");
}

/// The subject and the language of the one mail that waits.
async fn mail(world: &World) -> (String, String) {
    let mut mails = world.post().await;
    let mail = mails.pop().expect("a mail was written");
    assert!(mails.is_empty(), "{mails:?}");
    let html = mail.html.expose().split_once("<html lang=\"").unwrap().1;
    (mail.subject, html.split('"').next().unwrap().to_owned())
}

fn about(subject: app::text::Text, language: Language) -> (String, String) {
    (subject.get(language).to_owned(), language.code().to_owned())
}

async fn mails_speak_the_language_that_the_person_chose_or_last_saw(world: World) {
    world.newcomer("ana@strict.example").await;
    let email = Email::parse("ana@strict.example").unwrap();
    let changed = async |password: &str| world.service.set_password(&email, &Secret::new(password)).await.unwrap();

    // Nobody knows anything yet.
    changed(PASSWORD).await;
    assert_eq!(mail(&world).await, about(t::mail::PASSWORD_CHANGED_SUBJECT, Language::En));
    // The visit itself says it, and what was seen there is kept for later.
    let mut browser = world.browser();
    browser.set_cookie(COOKIE, "es");
    let ana = browser.enrol(&world, "ana@strict.example").await;
    assert_eq!(mail(&world).await, about(t::mail::AUTHENTICATOR_LINKED_SUBJECT, Language::Es));
    changed(PASSWORD).await;
    assert_eq!(mail(&world).await, about(t::mail::PASSWORD_CHANGED_SUBJECT, Language::Es));

    // Whoever is not signed in yet may be a stranger; from then on it is the person.
    let mut browser = world.browser();
    browser.set_cookie(COOKIE, "fr");
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(mail(&world).await, about(t::mail::RECOVERY_CODE_USED_SUBJECT, Language::Es));
    browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;
    changed(PASSWORD).await;
    assert_eq!(mail(&world).await, about(t::mail::PASSWORD_CHANGED_SUBJECT, Language::Fr));

    // A choice stands, whatever browsers ask for.
    world.clock.advance(60);
    let mut browser = world.signed_in(&ana).await;
    browser.call("language", &[("language", "de")]).await.leads_to(routes::HOME);
    browser.set_cookie(COOKIE, "it");
    browser.get(routes::HOME).await;
    changed(PASSWORD).await;
    assert_eq!(mail(&world).await, about(t::mail::PASSWORD_CHANGED_SUBJECT, Language::De));
}

/// A screen reader says the number in the middle of sentences such as "Wir haben um 9:00 Uhr eine SMS an … geschickt".
async fn spoken_number_needs_no_article_and_no_case_in_any_language(world: World) {
    world.with_phone("ana@strict.example", NUMBER).await;
    let mut browser = world.texted("ana@strict.example").await;
    for (code, spoken) in [
        ("en", "+1 (ends in 23)"),
        ("es", "+1 (termina en 23)"),
        ("fr", "+1 (finit par 23)"),
        ("de", "+1 (endet auf 23)"),
        ("it", "+1 (finisce con 23)"),
    ] {
        let (_, page) = browser.submit(routes::PHONE_CODE, "language", &[("language", code)]).await;
        let hidden = format!("<span class=\"vh\">{spoken}</span>");
        assert!(page.text().contains(&hidden), "{code}: {}", page.text());
    }
}
