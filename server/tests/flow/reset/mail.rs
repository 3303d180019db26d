//! What the mail with the link says, and to whom.

use app::{model::Email, routes};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};

use super::{NEW, answered, ask, fresh_token, opened, set};
use crate::{
    race::events,
    support::{Answer, Browser, World, both},
};

both!(
    pwd_02_links_use_the_configured_address_whatever_the_request_says,
    reset_tells_every_address_and_keeps_no_token,
    mail_with_the_link_speaks_the_language_of_the_visit_at_least,
);

const FORGED: [(&str, &str); 5] = [
    ("x-forwarded-host", "evil.example"),
    ("forwarded", "host=evil.example;proto=https"),
    ("x-forwarded-proto", "https"),
    ("x-original-host", "evil.example"),
    ("referer", "https://evil.example/password"),
];

/// Sends a form as a browser does, with more headers.
async fn forge(browser: &mut Browser, endpoint: &str, form: &'static str, headers: &[(&str, &str)]) -> Answer {
    let path = format!("/api/{endpoint}");
    let mut request = browser
        .request(Method::POST, &path)
        .header(header::ACCEPT, "application/json")
        .header(header::ORIGIN, "http://127.0.0.1:3000")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let set = request.headers_mut().unwrap();
    for (name, value) in headers {
        set.insert(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    browser.send(&path, request.body(form.into()).unwrap()).await
}

async fn pwd_02_links_use_the_configured_address_whatever_the_request_says(world: World) {
    const ASK: &str = "email=ana%40strict.example";
    world.newcomer("ana@strict.example").await;
    let mut mails = Vec::new();
    for forged in FORGED {
        let before = world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'").await;
        forge(&mut world.browser(), "password/ask", ASK, &[forged]).await.leads_to(routes::RESET_SENT);
        answered(&world, before + 1).await;
        mails.extend(world.post().await);
        world.clock.advance(3600);
    }
    assert_eq!(mails.len(), 5);
    // A notice: the link of the last mail, used under all of these headers.
    let mut browser = opened(&world, &fresh_token(&world, "ana@strict.example").await).await;
    forge(&mut browser, "password/new", "password=four+green+boats+at+noon", &FORGED)
        .await
        .leads_to(routes::RESET_DONE);
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'password-changed'").await, 1);
    mails.extend(world.post().await);
    assert!(mails.iter().any(|mail| mail.subject == "Your password was changed"));
    for mail in &mails {
        let (text, html) = (mail.text.expose(), mail.html.expose());
        assert!(!text.contains("evil.example") && !html.contains("evil.example"), "{text}");
        assert!(html.contains("href=\"http://127.0.0.1:3000/password"), "{html}");
    }
    // Another host is nobody that this server speaks for.
    world.clock.advance(3600);
    let (asked, notices) =
        (events(&world, "password.reset_asked").await, world.count("SELECT COUNT(*) FROM notice").await);
    for host in ["evil.example", "127.0.0.1:3000.evil.example", "evil.example:3000"] {
        let answer = forge(&mut world.browser(), "password/ask", ASK, &[("host", host)]).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    // What was refused has left nothing under way: the next request is answered after it.
    ask(&world, &mut world.browser(), "nobody@strict.example").await;
    assert_eq!(events(&world, "password.reset_asked").await, asked + 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM notice").await, notices, "no mail");
}

async fn reset_tells_every_address_and_keeps_no_token(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let email = Email::parse(&ana.email).unwrap();
    world.service.add_address(&email, &Email::parse("ana@home.example").unwrap()).await.unwrap();
    world.post().await;
    ask(&world, &mut world.browser(), &ana.email).await;
    let mails = world.post().await;
    let mut sent: Vec<_> = mails.iter().map(|mail| (mail.to.as_str(), mail.subject.as_str())).collect();
    sent.sort_unstable();
    let expected = [("ana@home.example", "Somebody asked for a new password"), (&ana.email, "Choose a new password")];
    assert_eq!(sent, expected);
    let link = mails.iter().find(|mail| mail.to == email).unwrap();
    let token = link.text.expose().split_once("?t=").unwrap().1.lines().next().unwrap().to_owned();
    let other = mails.iter().find(|mail| mail.to != email).unwrap();
    assert!(!other.text.expose().contains("?t=") && !other.html.expose().contains("?t="));

    set(&mut opened(&world, &token).await, NEW).await.leads_to(routes::RESET_DONE);
    let told = "SELECT COUNT(DISTINCT recipient) FROM notice WHERE kind = 'password-changed'";
    assert_eq!(world.count(told).await, 2);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset'").await, 1);
    let dump = world.database.dump().await;
    let secret = token.strip_prefix("re_").unwrap().as_bytes();
    assert!(!dump.windows(secret.len()).any(|window| window == secret), "the token is in the database");
    world.service.verify_audit_chain(None).await.unwrap();
}

async fn mail_with_the_link_speaks_the_language_of_the_visit_at_least(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    browser.set_cookie("muster-demo-language", "it");
    ask(&world, &mut browser, "ana@strict.example").await;
    let mail = world.post().await.pop().unwrap();
    assert_eq!(mail.subject, app::t::mail::RESET_SUBJECT.get(app::Language::It));
    assert!(mail.html.expose().contains("<html lang=\"it\">"), "{}", mail.html.expose());
}
