//! The QR code and the secret in it (catalogue 3.5, QR).

use std::collections::HashMap;

use app::{model::AuthenticatorView, routes};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use server::domain::otpauth_uri;
use url::Url;

use crate::support::{Otpauth, Question, World, ask_otplib, ask_pyotp, both, code_at, decode_svg_path};

both!(
    qr_01_decoded_code_gives_the_secret_issuer_and_label,
    qr_01_odd_issuers_and_labels_survive_the_code,
    qr_02_page_is_never_kept,
    qr_03_secret_never_served_after_confirmation,
    qr_04_secret_only_on_the_enrolment_answer,
);

async fn qr_01_decoded_code_gives_the_secret_issuer_and_label(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    let view: AuthenticatorView = browser.view("authenticator").await.unwrap();
    let page = browser.get(routes::AUTHENTICATOR).await;
    assert!(page.is_ok());
    assert!(page.text().contains(&view.qr_path), "the served page draws this code");

    let uri = decode_svg_path(&view.qr_path, usize::try_from(view.qr_size).unwrap());

    assert_eq!(uri, view.uri);
    let (label, fields) = parsed(&uri);
    assert_eq!(label, "Muster:ana@strict.example");
    let expected =
        [("secret", key.as_str()), ("issuer", "Muster"), ("algorithm", "SHA1"), ("digits", "6"), ("period", "30")];
    assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!(data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap().len(), 20);
    assert_eq!((view.account.as_str(), view.issuer.as_str()), ("ana@strict.example", "Muster"));
    assert_others_read(&[(uri, "Muster", "ana@strict.example", &key)]);
    browser.confirm(&code_at(&fields["secret"], world.clock.seconds())).await.leads_to(routes::RECOVERY_CODE);
}

async fn qr_01_odd_issuers_and_labels_survive_the_code(world: World) {
    let mut world = world;
    let long = "Harbor & Sons Construction ".repeat(5)[..128].to_owned();
    let issuers = ["100 % A:B & C #1 = ?", "Bau \u{1f477} GmbH/+", "شركة البناء", "\u{202e}%41:&#", &long];
    let mut read = Vec::new();
    for (number, issuer) in issuers.into_iter().enumerate() {
        world = world.restart(|plan| issuer.clone_into(&mut plan.issuer)).await;
        let email = format!("a+b%41&c#d=e?{number}@strict.example");
        world.newcomer(&email).await;
        let mut browser = world.browser();
        let key = browser.start_enrolment(&email).await;
        let view: AuthenticatorView = browser.view("authenticator").await.unwrap();

        let uri = decode_svg_path(&view.qr_path, usize::try_from(view.qr_size).unwrap());
        let (label, fields) = parsed(&uri);

        assert_eq!(fields["issuer"], issuer);
        assert_eq!(fields["secret"], key);
        assert!(label.ends_with(&email), "{label}");
        read.push((uri, issuer, email, key));
    }
    let read: Vec<_> = read.iter().map(|(uri, issuer, email, key)| (uri.clone(), *issuer, &**email, &**key)).collect();
    assert_others_read(&read);
}

/// The address as two apps' libraries read it: (address, issuer, account, secret).
fn assert_others_read(addresses: &[(String, &str, &str, &str)]) {
    let question = Question { uris: addresses.iter().map(|(uri, ..)| uri.clone()).collect(), ..Question::default() };
    let (by_pyotp, by_otplib) = (ask_pyotp(&question).uris, ask_otplib(&question).uris);
    assert_eq!((by_pyotp.len(), by_otplib.len()), (addresses.len(), addresses.len()));
    for (((uri, issuer, account, secret), pyotp), otplib) in addresses.iter().zip(by_pyotp).zip(by_otplib) {
        let expected = |label: &str| Otpauth {
            kind: "totp".to_owned(),
            label: label.to_owned(),
            secret: (*secret).to_owned(),
            issuer: (*issuer).to_owned(),
            algorithm: "sha1".to_owned(),
            digits: 6,
            period: 30,
        };
        // An issuer with a colon is left out of the label: a reader would split it there.
        let whole = if issuer.contains(':') { (*account).to_owned() } else { format!("{issuer}:{account}") };
        assert_eq!(pyotp, expected(account), "pyotp, {uri}");
        assert_eq!(otplib, expected(&whole), "otplib, {uri}");
    }
}

/// Whatever an installation and a person are called: two apps' libraries read what was written.
#[test]
fn fuzz_11_any_issuer_and_account_are_read_back_by_others() {
    const KEY: [u8; 20] = *b"12345678901234567890";
    let mut runner = TestRunner::deterministic();
    let names = ("[\\PC&&[^\\s]]{1,64}", "[\\PC&&[^:\\s]]{1,64}");
    let pairs: Vec<(String, String)> = (0..500).map(|_| names.new_tree(&mut runner).unwrap().current()).collect();
    let secret = data_encoding::BASE32_NOPAD.encode(&KEY);
    let addresses: Vec<_> = pairs
        .iter()
        .map(|(issuer, account)| (otpauth_uri(&KEY, issuer, account), &**issuer, &**account, &*secret))
        .collect();
    assert_others_read(&addresses);
}

/// The label and the fields of an `otpauth:` address.
fn parsed(uri: &str) -> (String, HashMap<String, String>) {
    let uri = Url::parse(uri).unwrap();
    assert_eq!((uri.scheme(), uri.host_str()), ("otpauth", Some("totp")));
    // A blank must travel as %20: several apps show `+` as it is.
    assert!(!uri.query().unwrap().contains('+'));
    let path = uri.path().trim_start_matches('/').replace('+', "%2B");
    let label = format!("label={}", path.replace('&', "%26"));
    let label = url::form_urlencoded::parse(label.as_bytes()).next().unwrap().1.into_owned();
    (label, uri.query_pairs().into_owned().collect())
}

async fn qr_02_page_is_never_kept(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    browser.start_enrolment("ana@strict.example").await;
    let page = browser.get(routes::AUTHENTICATOR).await;
    let view = browser.call("page/authenticator", &[]).await;
    for answer in [page, view] {
        assert!(answer.is_ok());
        assert!(answer.header("cache-control").unwrap().contains("no-store"));
        assert_eq!(answer.header("etag"), None);
        assert_eq!(answer.header("last-modified"), None);
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
    }
    // The code is part of the page: no address serves it to anybody else.
    let mut other = world.browser();
    assert!(!other.get(routes::AUTHENTICATOR).await.is_ok());
    for path in ["/set-up/authenticator.svg", "/set-up/qr", "/api/qr", "/set-up/authenticator/qr.png"] {
        assert_eq!(other.get(path).await.status.as_u16(), 404, "{path}");
    }
}

async fn qr_03_secret_never_served_after_confirmation(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let from = browser.heard().len();

    for _ in 0..2 {
        browser.open(routes::AUTHENTICATOR).await;
        browser.call("page/authenticator", &[]).await.is_refused();
        browser.call("set-up/method", &[("method", "authenticator")]).await;
        browser.call("page/authenticator", &[]).await.is_refused();
        browser.open(routes::RECOVERY_CODE).await;
        browser.call("page/recovery-code", &[]).await;
        browser.save_card(1).await;
    }

    for (path, text) in &browser.heard()[from..] {
        assert!(!says(text, &key), "{path} serves the secret again");
    }
}

async fn qr_04_secret_only_on_the_enrolment_answer(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    browser.get(routes::SIGN_IN).await;
    let key = browser.start_enrolment("ana@strict.example").await;
    browser.get(routes::AUTHENTICATOR).await;
    browser.confirm(&world.wrong_code(&key)).await;
    let form = browser.submit_only(routes::AUTHENTICATOR, "set-up/authenticator", &[("code", "000000")]).await;
    assert!(form.status.is_redirection());
    browser.post("set-up/authenticator", "application/json", "{").await;
    browser.get("/no-such-page").await;
    browser.confirm(&world.code(&key, 0)).await;
    for page in [routes::RECOVERY_CODE, routes::HOME, routes::AUTHENTICATOR, routes::SIGN_IN] {
        browser.open(page).await;
    }

    let places = [routes::AUTHENTICATOR, "/api/page/authenticator"];
    let mut shown = 0;
    for (path, text) in browser.heard() {
        if says(text, &key) {
            assert!(places.contains(&path.as_str()), "{path} gives the secret away");
            shown += 1;
        }
    }
    assert_eq!(shown, 2, "the two answers of the enrolment itself");
}

/// Whether a text holds the key: in base32 however it is grouped, or the bytes in hexadecimal.
fn says(text: &str, key: &str) -> bool {
    let bytes = data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap();
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let groups: Vec<&str> = (0..key.len()).step_by(4).map(|at| &key[at..at + 4]).collect();
    plain.contains(key) || plain.to_ascii_lowercase().contains(&hex) || groups.iter().all(|group| text.contains(group))
}
