//! `Password & Security`: what a person changes about their own sign-in, and who else cannot.

use app::{AppError, routes};
use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use server::domain::Role;

use crate::support::{Browser, Enrolled, PASSWORD, SESSION_COOKIE, World, at_once, both};

both!(
    enr_04_change_needs_password_and_a_fresh_code,
    enr_04_changed_app_replaces_the_old_one_once_it_is_confirmed,
    enr_04_change_ends_with_its_session_and_its_time,
    enr_05_removal_needs_everything_and_nobody_who_asks_for_it,
    enr_05_removed_app_is_gone_with_its_recovery_code,
    enr_07_enrolment_from_the_profile_ends_the_other_sessions,
    enr_09_last_factor_stays_while_it_is_required,
    enr_10_fields_that_no_form_has_change_nothing,
    enr_11_sessions_of_others_are_not_ended,
    flow_19_stolen_session_guesses_no_further_than_a_sign_in,
    pwd_05_new_password_is_refused_with_the_reason,
    pwd_06_change_keeps_other_sessions_unless_chosen,
    race_09_changes_of_one_account_at_once_leave_one_outcome,
    race_10_old_password_opens_nothing_after_a_change,
    race_11_ended_session_passes_nowhere,
    rec_08_codes_asked_for_at_once_leave_the_last_one,
    rec_09_new_code_needs_password_and_code,
    recovery_session_changes_with_the_password_alone_and_not_for_ever,
    page_tells_sessions_events_and_safety,
);

const NEW_PASSWORD: &str = "four quiet green boats";
const ACTIVE: &str = "SELECT COUNT(*) FROM factor WHERE state = 'active'";
const CURRENT: &str = "SELECT COUNT(*) FROM recovery_code WHERE used_at IS NULL AND replaced_at IS NULL";

/// Every change that asks again, with what it takes beside the proof.
const CHANGES: [(&str, &[(&str, &str)]); 4] = [
    ("profile/authenticator", &[]),
    ("profile/authenticator/remove", &[]),
    ("profile/recovery-code", &[]),
    ("profile/password", &[("new_password", NEW_PASSWORD)]),
];

impl World {
    /// Somebody with an app, in a company that asks for none.
    async fn volunteer(&self, email: &str) -> Enrolled {
        if self.count("SELECT COUNT(*) FROM company WHERE name = 'Open'").await == 0 {
            self.open_company("Open").await;
        }
        self.person(email, "Open", Role::Member).await;
        self.enrol(email).await
    }

    /// What must stay as it is when a change is refused.
    async fn standing(&self) -> [i64; 6] {
        [
            self.count("SELECT CAST(SUM(epoch) AS BIGINT) FROM person").await,
            self.count(ACTIVE).await,
            self.count("SELECT COUNT(*) FROM factor").await,
            self.count("SELECT COUNT(*) FROM recovery_code").await,
            self.count("SELECT COUNT(*) FROM sign_in WHERE stage = 'enrolment'").await,
            self.live_sessions().await,
        ]
    }

    /// A full session by the code of a step from now, at a clock that nobody moves.
    async fn session_by(&self, person: &Enrolled, steps: i64) -> Browser {
        let mut browser = self.challenged(person).await;
        browser.verify(&self.code(&person.key, steps)).await.leads_to(routes::HOME);
        browser
    }

    async fn notices(&self, kind: &'static str) -> i64 {
        self.database.int("SELECT COUNT(*) FROM notice WHERE kind = $1", vec![kind.into()]).await
    }
}

impl Browser {
    /// A change with the usual password and a code.
    async fn change(&mut self, endpoint: &str, code: &str, more: &[(&str, &str)]) -> crate::support::Answer {
        let mut fields = vec![("password", PASSWORD), ("code", code)];
        fields.extend(more);
        self.call(endpoint, &fields).await
    }

    async fn set_password(&mut self, code: &str, new: &str, more: &[(&str, &str)]) -> crate::support::Answer {
        let mut fields = vec![("new_password", new)];
        fields.extend(more);
        self.change("profile/password", code, &fields).await
    }
}

/// Somebody else's browser with a copy of the session's cookie.
fn thief(world: &World, owner: &Browser) -> Browser {
    let mut thief = world.browser();
    thief.set_cookie(SESSION_COOKIE, owner.cookie(SESSION_COOKIE).unwrap());
    thief
}

async fn enr_04_change_needs_password_and_a_fresh_code(world: World) {
    let ana = world.volunteer("ana@open.example").await;
    let used = world.code(&ana.key, 0);
    let mut browser = world.browser();
    browser.enter(&ana.email).await.leads_to(routes::VERIFY);
    browser.verify(&used).await.leads_to(routes::HOME);
    let before = world.standing().await;

    for (endpoint, more) in CHANGES {
        let attempt = async |fields: &[(&str, &str)]| {
            let mut fields = fields.to_vec();
            fields.extend(more);
            let mut browser = browser.clone();
            let answer = browser.call(endpoint, &fields).await;
            assert!(answer.status.is_client_error(), "{endpoint} {fields:?}: {}", answer.status);
            answer.error()
        };
        let right = world.code(&ana.key, 1);
        assert_eq!(attempt(&[]).await, AppError::BadRequest);
        assert_eq!(attempt(&[("code", &right)]).await, AppError::BadRequest);
        assert_eq!(attempt(&[("password", PASSWORD)]).await, AppError::CodeMalformed);
        assert_eq!(attempt(&[("password", PASSWORD), ("code", "12345")]).await, AppError::CodeMalformed);
        assert_eq!(attempt(&[("password", "not this one"), ("code", &right)]).await, AppError::CredentialsWrong);
        let wrong = world.wrong_code(&ana.key);
        assert_eq!(attempt(&[("password", PASSWORD), ("code", &wrong)]).await, AppError::CodeWrong { left: None });
        assert_eq!(attempt(&[("password", PASSWORD), ("code", &used)]).await, AppError::CodeUsed, "used to sign in");
    }
    assert_eq!(world.standing().await, before);
    // The wrong codes of all of them stand in one row of the same counter.
    assert_eq!(world.count("SELECT failures FROM factor").await, 8);
}

async fn enr_04_changed_app_replaces_the_old_one_once_it_is_confirmed(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut other = world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    browser.change("profile/authenticator", &code, &[]).await.leads_to(routes::AUTHENTICATOR);
    let key = browser.setup_key().await;
    assert_ne!(key, ana.key);
    // A proof is for one change: its code opens no second one.
    assert_eq!(browser.change("profile/recovery-code", &code, &[]).await.error(), AppError::CodeUsed);

    // Until then the old app works, also for signing in.
    world.clock.advance(60);
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    let recovery = browser.recovery_code().await.unwrap();
    assert_ne!(recovery, ana.recovery);
    browser.save_recovery_code().await;

    world.clock.advance(60);
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED, "the other sessions ended");
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.is_refused();
    world.challenged(&ana).await.recover(&ana.recovery).await.is_refused();
    world.challenged(&ana).await.verify(&world.code(&key, 0)).await.leads_to(routes::HOME);
    assert_eq!((world.count(ACTIVE).await, world.count(CURRENT).await), (1, 1));
    assert_eq!(world.notices("authenticator-linked").await, 1);
}

async fn enr_04_change_ends_with_its_session_and_its_time(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut owner = world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    browser.change("profile/authenticator", &code, &[]).await.leads_to(routes::AUTHENTICATOR);
    let key = browser.setup_key().await;

    owner.call("profile/session/end-others", &[]).await.leads_to(routes::SECURITY);

    browser.confirm(&world.code(&key, 0)).await.is_refused();
    browser.call("set-up/method", &[("method", "authenticator")]).await.is_refused();
    assert!(browser.view::<serde_json::Value>("authenticator").await.is_err());

    world.clock.advance(60);
    let code = world.code(&ana.key, 0);
    owner.change("profile/authenticator", &code, &[]).await.leads_to(routes::AUTHENTICATOR);
    let key = owner.setup_key().await;
    world.clock.advance(601);
    owner.confirm(&world.code(&key, 0)).await.is_refused();
    assert_eq!(world.count(ACTIVE).await, 1);
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

async fn enr_05_removal_needs_everything_and_nobody_who_asks_for_it(world: World) {
    let ana = world.volunteer("ana@open.example").await;
    let mut browser = world.signed_in(&ana).await;
    let before = world.standing().await;
    let code = world.code(&ana.key, 0);
    let form = format!("password={}&code={code}", PASSWORD.replace(' ', "+"));

    let address = format!("/api/profile/authenticator/remove?{form}");
    browser.get(&address).await.is_refused();
    for site in ["cross-site", "same-site", "none"] {
        let request = browser
            .request(Method::POST, "/api/profile/authenticator/remove")
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site);
        let answer = browser.send("cross-site", request.body(Body::from(form.clone())).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{site}");
    }
    assert_eq!(world.standing().await, before);

    world.set_policy("Open", true, None).await;
    let refused = browser.change("profile/authenticator/remove", &code, &[]).await;
    assert_eq!(refused.error(), AppError::LastMethod, "the company asks for a factor now");
    assert_eq!(world.count(ACTIVE).await, 1);
}

async fn enr_05_removed_app_is_gone_with_its_recovery_code(world: World) {
    let ana = world.volunteer("ana@open.example").await;
    let mut other = world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    browser.change("profile/authenticator/remove", &code, &[]).await.leads_to(routes::SECURITY);

    assert_eq!((world.count(ACTIVE).await, world.count(CURRENT).await), (0, 0));
    assert_eq!(browser.session().await, StatusCode::OK, "the session of the change goes on");
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.notices("authenticator-removed").await, 1);
    world.browser().enter(&ana.email).await.leads_to(routes::HOME);
}

async fn enr_07_enrolment_from_the_profile_ends_the_other_sessions(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", Role::Member).await;
    let mut other = world.browser();
    other.enter("ana@open.example").await.leads_to(routes::HOME);
    let mut browser = world.browser();
    browser.enter("ana@open.example").await.leads_to(routes::HOME);
    let wrong = browser.call("profile/authenticator", &[("password", "not this one")]).await;
    assert_eq!(wrong.error(), AppError::CredentialsWrong);
    browser.call("profile/authenticator", &[("password", PASSWORD)]).await.leads_to(routes::AUTHENTICATOR);
    let key = browser.setup_key().await;
    assert_eq!(other.session().await, StatusCode::OK, "nothing has changed yet");
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 1);
}

async fn enr_09_last_factor_stays_while_it_is_required(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    let refused = browser.change("profile/authenticator/remove", &code, &[]).await;
    assert_eq!((refused.status, refused.error()), (StatusCode::FORBIDDEN, AppError::LastMethod));
    assert_eq!((world.count(ACTIVE).await, world.count(CURRENT).await), (1, 1));

    // A role asks whatever the company says.
    world.open_company("Open").await;
    world.person("cy@open.example", "Open", Role::PaymentsAdmin).await;
    let cy = world.enrol("cy@open.example").await;
    let mut browser = world.signed_in(&cy).await;
    let code = world.code(&cy.key, 0);
    assert_eq!(browser.change("profile/authenticator/remove", &code, &[]).await.error(), AppError::LastMethod);
    let page = browser.get(routes::SECURITY).await.text();
    assert!(!page.contains(routes::REMOVE_AUTHENTICATOR), "what is refused is not offered");
}

async fn enr_10_fields_that_no_form_has_change_nothing(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let mut fields = vec![("theme", "dark")];
    fields.extend([
        ("role", "company-admin"),
        ("mfa_enabled", "0"),
        ("company_id", "1"),
        ("last_step", "0"),
        ("email", "evil@evil.example"),
        ("email_verified", "1"),
        ("epoch", "0"),
        ("person_id", "1"),
    ]);
    let before = world.standing().await;
    browser.call("profile/theme", &fields).await;
    assert_eq!(world.standing().await, before);
    assert_eq!(world.count("SELECT COUNT(*) FROM membership WHERE role = 'member'").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE email = 'ana@strict.example'").await, 1);
    assert!(world.count("SELECT last_step FROM factor").await > 0);
}

async fn enr_11_sessions_of_others_are_not_ended(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let bob = world.enrolled("bob@strict.example").await;
    let mut victim = world.signed_in(&ana).await;
    let id = world.database.blob("SELECT id FROM session", Vec::new()).await;
    let id = data_encoding::HEXLOWER.encode(&id);
    let mut attacker = world.signed_in(&bob).await;
    let answer = attacker.call("profile/session/end", &[("session", &id)]).await;
    assert_eq!(answer.error(), AppError::Forbidden);
    for odd in ["", "00", "zz", &id.to_uppercase(), &format!("{id}00")] {
        attacker.call("profile/session/end", &[("session", odd)]).await.is_refused();
    }
    attacker.call("profile/session/end-others", &[]).await.leads_to(routes::SECURITY);
    assert_eq!(victim.session().await, StatusCode::OK);
    // Its owner may, from elsewhere, and twice.
    let mut owner = world.signed_in(&ana).await;
    for _ in 0..2 {
        owner.call("profile/session/end", &[("session", &id)]).await.leads_to(routes::SECURITY);
    }
    assert_eq!(victim.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(owner.session().await, StatusCode::OK);
}

/// The thief knows the password too, and guesses the code.
async fn flow_19_stolen_session_guesses_no_further_than_a_sign_in(world: World) {
    let ana = world.volunteer("ana@open.example").await;
    let mut owner = world.signed_in(&ana).await;
    let stolen = thief(&world, &owner);
    let before = world.standing().await;
    let wrong = world.wrong_code(&ana.key);
    let mut compared = 0;
    for turn in 0..200 {
        let mut thief = stolen.clone();
        let (endpoint, more) = CHANGES[turn % CHANGES.len()];
        match thief.change(endpoint, &wrong, more).await.error() {
            AppError::CodeWrong { .. } => compared += 1,
            AppError::Paused { .. } => {}
            other => panic!("{endpoint}: {other:?}"),
        }
    }
    assert!(compared <= 10, "{compared} codes were compared");
    // The counter is that of the sign-in: no stranger gets further there either, while the owner's browser does.
    let mut stranger = world.challenged(&ana).await;
    assert!(matches!(stranger.verify(&world.code(&ana.key, 0)).await.error(), AppError::Paused { .. }));
    let right = world.code(&ana.key, 0);
    assert!(matches!(
        stolen.clone().change("profile/recovery-code", &right, &[]).await.error(),
        AppError::Paused { .. }
    ));
    assert_eq!(world.standing().await, before);
    owner.change("profile/recovery-code", &right, &[]).await.leads_to(routes::RECOVERY_CODE);

    // Without the password there is the password's own counter.
    let mut refused = 0;
    for _ in 0..50 {
        let fields = [("password", "not this one"), ("code", &*wrong)];
        if stolen.clone().call("profile/recovery-code", &fields).await.error() == AppError::CredentialsWrong {
            refused += 1;
        }
    }
    assert!(refused <= 10, "{refused} passwords were compared");
}

async fn pwd_05_new_password_is_refused_with_the_reason(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    let long = "x y".repeat(342);
    for (new, error) in [
        ("", AppError::PasswordShort),
        ("eleven char", AppError::PasswordShort),
        (&*long, AppError::PasswordLong),
        ("1qaz2wsx3edc", AppError::PasswordKnown),
        ("1QAZ2wsx3EDC", AppError::PasswordKnown),
        ("ana-torres-2030", AppError::PasswordPersonal),
        ("Muster Strict 2030", AppError::PasswordPersonal),
    ] {
        assert_eq!(browser.set_password(&code, new, &[]).await.error(), error, "{new:.20}");
    }
    assert_eq!(world.count("SELECT failures FROM factor").await, 0, "nothing of it costs a try");
    // Letters with marks of their own, a NUL and blanks at both ends: taken as they are.
    let new = " cafe\u{301} au lait\u{0}, s'il vous plai\u{302}t ";
    browser.set_password(&code, new, &[]).await.leads_to(routes::SECURITY);
    let composed = " caf\u{e9} au lait\u{0}, s'il vous pla\u{ee}t ";
    world.browser().enter_with(&ana.email, composed).await.leads_to(routes::VERIFY);
    world.browser().enter_with(&ana.email, composed.trim()).await.is_refused();
    world.browser().enter(&ana.email).await.is_refused();
}

async fn pwd_06_change_keeps_other_sessions_unless_chosen(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut other = world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let mut half = world.challenged(&ana).await;
    let code = world.code(&ana.key, 0);
    browser.set_password(&code, NEW_PASSWORD, &[]).await.leads_to(routes::SECURITY);
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(other.session().await, StatusCode::OK);
    assert_eq!(world.notices("password-changed").await, 1);
    world.clock.advance(60);
    half.verify(&world.code(&ana.key, 0)).await.is_refused();

    let fields = [("password", NEW_PASSWORD), ("code", &*world.code(&ana.key, 0)), ("new_password", PASSWORD)];
    let mut fields = fields.to_vec();
    fields.push(("end_others", "yes"));
    browser.call("profile/password", &fields).await.leads_to(routes::SECURITY);
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 1);
}

pub(crate) async fn race_09_changes_of_one_account_at_once_leave_one_outcome(world: World) {
    let ana = world.volunteer("ana@open.example").await;
    let browser = world.session_by(&ana, -1).await;
    let code = world.code(&ana.key, 0);
    // As many as a busy machine still gets through one by one before their time is over.
    let work = (0..12).map(|turn| {
        let (mut browser, code) = (browser.clone(), code.clone());
        let (endpoint, more) = CHANGES[turn % CHANGES.len()];
        async move { browser.change(endpoint, &code, more).await }
    });
    let answers = at_once(work.collect()).await;
    let unclear = answers.iter().find(|answer| !answer.is_ok() && !answer.status.is_client_error());
    assert!(unclear.is_none(), "neither done nor refused: {unclear:?}");
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "one code, one change");
    assert!(world.count(CURRENT).await <= 1);
    assert!(world.count(ACTIVE).await <= 1);
}

pub(crate) async fn race_10_old_password_opens_nothing_after_a_change(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", Role::Member).await;
    let mut browser = world.browser();
    browser.enter("ana@open.example").await.leads_to(routes::HOME);
    let sign_ins = world.browsers(6).into_iter().map(|mut browser| {
        Box::pin(async move {
            let answer = browser.enter("ana@open.example").await;
            (browser, answer.is_ok())
        }) as std::pin::Pin<Box<dyn Future<Output = (Browser, bool)> + Send>>
    });
    let mut changing = browser.clone();
    let change = Box::pin(async move {
        let fields = [("password", PASSWORD), ("new_password", NEW_PASSWORD), ("end_others", "yes")];
        let answer = changing.call("profile/password", &fields).await;
        answer.leads_to(routes::SECURITY);
        (changing, false)
    }) as std::pin::Pin<Box<dyn Future<Output = (Browser, bool)> + Send>>;
    let ended = at_once(sign_ins.chain([change]).collect()).await;

    for (mut browser, entered) in ended {
        if entered {
            assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "opened by the old password");
        }
    }
    assert_eq!(browser.session().await, StatusCode::OK);
    assert_eq!(world.live_sessions().await, 1);
    world.browser().enter("ana@open.example").await.is_refused();
    world.browser().enter_with("ana@open.example", NEW_PASSWORD).await.leads_to(routes::HOME);
}

pub(crate) async fn race_11_ended_session_passes_nowhere(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let used = world.session_by(&ana, -1).await;
    let mut owner = world.session_by(&ana, 0).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let (mut browser, stopped) = (used.clone(), stopped.clone());
            tokio::spawn(async move {
                // Whatever starts after the end has been answered must be refused.
                loop {
                    let over = *stopped.borrow();
                    let status = browser.session().await;
                    if over {
                        return status;
                    }
                }
            })
        })
        .collect();
    owner.call("profile/session/end-others", &[]).await.leads_to(routes::SECURITY);
    stop.send(true).unwrap();
    for task in readers {
        assert_eq!(task.await.unwrap(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(owner.session().await, StatusCode::OK);
    assert_eq!(world.live_sessions().await, 1);
}

/// A session of somebody who lost their app, so that both requests are right.
pub(crate) async fn rec_08_codes_asked_for_at_once_leave_the_last_one(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    let first = browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;
    let ask =
        |mut browser: Browser| async move { browser.call("profile/recovery-code", &[("password", PASSWORD)]).await };
    let answers = at_once((0..8).map(|_| ask(browser.clone())).collect()).await;
    assert!(answers.iter().any(crate::support::Answer::is_ok));
    for answer in &answers {
        assert!(answer.is_ok() || answer.status.is_client_error(), "{}: {}", answer.status, answer.text());
    }
    assert_eq!(world.count(CURRENT).await, 1);
    let shown = browser.recovery_code().await.unwrap();
    assert_eq!(browser.recovery_code().await, None, "once");
    world.challenged(&ana).await.recover(&first).await.is_refused();
    world.challenged(&ana).await.recover(&shown).await.leads_to(routes::RECOVERY_CODE);
}

async fn rec_09_new_code_needs_password_and_code(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let codes = world.count("SELECT COUNT(*) FROM recovery_code").await;
    world.browser().call("profile/recovery-code", &[("password", PASSWORD)]).await.is_refused();
    world.challenged(&ana).await.change("profile/recovery-code", &world.code(&ana.key, 0), &[]).await.is_refused();
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, codes);
    browser.change("profile/recovery-code", &world.code(&ana.key, 0), &[]).await.leads_to(routes::RECOVERY_CODE);
    let shown = browser.recovery_code().await.unwrap();
    assert_eq!(browser.recovery_code().await, None);
    browser.save_recovery_code().await;
    assert_eq!(world.notices("recovery-code-made").await, 1);
    world.challenged(&ana).await.recover(&ana.recovery).await.is_refused();
    world.challenged(&ana).await.recover(&shown).await.leads_to(routes::RECOVERY_CODE);
}

async fn recovery_session_changes_with_the_password_alone_and_not_for_ever(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    browser.recover(&ana.recovery).await.leads_to(routes::RECOVERY_CODE);
    browser.recovery_code().await.unwrap();
    browser.save_after_recovery().await;
    let page = browser.get(routes::CHANGE_AUTHENTICATOR).await;
    assert!(!page.text().contains("6-digit code"), "the app is lost");
    assert_eq!(
        browser.call("profile/authenticator", &[("password", "not this one")]).await.error(),
        AppError::CredentialsWrong
    );
    browser.call("profile/authenticator", &[("password", PASSWORD)]).await.leads_to(routes::AUTHENTICATOR);

    // Kept in use for an hour, the session is one like any other.
    for _ in 0..4 {
        world.clock.advance(15 * 60);
        assert_eq!(browser.session().await, StatusCode::OK);
    }
    let late = browser.call("profile/authenticator", &[("password", PASSWORD)]).await;
    assert_eq!(late.error(), AppError::CodeMalformed);
    let page = browser.get(routes::CHANGE_AUTHENTICATOR).await;
    assert!(page.text().contains("6-digit code"));
}

async fn page_tells_sessions_events_and_safety(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let _other = world.signed_in(&ana).await;
    let mut browser = world.signed_in(&ana).await;
    let page = browser.get(routes::SECURITY).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for words in [
        "Two-Factor Authentication (2FA)",
        "Change Authenticator App",
        "Request a New Recovery Code",
        "Always Require 2FA to Log into My Account",
        "Am I safe if I lose this phone today?",
        "Yes, with your recovery code.",
        "Strict keeps this on for everyone.",
        "This device",
        "Your local network",
        "Sign Out Everywhere Else",
        "Signed in with your authenticator app",
        "Authenticator app linked",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert!(!text.contains(routes::REMOVE_AUTHENTICATOR));
    // A look that was chosen shows at once, and in a browser that does not know it yet.
    browser.call("profile/theme", &[("theme", "dark")]).await.leads_to(routes::SECURITY);
    assert!(browser.get(routes::SECURITY).await.text().contains("data-theme=\"dark\""));
    let mut new = world.signed_in(&ana).await;
    new.get(routes::HOME).await;
    assert!(new.get(routes::SECURITY).await.text().contains("data-theme=\"dark\""));
    new.call("profile/theme", &[("theme", "device")]).await.leads_to(routes::SECURITY);
    assert!(!new.get(routes::SECURITY).await.text().contains("data-theme"));
}
