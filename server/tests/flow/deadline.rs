//! The first minute of the day from which a company requires a second factor, with sessions open (product.md, section 2).

use app::{AppError, routes};
use axum::http::StatusCode;
use server::domain::{Deadline, Role};

use crate::support::{Browser, NUMBER, PASSWORD, World, both};

both!(
    flow_13_password_session_ends_with_the_first_second_of_the_day,
    flow_13_set_up_that_was_begun_before_the_day_is_finished_on_it,
    flow_13_session_with_a_second_factor_goes_on_through_the_deadline,
);

/// A company that requires a second factor from a day in Denver on, and the first second of that day.
async fn later(world: &World) -> i64 {
    let deadline = Deadline::parse("2030-01-05", "America/Denver").unwrap();
    let starts = deadline.starts().0;
    world.open_company("Later").await;
    world.set_policy("Later", true, Some(deadline)).await;
    world.clock.set(starts - 600);
    starts
}

/// What `GET /api/session`, `/` and `Password & Security` answer.
async fn seen(browser: &mut Browser) -> (StatusCode, String, String) {
    let session = browser.session().await;
    (session, browser.open(routes::HOME).await.0, browser.open(routes::SECURITY).await.0)
}

/// One second before, at, and after it. Whoever comes back reaches nothing but the enrolment.
async fn flow_13_password_session_ends_with_the_first_second_of_the_day(world: World) {
    let starts = later(&world).await;
    let email = "eli@later.example";
    world.person(email, "Later", Role::Member).await;
    for second in [-1, 0, 1] {
        world.clock.set(starts - 600);
        let mut browser = world.browser();
        browser.enter(email).await.leads_to(routes::HOME);
        world.clock.set(starts + second);
        let mut other = browser.clone();
        let theme = other.call("profile/theme", &[("theme", "dark")]).await;
        let (session, home, security) = seen(&mut browser).await;
        if second < 0 {
            theme.leads_to(routes::SECURITY);
            assert_eq!((session, &*home, &*security), (StatusCode::OK, routes::HOME, routes::SECURITY));
            continue;
        }
        assert_eq!(theme.error(), AppError::Expired, "{second}");
        assert_eq!(session, StatusCode::UNAUTHORIZED, "{second}");
        assert!(home.starts_with(routes::SIGN_IN) && security.starts_with(routes::SIGN_IN), "{home} {security}");
        browser.enter(email).await.leads_to(routes::REQUIRED);
        assert_eq!(seen(&mut browser).await.0, StatusCode::UNAUTHORIZED);
        for page in [routes::HOME, routes::SECURITY] {
            assert_eq!(browser.open(page).await.0, routes::REQUIRED, "{second}");
        }
    }
}

/// Nobody is thrown out of the very thing that the day asks for.
async fn flow_13_set_up_that_was_begun_before_the_day_is_finished_on_it(world: World) {
    let starts = later(&world).await;
    for (email, by_phone) in [("eli@later.example", false), ("mia@later.example", true)] {
        world.clock.set(starts - 600);
        world.person(email, "Later", Role::Member).await;
        let mut browser = world.browser();
        browser.enter(email).await.leads_to(routes::HOME);
        browser.call("set-up/start", &[("password", PASSWORD)]).await.leads_to(routes::METHOD);
        let method = if by_phone { "sms" } else { "authenticator" };
        browser.call("set-up/method", &[("method", method)]).await;
        world.clock.set(starts + 1);
        assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
        if by_phone {
            browser.send_text("US", NUMBER).await.leads_to(routes::PHONE_CONFIRM);
            browser.confirm_phone(&world.phones.code()).await.leads_to(routes::RECOVERY_CODE);
        } else {
            let key = browser.setup_key().await;
            browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
        }
        browser.save_recovery_code().await;
        assert_eq!(browser.session().await, StatusCode::OK);
    }
}

async fn flow_13_session_with_a_second_factor_goes_on_through_the_deadline(world: World) {
    let starts = later(&world).await;
    world.person("lea@later.example", "Later", Role::Member).await;
    let lea = world.enrol("lea@later.example").await;
    world.clock.set(starts - 600);
    let mut browser = world.signed_in(&lea).await;
    for second in [-1, 0, 1] {
        world.clock.set(starts + second);
        let expected = (StatusCode::OK, routes::HOME.to_owned(), routes::SECURITY.to_owned());
        assert_eq!(seen(&mut browser).await, expected, "{second}");
    }
}
