//! Every way in, without and with half of a sign-in (FLOW-01, 02, 09).
//!
//! The tables below have a row for each server function and each route of the router. One without a row fails the
//! test: whoever adds one decides here who may use it.

use std::collections::BTreeSet;

use app::{AppError, api};
use axum::http::StatusCode;
use leptos::server_fn::axum::server_fn_paths;

use crate::support::{Answer, Browser, SESSION_COOKIE, SIGN_IN_COOKIE, World, both};

both!(
    flow_01_challenge_opens_nothing_but_its_own_steps,
    flow_01_unfinished_enrolment_opens_nothing_but_its_own_steps,
    flow_02_anonymous_opens_nothing_but_the_first_steps,
    flow_09_forged_marks_of_a_finished_sign_in_ignored,
);

/// What somebody gets who is not signed in, or not yet.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Gate {
    /// Anybody's step; it never opens anything by itself.
    Open,
    /// A step of this person's own that has nothing to work on: refused as well, whatever for.
    Idle,
    /// Refused, or led to the page where this person belongs.
    Shut,
}
use Gate::{Idle, Open, Shut};

/// Path, fields, and the gate for: nobody, a challenge, an enrolment.
type Row = (&'static str, &'static [(&'static str, &'static str)], [Gate; 3]);

const CODE: &[(&str, &str)] = &[("code", "000000")];
const AGAIN: &[(&str, &str)] = &[("password", crate::support::PASSWORD), ("code", "000000")];

#[rustfmt::skip]
const FUNCTIONS: &[Row] = &[
    ("/api/sign-in/email", &[("email", "else@strict.example")], [Open, Open, Open]),
    ("/api/sign-in/password", &[("email", "else@strict.example"), ("password", "wrong wrong wrong")], [Shut, Shut, Shut]),
    ("/api/sign-in/code", CODE, [Shut, Shut, Shut]),
    ("/api/sign-in/recovery", &[("recovery_code", "0000-0000-0000-0000-0000-0000")], [Shut, Shut, Shut]),
    ("/api/set-up/start", &[("password", crate::support::PASSWORD)], [Shut, Shut, Shut]),
    ("/api/profile/authenticator", AGAIN, [Shut, Shut, Shut]),
    ("/api/profile/authenticator/remove", AGAIN, [Shut, Shut, Shut]),
    ("/api/profile/phone", AGAIN, [Shut, Shut, Shut]),
    ("/api/profile/phone/remove", AGAIN, [Shut, Shut, Shut]),
    ("/api/profile/text", &[], [Shut, Shut, Shut]),
    ("/api/profile/recovery-code", AGAIN, [Shut, Shut, Shut]),
    ("/api/profile/password", &[("password", crate::support::PASSWORD), ("code", "000000"), ("new_password", "four words of theirs")], [Shut, Shut, Shut]),
    ("/api/profile/session/end", &[("session", "00112233445566778899aabbccddeeff")], [Shut, Shut, Shut]),
    ("/api/profile/session/end-others", &[], [Shut, Shut, Shut]),
    ("/api/profile/theme", &[("theme", "dark")], [Shut, Shut, Shut]),
    ("/api/set-up/method", &[("method", "authenticator")], [Shut, Shut, Open]),
    ("/api/set-up/authenticator", CODE, [Shut, Shut, Shut]),
    ("/api/sign-in/phone", &[], [Shut, Shut, Shut]),
    ("/api/sign-in/phone/resend", &[], [Shut, Shut, Shut]),
    ("/api/sign-in/phone/code", CODE, [Shut, Shut, Shut]),
    ("/api/set-up/phone", &[("country", "US"), ("phone", "2015550123")], [Shut, Shut, Open]),
    ("/api/set-up/phone/resend", &[], [Shut, Shut, Idle]),
    ("/api/set-up/phone/code", CODE, [Shut, Shut, Idle]),
    ("/api/set-up/saved", &[("number", "1"), ("saved", "yes")], [Shut, Shut, Shut]),
    ("/api/set-up/new-code", &[], [Shut, Shut, Shut]),
    ("/api/language", &[("language", "de")], [Open, Open, Open]),
    ("/api/password/ask", &[("email", "else@strict.example")], [Open, Open, Open]),
    ("/api/password/new", &[("password", "four green boats at noon")], [Shut, Shut, Shut]),
    ("/api/page/email", &[], [Open, Open, Open]),
    ("/api/page/password", &[], [Open, Open, Open]),
    ("/api/page/required", &[], [Shut, Shut, Open]),
    ("/api/page/method", &[], [Shut, Shut, Open]),
    ("/api/page/authenticator", &[], [Shut, Shut, Open]),
    ("/api/page/phone", &[], [Shut, Shut, Open]),
    ("/api/page/phone-confirm", &[], [Shut, Shut, Idle]),
    ("/api/page/phone-code", &[], [Shut, Shut, Shut]),
    ("/api/page/recovery-code", &[], [Shut, Shut, Shut]),
    ("/api/page/verify", &[], [Shut, Open, Shut]),
    ("/api/page/recovery", &[], [Shut, Open, Shut]),
    // Last: it ends what the others are tried with.
    ("/api/sign-out", &[], [Open, Open, Open]),
];

#[rustfmt::skip]
const ROUTES: &[Row] = &[
    ("/sign-in", &[], [Open, Open, Open]),
    ("/sign-in/password", &[], [Open, Open, Open]),
    ("/sign-in/code", &[], [Shut, Open, Shut]),
    ("/sign-in/phone", &[], [Shut, Shut, Shut]),
    ("/sign-in/choose", &[], [Shut, Open, Shut]),
    ("/sign-in/recovery", &[], [Shut, Open, Shut]),
    ("/set-up", &[], [Shut, Shut, Open]),
    ("/set-up/password", &[], [Shut, Shut, Shut]),
    ("/set-up/method", &[], [Shut, Shut, Open]),
    ("/set-up/authenticator", &[], [Shut, Shut, Open]),
    ("/set-up/phone", &[], [Shut, Shut, Open]),
    ("/set-up/phone/code", &[], [Shut, Shut, Shut]),
    ("/set-up/recovery-code", &[], [Shut, Shut, Shut]),
    ("/password", &[], [Open, Open, Open]),
    ("/password/sent", &[], [Open, Open, Open]),
    ("/password/link", &[], [Open, Open, Open]),
    ("/password/new", &[], [Shut, Shut, Shut]),
    ("/password/done", &[], [Open, Open, Open]),
    ("/pause", &[], [Shut, Shut, Shut]),
    ("/", &[], [Shut, Shut, Shut]),
    ("/profile/security", &[], [Shut, Shut, Shut]),
    ("/profile/security/authenticator", &[], [Shut, Shut, Shut]),
    ("/profile/security/authenticator/remove", &[], [Shut, Shut, Shut]),
    ("/profile/security/phone", &[], [Shut, Shut, Shut]),
    ("/profile/security/phone/remove", &[], [Shut, Shut, Shut]),
    ("/profile/security/recovery-code", &[], [Shut, Shut, Shut]),
    ("/profile/security/password", &[], [Shut, Shut, Shut]),
    // Demo only: absent here.
    ("/demo/outbox", &[], [Shut, Shut, Shut]),
    ("/demo/outbox.json", &[], [Shut, Shut, Shut]),
    // For programs.
    ("/api/session", &[], [Shut, Shut, Shut]),
    ("/healthz", &[], [Open, Open, Open]),
    ("/readyz", &[], [Open, Open, Open]),
    ("/metrics", &[], [Shut, Shut, Shut]),
    ("/api", &[], [Shut, Shut, Shut]),
    ("/api/{*action}", &[], [Shut, Shut, Shut]),
];

/// What is posted by others than our pages.
#[rustfmt::skip]
const POSTED: &[Row] = &[
    ("/api/sms/{gateway}", &[("MessageStatus", "delivered")], [Shut, Shut, Shut]),
    ("/csp-report", &[], [Open, Open, Open]),
];

/// An address of a route.
fn address(route: &str) -> String {
    route.replace("{*action}", "unknown").replace("{gateway}", "twilio")
}

#[track_caller]
fn check(path: &str, gate: Gate, answer: &Answer) {
    assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
    match gate {
        Open => {}
        Shut | Idle if answer.status.is_redirection() => {
            let target = answer.location().unwrap();
            assert!(target != path && target != "/", "{path} leads to {target}");
        }
        Shut | Idle => {
            assert!(answer.status.is_client_error(), "{path} answers {}: {:.200}", answer.status, answer.text());
        }
    }
}

/// Tries everything with a browser that `begin` has brought to its half-way point anew each time.
async fn sweep(world: &World, column: usize, begin: impl AsyncFn(&World) -> Browser) {
    for (path, fields, gates) in FUNCTIONS {
        let mut browser = begin(world).await;
        let answer = browser.call(path.trim_start_matches("/api/"), fields).await;
        check(path, gates[column], &answer);
        if matches!(gates[column], Shut) && !answer.status.is_redirection() {
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
            assert!(refused.contains(&answer.status), "{path} answers {}: {:.200}", answer.status, answer.text());
        }
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "{path} opened a session");
    }
    for (path, fields, gates) in POSTED {
        let mut browser = begin(world).await;
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let body = fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let answer = browser.report(&address(path), &kind, body).await;
        check(path, gates[column], &answer);
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "{path} opened a session");
    }
    for (path, _, gates) in ROUTES {
        let mut browser = begin(world).await;
        let answer = browser.get(&address(path)).await;
        check(path, gates[column], &answer);
        assert!(!answer.text().contains("Ana Torres"), "{path} names the person");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code WHERE used_at IS NOT NULL").await, 0);
}

async fn flow_01_challenge_opens_nothing_but_its_own_steps(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    sweep(&world, 1, async |world| world.challenged(&ana).await).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 1);
}

async fn flow_01_unfinished_enrolment_opens_nothing_but_its_own_steps(world: World) {
    world.newcomer("ana@strict.example").await;
    sweep(&world, 2, async |world| {
        let mut browser = world.browser();
        browser.start_enrolment("ana@strict.example").await;
        browser
    })
    .await;
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'active'").await, 0);
}

/// Functions for administrators do not exist yet; when they do, the tables ask for their rows.
async fn flow_02_anonymous_opens_nothing_but_the_first_steps(world: World) {
    world.newcomer("ana@strict.example").await;
    sweep(&world, 0, async |world| world.browser()).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, 0);
}

async fn flow_09_forged_marks_of_a_finished_sign_in_ignored(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    browser.verify(&world.wrong_code(&ana.key)).await.is_refused();
    for (name, value) in [("mfa_done", "1"), ("mfa", "true"), ("session", "1"), (SESSION_COOKIE, "1")] {
        browser.set_cookie(name, value);
    }
    for path in ["/", "/?mfa_done=1", "/?skip=1", "/set-up?not_now=true", "/set-up/recovery-code?verified=true"] {
        let answer = browser.get(path).await;
        assert!(!answer.is_ok(), "{path} opens");
        assert!(!answer.text().contains("Ana Torres"));
    }
    // With fields that the step does not have it is refused at the door, and without them for the code.
    let fields = [("code", "000000"), ("verified", "true"), ("ok", "true"), ("mfa_done", "1"), ("skip", "1")];
    browser.call("sign-in/code", &fields).await.is_refused();
    let wrong = world.wrong_code(&ana.key);
    let answer = browser.call("sign-in/code", &[("code", wrong.as_str())]).await;
    assert_eq!(answer.error(), AppError::CodeWrong { left: Some(3) });
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    assert!(browser.cookie(SIGN_IN_COOKIE).is_some());
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
}

/// A person's addresses are changed on the command line alone (`muster user email`, `muster user address`). Of the forms, these
/// three have a field for one, which says whose account it is.
#[test]
fn note_02_no_form_changes_an_address() {
    let named = |form: &api::Form| form.fields.iter().any(|field| field.contains("mail") || field.contains("address"));
    let paths = api::forms().into_iter().filter(named).map(|form| form.path);
    let known = ["/api/sign-in/email", "/api/sign-in/password", "/api/password/ask"];
    assert_eq!(paths.collect::<Vec<_>>(), known);
}

#[test]
fn flow_01_every_server_function_and_route_has_its_row() {
    let known: BTreeSet<_> = FUNCTIONS.iter().map(|(path, ..)| *path).collect();
    let registered: BTreeSet<_> = server_fn_paths().map(|(path, _)| path).collect();
    assert_eq!(registered, known, "left: what is registered, right: what has a row");

    let known: BTreeSet<_> = ROUTES.iter().chain(POSTED).map(|(path, ..)| *path).collect();
    let missing: Vec<_> = server::http::paths(true).filter(|path| !known.contains(path)).collect();
    assert!(missing.is_empty(), "these routes have no row: {missing:?}");
}
