//! The language of pages, and its picker.

use app::{Language, routes};
use axum::{
    body::Body,
    http::{StatusCode, request::Builder},
};

use crate::{
    fake::Mode,
    site::{Answer, Site, form, request},
};

async fn page(headers: &[(&str, &str)]) -> Answer {
    let request =
        headers.iter().fold(request("GET", routes::SIGN_IN), |request, (name, value)| request.header(*name, *value));
    Site::new(Mode::Stays).send(request.body(Body::empty()).unwrap()).await
}

/// A page's language, its texts for the program, and what the picker shows as chosen.
fn languages(answer: &Answer) -> [String; 2] {
    let after = |mark: &str| {
        let rest = answer.body.split_once(mark).unwrap_or_else(|| panic!("no {mark} in {}", answer.body)).1;
        rest.split('"').next().unwrap().to_owned()
    };
    let chosen = answer.body.split("<option").find(|option| option.contains("selected")).unwrap();
    [after("<html lang=\""), chosen.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()]
}

#[tokio::test]
async fn page_speaks_the_language_of_cookie_then_header_then_english() {
    for (headers, language) in [
        (&[] as &[_], "en"),
        (&[("accept-language", "de-AT,de;q=0.9")], "de"),
        (&[("accept-language", "pl, xx;q=0.9")], "en"),
        (&[("accept-language", "de"), ("cookie", "__Host-muster-language=fr")], "fr"),
        (&[("accept-language", "de"), ("cookie", "__Host-muster-language=pl")], "de"),
        (&[("accept-language", "de"), ("cookie", "__Host-muster-language=FR")], "de"),
        (&[("accept-language", "de"), ("cookie", "muster-demo-language=fr")], "de"),
    ] {
        let answer = page(headers).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(languages(&answer), [language, language], "{headers:?}");
        let warning = app::t::frame::WARNING.get(Language::of_code(language).unwrap());
        assert!(answer.body.contains(warning), "{headers:?}: {}", answer.body);
    }
}

/// The program knows texts by their place: it starts with those of this very language, or not at all.
#[tokio::test]
async fn program_is_started_with_the_texts_of_the_page_only() {
    let german = page(&[("accept-language", "de")]).await.body;
    assert!(german.contains("/pkg/muster-de.89abcdef.txt") && !german.contains("muster-en"), "{german}");
    let italian = page(&[("accept-language", "it")]).await.body;
    assert!(!italian.contains("/pkg/muster-") && !italian.contains("muster.89abcdef.wasm"), "{italian}");
}

#[tokio::test]
async fn every_language_of_the_picker_is_named_in_itself() {
    let body = page(&[("accept-language", "de")]).await.body;
    for (code, name) in
        [("en", "English"), ("es", "Español"), ("fr", "Français"), ("de", "Deutsch"), ("it", "Italiano")]
    {
        let option = body.split("<option").find(|option| option.contains(&format!("value=\"{code}\""))).unwrap();
        assert!(option.contains(&format!("lang=\"{code}\"")) && option.contains(name), "{option}");
    }
}

#[tokio::test]
async fn page_of_last_resort_speaks_the_language_too() {
    let site = Site::new(Mode::Works);
    let request = |request: Builder| request.header("accept-language", "es").header("accept", "text/html");
    let foreign = request(form("/api/sign-in/email")).header("sec-fetch-site", "cross-site");
    let answer = site.send(foreign.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        answer.body.contains("<html lang=\"es\">") && answer.body.contains("Esto no venía de una página de Muster")
    );
}

#[tokio::test]
async fn unknown_language_is_refused() {
    let site = Site::new(Mode::Works);
    for body in ["", "language=", "language=pl", "language=DE", "language=de&language=fr", "language[]=de", "lang=de"] {
        let answer = site.post("/api/language", body).await;
        assert_eq!((answer.status, answer.error()), (StatusCode::BAD_REQUEST, app::AppError::BadRequest), "{body}");
        assert!(!answer.headers.contains_key("set-cookie"), "{body}");
    }
    assert_eq!(site.fake.calls(), 0);
}

#[tokio::test]
async fn page_before_is_one_of_ours_or_none() {
    for (referer, expected) in [
        ("https://muster.example/sign-in/code", Some(routes::VERIFY)),
        ("https://muster.example/sign-in?notice=expired", Some(routes::SIGN_IN)),
        ("https://muster.example/", Some(routes::HOME)),
        ("https://muster.example/demo/outbox", Some(routes::OUTBOX)),
        ("https://muster.example/nothing", None),
        ("https://muster.example", None),
        ("https://evil.example/sign-in", None),
        ("https://muster.example.evil.example/sign-in", None),
        ("https://muster.example@evil.example/sign-in", None),
        ("//evil.example/sign-in", None),
        ("/sign-in", None),
        ("", None),
    ] {
        let site = Site::new(Mode::Works);
        let request = form("/api/language").header("referer", referer);
        site.send(request.body("language=de".into()).unwrap()).await;
        assert_eq!(site.fake.visit.lock().unwrap().as_ref().unwrap().page, expected, "{referer}");
    }
}
