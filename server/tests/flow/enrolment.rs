//! Making a factor (catalogue 3.5, ENR).

use app::{AppError, Guess, routes};
use axum::http::StatusCode;
use server::domain::Role;

use crate::support::{PASSWORD, World, both, code_of_oathtool};

const CHOSEN: &str = "SELECT COUNT(*) FROM audit_event WHERE kind = 'factor.chosen'";

both!(
    enr_01_code_of_an_earlier_secret_refused,
    enr_02_secret_sent_by_the_client_ignored,
    enr_03_challenge_starts_no_enrolment,
    enrolment_that_a_newer_one_replaced_says_so_and_counts_nothing,
    enr_06_abandoned_enrolment_never_becomes_active,
    enr_11_ids_sent_by_the_client_change_nobody_else,
    method_chosen_twice_is_noted_once_and_keeps_its_key,
    new_factor_ends_every_other_session_and_enrolment,
    payor_is_offered_no_text_messages,
    wrong_code_keeps_the_secret_and_the_page,
    wrong_codes_pause_the_enrolment_and_lose_nothing,
    method_chosen_after_the_end_makes_no_factor,
    tick_is_checked_on_the_server,
);

const ACTIVE: &str = "SELECT COUNT(*) FROM factor WHERE state = 'active'";

async fn enr_01_code_of_an_earlier_secret_refused(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut first = world.browser();
    let first_key = first.start_enrolment("ana@strict.example").await;
    let mut second = world.browser();
    let second_key = second.start_enrolment("ana@strict.example").await;
    assert_ne!(first_key, second_key, "each enrolment has its own secret");

    second.confirm(&world.code(&first_key, 0)).await.is_refused();
    first.confirm(&world.code(&first_key, 0)).await.is_refused();
    assert_eq!(world.count(ACTIVE).await, 0);
    assert_eq!(world.live_sessions().await, 0);

    second.confirm(&code_of_oathtool(&second_key, world.clock.seconds())).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(world.count(ACTIVE).await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM factor WHERE state = 'pending'").await, 0);
}

async fn enr_02_secret_sent_by_the_client_ignored(world: World) {
    const CHOSEN: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    world.newcomer("ana@strict.example").await;
    world.newcomer("bob@strict.example").await;
    let mut ana = world.browser();
    ana.start_enrolment("ana@strict.example").await;
    let mut bob = world.browser();
    let bobs_key = bob.start_enrolment("bob@strict.example").await;
    let of_bob = "SELECT factor.id FROM factor JOIN person ON person.id = person_id WHERE email = 'bob@strict.example'";
    let id = world.database.blob(of_bob, vec![]).await;
    let id = data_encoding::HEXLOWER.encode(&id);

    for key in [CHOSEN, &bobs_key] {
        let code = world.code(key, 0);
        let fields =
            [("code", code.as_str()), ("secret", key), ("key", key), ("factor_id", &id), ("id", &id), ("step", "0")];
        ana.call("set-up/authenticator", &fields).await.is_refused();
        // Alone it passes the door, and is the code of a secret that is not Ana's.
        let alone = ana.call("set-up/authenticator", &[("code", code.as_str())]).await;
        assert_eq!(alone.error(), AppError::CodeWrong { left: None });
    }
    assert_eq!(world.count(ACTIVE).await, 0);
    assert_eq!(world.live_sessions().await, 0);
}

async fn enr_03_challenge_starts_no_enrolment(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let mut browser = world.challenged(&ana).await;
    let steps: [(&str, &[(&str, &str)]); 6] = [
        ("set-up/start", &[("password", PASSWORD)]),
        ("set-up/method", &[("method", "authenticator")]),
        ("page/method", &[]),
        ("page/authenticator", &[]),
        ("set-up/authenticator", &[("code", "000000")]),
        ("set-up/new-code", &[]),
    ];
    for (endpoint, fields) in steps {
        let status = browser.call(endpoint, fields).await.status;
        assert!([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status), "{endpoint}: {status}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code").await, 1);
    // The challenge itself goes on.
    browser.verify(&world.code(&ana.key, 0)).await.leads_to(routes::HOME);
}

async fn enrolment_that_a_newer_one_replaced_says_so_and_counts_nothing(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut older = world.browser();
    let code = world.code(&older.start_enrolment("ana@strict.example").await, 0);
    let mut newer = world.browser();
    let key = newer.start_enrolment("ana@strict.example").await;

    let answer = older.confirm(&code).await;
    assert_eq!((answer.error(), answer.header("location")), (AppError::Expired, Some(routes::METHOD_AGAIN)));
    let (at, page) = older.submit(routes::AUTHENTICATOR, "set-up/authenticator", &[("code", &code)]).await;
    assert!(at == routes::METHOD_AGAIN && page.text().contains("A newer page of yours has taken the place"), "{at}");
    assert_eq!(world.count("SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM throttle").await, 0);

    newer.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
}

async fn enr_06_abandoned_enrolment_never_becomes_active(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    world.clock.advance(24 * 3600);

    assert_eq!(browser.confirm(&world.code(&key, 0)).await.error(), AppError::Expired);
    assert_eq!(browser.call("page/authenticator", &[]).await.status, StatusCode::UNAUTHORIZED);
    let mut next = world.browser();
    let fresh = next.start_enrolment("ana@strict.example").await;
    assert_ne!(fresh, key);
    next.confirm(&world.code(&key, 0)).await.is_refused();
    assert_eq!(world.count(ACTIVE).await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 1, "the abandoned secret is gone");

    // Nobody comes back to this one: the housekeeping takes it, and not before its day is over.
    world.service.purge().await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 1);
    world.clock.advance(24 * 3600 + 1);
    world.service.purge().await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 0);
    next.confirm(&world.code(&fresh, 0)).await.is_refused();
    assert_eq!(world.live_sessions().await, 0);
}

/// No call takes an id but the one that ends a session, and that one takes one's own. One that is sent all the same
/// changes nothing about the person it names.
async fn enr_11_ids_sent_by_the_client_change_nobody_else(world: World) {
    let victim = world.enrolled("ana@strict.example").await;
    let id = world.database.blob("SELECT id FROM person WHERE email = $1", vec![victim.email.as_str().into()]).await;
    let id = data_encoding::HEXLOWER.encode(&id);
    world.newcomer("eve@strict.example").await;
    let mut eve = world.browser();
    let key = eve.start_enrolment("eve@strict.example").await;
    let code = world.code(&key, 0);
    let fields = [("code", code.as_str()), ("person_id", &id), ("user_id", &id), ("email", &victim.email)];

    eve.call("set-up/authenticator", &fields).await;
    eve.call("set-up/new-code", &[("person_id", &id)]).await;
    eve.call("set-up/saved", &[("number", "1"), ("saved", "yes"), ("person_id", &id)]).await;
    eve.call("sign-out", &[("person_id", &id)]).await;

    assert_eq!(world.live_sessions_of(&victim.email).await, 0);
    let mut owner = world.signed_in(&victim).await;

    // The same without what stops them at the door: Eve's own steps go on, and touch nobody else.
    let code = world.code(&key, 0);
    eve.call("set-up/authenticator", &[("code", code.as_str())]).await.leads_to(routes::RECOVERY_CODE);
    let session = world.database.blob(
        "SELECT s.id FROM session s JOIN person p ON p.id = s.person_id WHERE p.email = $1",
        vec![victim.email.as_str().into()],
    );
    let session = data_encoding::HEXLOWER.encode(&session.await);
    eve.call("set-up/new-code", &[]).await.leads_to(routes::RECOVERY_CODE);
    eve.call("set-up/saved", &[("number", "2"), ("saved", "yes")]).await.leads_to(routes::HOME);
    eve.call("profile/session/end", &[("session", session.as_str())]).await;
    eve.call("profile/session/end-others", &[]).await;
    eve.call("sign-out", &[]).await;
    assert_eq!(owner.session().await, StatusCode::OK);
    assert_eq!(world.live_sessions_of(&victim.email).await, 1);
    let rows = "SELECT COUNT(*) FROM recovery_code JOIN person ON person.id = person_id WHERE email = $1";
    assert_eq!(world.database.int(rows, vec![victim.email.as_str().into()]).await, 1);
}

async fn payor_is_offered_no_text_messages(world: World) {
    world.open_company("Open").await;
    world.person("cy@open.example", "Open", Role::PaymentsAdmin).await;
    let mut browser = world.browser();
    browser.enter("cy@open.example").await.leads_to(routes::REQUIRED);
    let answer = browser.call("set-up/method", &[("method", "sms")]).await;
    assert_eq!(answer.error(), AppError::MethodNotAllowed);
    for method in ["", "passkey", "Authenticator", "authenticator,sms"] {
        assert_eq!(browser.call("set-up/method", &[("method", method)]).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 0);
}

async fn wrong_code_keeps_the_secret_and_the_page(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    for code in [world.wrong_code(&key), "12345".to_owned(), String::new()] {
        browser.confirm(&code).await.is_refused();
        assert_eq!(browser.setup_key().await, key);
    }
    // A phone whose clock is off is told so.
    let answer = browser.confirm(&world.code(&key, 10)).await;
    assert!(matches!(answer.error(), AppError::ClockOff { minutes: 5, .. }), "{:?}", answer.error());
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
}

async fn tick_is_checked_on_the_server(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    for fields in [&[("number", "1")][..], &[("number", "1"), ("saved", "")], &[("number", "1"), ("saved", "no")]] {
        assert_eq!(browser.call("set-up/saved", fields).await.error(), AppError::TickMissing);
    }
    for fields in [&[("saved", "yes")][..], &[("number", "one"), ("saved", "yes")]] {
        assert_eq!(browser.call("set-up/saved", fields).await.error(), AppError::BadRequest, "of no card");
    }
    assert_ne!(browser.open(routes::HOME).await.0, routes::HOME, "until then every page leads to the card");
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code WHERE acknowledged_at IS NOT NULL").await, 0);
    browser.save_recovery_code().await;
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_code WHERE acknowledged_at IS NOT NULL").await, 1);
    assert_eq!(browser.open(routes::HOME).await.0, routes::HOME);
}

/// product.md, section 4: a new factor ends the sessions that were opened without it.
async fn new_factor_ends_every_other_session_and_enrolment(world: World) {
    world.open_company("Open").await;
    world.person("ana@open.example", "Open", Role::Member).await;
    let mut browsers = world.browsers(3);
    for browser in &mut browsers {
        browser.enter("ana@open.example").await.leads_to(routes::HOME);
    }
    let [enrolling, half_way, elsewhere] = &mut browsers[..] else { unreachable!("there are three") };
    for browser in [&mut *half_way, &mut *enrolling] {
        browser.call("set-up/start", &[("password", PASSWORD)]).await.leads_to(routes::METHOD);
        browser.call("set-up/method", &[("method", "authenticator")]).await.leads_to(routes::AUTHENTICATOR);
    }
    let key = enrolling.setup_key().await;

    enrolling.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);

    assert_eq!(enrolling.session().await, StatusCode::OK);
    for browser in [half_way, elsewhere] {
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
        browser.call("set-up/method", &[("method", "authenticator")]).await.is_refused();
    }
    assert_eq!(world.live_sessions().await, 1);
    assert_eq!(world.count(ACTIVE).await, 1);
}

/// product.md, section 8: the same counter as at a sign-in, so no new enrolment goes round it.
async fn wrong_codes_pause_the_enrolment_and_lose_nothing(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    for _ in 0..9 {
        assert_eq!(browser.confirm(&world.wrong_code(&key)).await.error(), AppError::CodeWrong { left: None });
    }
    let tenth = browser.confirm(&world.wrong_code(&key)).await;
    assert!(matches!(tenth.error(), AppError::Paused { seconds: 900, guess: Guess::Code }), "{:?}", tenth.error());
    assert!(tenth.header("retry-after").is_some());
    let right = browser.confirm(&world.code(&key, 0)).await;
    assert!(matches!(right.error(), AppError::Paused { .. }), "{:?}", right.error());
    let (page, shown) = browser.submit(routes::AUTHENTICATOR, "set-up/authenticator", &[("code", "000000")]).await;
    assert!(page.starts_with(routes::PAUSE) && shown.text().contains("15\u{a0}minutes"), "the page says so");
    let mut other = world.browser();
    let fresh = other.start_enrolment("ana@strict.example").await;
    let elsewhere = other.confirm(&world.code(&fresh, 0)).await;
    assert!(matches!(elsewhere.error(), AppError::Paused { .. }), "{:?}", elsewhere.error());
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'code.wrong'").await, 10);
    assert_eq!(world.count(ACTIVE).await, 0);

    world.clock.advance(900);

    assert_eq!(other.setup_key().await, fresh, "the secret is kept meanwhile");
    other.confirm(&world.code(&fresh, 0)).await.leads_to(routes::RECOVERY_CODE);
    assert_eq!(world.count(ACTIVE).await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM throttle WHERE paused_until > 0 AND failures >= 10").await, 0);
}

async fn method_chosen_twice_is_noted_once_and_keeps_its_key(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    let key = browser.start_enrolment("ana@strict.example").await;
    browser.call("set-up/method", &[("method", "authenticator")]).await.leads_to(routes::AUTHENTICATOR);
    assert_eq!(browser.setup_key().await, key);
    assert_eq!(world.count(CHOSEN).await, 1);
}

/// The enrolment ends in another tab between the look at it and the write.
async fn method_chosen_after_the_end_makes_no_factor(world: World) {
    world.newcomer("ana@strict.example").await;
    let mut browser = world.browser();
    browser.enter("ana@strict.example").await.leads_to(routes::REQUIRED);
    for end in ["UPDATE sign_in SET consumed_at = created_at", "UPDATE person SET epoch = epoch + 1"] {
        let mut other = world.database.connect().await;
        let begin = if world.database.is_sqlite() { "BEGIN IMMEDIATE" } else { "BEGIN" };
        sqlx::query(begin).execute(&mut other).await.unwrap();
        sqlx::query(end).execute(&mut other).await.unwrap();
        let mut choosing = browser.clone();
        let request = tokio::spawn(async move { choosing.call("set-up/method", &[("method", "authenticator")]).await });
        world.somebody_waits_for_a_lock(&request).await;
        sqlx::query("COMMIT").execute(&mut other).await.unwrap();

        assert_eq!(request.await.unwrap().error(), AppError::Expired, "{end}");
        assert_eq!(world.count("SELECT COUNT(*) FROM factor").await, 0, "{end}");
        assert_eq!(world.count(CHOSEN).await, 0, "{end}");
        browser = world.browser();
        browser.enter("ana@strict.example").await.leads_to(routes::REQUIRED);
    }
}
