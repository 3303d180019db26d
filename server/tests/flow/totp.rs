//! Codes of the authenticator app (catalogue 3.1).

use app::{AppError, routes};
use axum::http::StatusCode;
use server::domain::Role;

use crate::race::events;
use crate::support::{NUMBER, PASSWORD, World, both, code_at, code_of_oathtool};

both!(
    totp_03_same_code_twice_second_refused,
    totp_04_earlier_step_after_a_later_one_refused,
    totp_05_step_behind_a_fast_phone_refused,
    totp_06_code_that_confirmed_the_enrolment_refused_at_sign_in,
    totp_07_code_that_confirmed_a_change_refused_at_sign_in,
    totp_07_code_of_an_early_enrolment_refused_at_sign_in,
    totp_08_steps_outside_the_skew_refused_to_the_second,
    totp_09_malformed_codes_refused_and_cost_nothing,
    totp_10_absent_and_disabled_factors_never_pass,
    totp_10_pending_secret_never_authenticates,
    totp_11_code_of_another_person_refused,
    totp_17_leading_zeros_are_part_of_the_code,
    code_of_oathtool_accepted,
);

const EVENTS: &str = "SELECT COUNT(*) FROM audit_event";

async fn totp_03_same_code_twice_second_refused(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let code = world.code(&ana.key, 0);
    world.challenged(&ana).await.verify(&code).await.leads_to(routes::HOME);

    let mut again = world.challenged(&ana).await;
    let noted = world.count(EVENTS).await;
    let refused = again.verify(&code).await;

    assert_eq!(refused.error(), AppError::CodeUsed);
    assert_eq!(again.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 1);
    assert_eq!(world.count(EVENTS).await, noted + 1, "the duplicate is in the audit log");
    assert_eq!(events(&world, "code.used").await, 1, "and by its name");
}

async fn totp_04_earlier_step_after_a_later_one_refused(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);

    let refused = world.challenged(&ana).await.verify(&world.code(&ana.key, -1)).await;

    assert_eq!(refused.error(), AppError::CodeUsed);
    assert_eq!(world.live_sessions().await, 1);
}

async fn totp_05_step_behind_a_fast_phone_refused(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    world.challenged(&ana).await.verify(&world.code(&ana.key, 1)).await.leads_to(routes::HOME);

    let mut browser = world.challenged(&ana).await;
    for steps in [0, 1] {
        assert_eq!(browser.verify(&world.code(&ana.key, steps)).await.error(), AppError::CodeUsed);
    }
    world.clock.advance(30);
    assert_eq!(browser.verify(&world.code(&ana.key, 0)).await.error(), AppError::CodeUsed);
    assert_eq!(world.live_sessions().await, 1);

    browser.verify(&world.code(&ana.key, 1)).await.leads_to(routes::HOME);
}

async fn totp_06_code_that_confirmed_the_enrolment_refused_at_sign_in(world: World) {
    world.newcomer("ana@strict.example").await;
    let ana = world.browser().enrol(&world, "ana@strict.example").await;

    let refused = world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await;

    assert_eq!(refused.error(), AppError::CodeUsed);
    assert_eq!(world.live_sessions().await, 1);
}

/// One counter for all purposes: what has allowed a change signs nobody in. The reverse is `enr_04`.
async fn totp_07_code_that_confirmed_a_change_refused_at_sign_in(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.signed_in(&ana).await;
    let code = world.code(&ana.key, 0);
    let proof = [("password", PASSWORD), ("code", code.as_str())];
    browser.call("profile/recovery-code", &proof).await.leads_to(routes::RECOVERY_CODE);
    browser.recovery_code().await.unwrap();
    browser.save_recovery_code().await;

    let mut other = world.challenged(&ana).await;
    assert_eq!(other.verify(&code).await.error(), AppError::CodeUsed);
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.live_sessions().await, 1);
    other.verify(&world.code(&ana.key, 1)).await.leads_to(routes::HOME);
}

/// The same of a code that has confirmed an app before anybody asked for one.
async fn totp_07_code_of_an_early_enrolment_refused_at_sign_in(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", Role::Member).await;
    let mut browser = world.browser();
    browser.enter("ana@open.example").await.leads_to(routes::HOME);
    browser.call("set-up/start", &[("password", PASSWORD)]).await.leads_to(routes::METHOD);
    browser.call("set-up/method", &[("method", "authenticator")]).await.leads_to(routes::AUTHENTICATOR);
    let key = browser.setup_key().await;
    let code = world.code(&key, 0);
    browser.confirm(&code).await.leads_to(routes::RECOVERY_CODE);
    browser.save_recovery_code().await;

    let mut other = world.browser();
    other.enter("ana@open.example").await.leads_to(routes::VERIFY);
    assert_eq!(other.verify(&code).await.error(), AppError::CodeUsed);
    assert_eq!(other.session().await, StatusCode::UNAUTHORIZED);

    // The reverse: what opened a session confirms nothing afterwards.
    world.clock.advance(30);
    let code = world.code(&key, 0);
    other.verify(&code).await.leads_to(routes::HOME);
    other.confirm(&code).await.is_refused();
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 1);
}

async fn totp_08_steps_outside_the_skew_refused_to_the_second(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let step = world.clock.seconds() / 30 + 10;
    let later = step + 10;
    // (the second, the step whose code is typed, the minutes that are told, if it does not open)
    let moments = [
        ((step - 1) * 30 - 1, step, Some(1)),
        ((later + 2) * 30, later, Some(-1)),
        ((later + 2) * 30 - 1, later, None),
    ];
    for (second, step, told) in moments {
        world.clock.set(second);
        let answer = world.challenged(&ana).await.verify(&code_at(&ana.key, step * 30)).await;
        match told {
            Some(minutes) => assert_eq!(answer.error(), AppError::ClockOff { minutes, left: Some(4) }, "at {second}"),
            None => answer.leads_to(routes::HOME),
        }
    }
    // The first second in which the next code opens, one step early.
    let next = code_at(&ana.key, (later + 4) * 30);
    world.clock.set((later + 3) * 30);
    world.challenged(&ana).await.verify(&next).await.leads_to(routes::HOME);
    assert_eq!(world.live_sessions().await, 2);
}

async fn totp_09_malformed_codes_refused_and_cost_nothing(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let code = world.code(&ana.key, 0);
    let mut browser = world.challenged(&ana).await;
    let mut malformed: Vec<String> =
        ["", " ", "null", "12345", "1234567", "12345678", "+12345", "-12345", "1e5", "0x1234", "12.345", "१२३४५६"]
            .map(str::to_owned)
            .into();
    malformed.push(format!("+{code}"));
    malformed.push(format!("{code}\0"));
    malformed.push(format!("{code}\n{code}"));
    malformed.push(format!("{code}0"));
    malformed.push(code.chars().map(|digit| char::from_u32(u32::from(digit) - 48 + 0xFF10).unwrap()).collect());
    malformed.push(code.repeat(11_000));

    for text in &malformed {
        let answer = browser.verify(text).await;
        answer.is_refused();
        assert_ne!(answer.status, StatusCode::NOT_FOUND);
    }
    let bodies = [
        ("application/json", format!("{{\"code\":{code}}}")),
        ("application/json", format!("{{\"code\":[\"{code}\"]}}")),
        ("application/x-www-form-urlencoded", String::new()),
        ("application/x-www-form-urlencoded", format!("code[]={code}")),
        ("application/x-www-form-urlencoded", format!("code[a]={code}")),
        ("application/x-www-form-urlencoded", "code=%ff%fe%00".to_owned()),
        ("text/plain", format!("code={code}")),
    ];
    for (kind, body) in bodies {
        browser.post("sign-in/code", kind, body).await.is_refused();
    }

    assert_eq!(world.live_sessions().await, 0);
    assert_eq!(world.count("SELECT attempts FROM sign_in").await, 0);
    assert_eq!(world.count("SELECT failures FROM factor").await, 0);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    browser.verify(&spaced).await.leads_to(routes::HOME);
}

/// At a challenge of somebody who has a phone and no app, and of somebody whose app was switched off.
async fn totp_10_absent_and_disabled_factors_never_pass(world: World) {
    world.with_phone("ana@strict.example", NUMBER).await;
    let mut ana = world.texted("ana@strict.example").await;
    // With nothing to compare with, nothing is right: no zeros, and no code of an empty key.
    for code in ["000000", &code_at("", world.clock.seconds())] {
        ana.verify(code).await.is_refused();
    }
    ana.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);

    let bob = world.enrolled("bob@strict.example").await;
    let mut browser = world.challenged(&bob).await;
    let sessions = world.live_sessions().await;
    world.database.change("UPDATE factor SET state = 'disabled' WHERE method = 'authenticator'", vec![]).await;
    browser.verify(&world.code(&bob.key, 0)).await.is_refused();
    assert_eq!(world.live_sessions().await, sessions);
}

/// The new app of somebody who has only a phone so far, and of somebody who changes the one they have.
async fn totp_10_pending_secret_never_authenticates(world: World) {
    let (adding, changing) = ("ana@strict.example", "bob@strict.example");
    world.with_phone(adding, NUMBER).await;
    let bob = world.enrolled(changing).await;
    for email in [adding, changing] {
        let by_phone = email == adding;
        let mut owner = if by_phone { world.texted(email).await } else { world.signed_in(&bob).await };
        if by_phone {
            owner.verify_phone(&world.phones.code()).await.leads_to(routes::HOME);
            world.clock.advance(60);
            owner.call("profile/text", &[]).await;
        }
        let proof = if by_phone { world.phones.code() } else { world.code(&bob.key, 0) };
        owner.confirm_with("profile/authenticator", &proof).await.leads_to(routes::AUTHENTICATOR);
        let pending = owner.setup_key().await;
        world.clock.advance(60);

        let mut elsewhere = if by_phone { world.texted(email).await } else { world.challenged(&bob).await };
        let steps = "SELECT CAST(COALESCE(SUM(last_step), 0) AS BIGINT) FROM factor";
        let before = (world.live_sessions().await, world.count(steps).await);
        elsewhere.verify(&world.code(&pending, 0)).await.is_refused();
        assert_eq!((world.live_sessions().await, world.count(steps).await), before, "{email}");
        assert_eq!(elsewhere.session().await, StatusCode::UNAUTHORIZED);
        // The challenge was a real one, and the code the right one of that app.
        let right = if by_phone {
            elsewhere.verify_phone(&world.phones.code()).await
        } else {
            elsewhere.verify(&world.code(&bob.key, 0)).await
        };
        right.leads_to(routes::HOME);
        owner.confirm(&world.code(&pending, 0)).await.leads_to(routes::RECOVERY_CODE);
    }
}

async fn totp_11_code_of_another_person_refused(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let bob = world.enrolled("bob@strict.example").await;

    let refused = world.challenged(&bob).await.verify(&world.code(&ana.key, 0)).await;

    assert_eq!(refused.error(), AppError::CodeWrong { left: Some(4) });
    assert_eq!(world.live_sessions().await, 0);
    // And nothing of Ana's was spent.
    world.challenged(&ana).await.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

async fn totp_17_leading_zeros_are_part_of_the_code(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let steps = (1..1000).find(|steps| world.code(&ana.key, *steps).starts_with('0')).unwrap();
    world.clock.advance(30 * steps);
    let code = world.code(&ana.key, 0);
    let mut browser = world.challenged(&ana).await;

    assert_eq!(browser.verify(code.trim_start_matches('0')).await.error(), AppError::CodeMalformed);
    browser.verify(&code).await.leads_to(routes::HOME);
}

async fn code_of_oathtool_accepted(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    for _ in 0..5 {
        let code = code_of_oathtool(&ana.key, world.clock.seconds());
        world.challenged(&ana).await.verify(&code).await.leads_to(routes::HOME);
        world.clock.advance(90);
    }
    assert_eq!(world.live_sessions().await, 5);
}
