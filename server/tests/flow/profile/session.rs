//! The sessions of a person: who ends them, and what a stolen one is worth.

use app::{AppError, routes};
use axum::http::StatusCode;
use futures_util::future::BoxFuture;

use super::CHANGES;
use crate::support::{Answer, Browser, SESSION_COOKIE, World, at_once, both};

both!(
    enr_11_sessions_of_others_are_not_ended,
    flow_19_stolen_session_guesses_no_further_than_a_sign_in,
    flow_19_owner_is_told_of_a_strangers_fifth_wrong_code_wherever_it_is_typed,
    race_11_ended_session_passes_nowhere,
    race_11_session_ended_while_it_gets_a_new_token_passes_nowhere,
);

/// Somebody else's browser with a copy of the session's cookie.
fn thief(world: &World, owner: &Browser) -> Browser {
    let mut thief = world.browser();
    thief.set_cookie(SESSION_COOKIE, owner.cookie(SESSION_COOKIE).unwrap());
    thief
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
        if stolen.clone().call("profile/recovery-code", &fields).await.error() == AppError::PasswordWrong {
            refused += 1;
        }
    }
    assert!(refused <= 10, "{refused} passwords were compared");
}

/// Sign-in and profile share the counter; the fifth wrong code may be typed on either page.
async fn flow_19_owner_is_told_of_a_strangers_fifth_wrong_code_wherever_it_is_typed(world: World) {
    let kind = "stranger-guesses";
    for (email, fifth_at_the_profile) in [("ana@open.example", true), ("bob@open.example", false)] {
        let person = world.volunteer(email).await;
        let owner = world.signed_in(&person).await;
        let (mut thief, wrong) = (thief(&world, &owner), world.wrong_code(&person.key));
        let before = world.notices(kind).await;
        let mut stranger = world.challenged(&person).await;
        for at_the_profile in [!fifth_at_the_profile, true, false, true, fifth_at_the_profile] {
            assert_eq!(world.notices(kind).await, before, "not yet");
            if at_the_profile {
                thief.change("profile/recovery-code", &wrong, &[]).await.is_refused();
            } else {
                stranger.verify(&wrong).await.is_refused();
            }
        }
        assert_eq!(world.notices(kind).await, before + 1, "{email}: the fifth is told");
        thief.change("profile/recovery-code", &wrong, &[]).await.is_refused();
        assert_eq!(world.notices(kind).await, before + 1, "{email}: once");
        // Who types so in a browser that has signed in before is the owner.
        for _ in 0..5 {
            owner.clone().change("profile/recovery-code", &wrong, &[]).await.is_refused();
        }
        assert_eq!(world.notices(kind).await, before + 1, "{email}");
    }
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
    assert_eq!(crate::race::events(&world, "session.ended").await, 1);
}

/// A change gives the session a new token, and a look at a page notes that it was used, while another browser ends it.
/// Whichever comes first: neither token opens anything then.
pub(crate) async fn race_11_session_ended_while_it_gets_a_new_token_passes_nowhere(world: World) {
    for (round, ana) in world.crew(8).await.into_iter().enumerate() {
        let victim = world.session_at_once(&ana).await;
        let mut owner = world.session_at_once(&ana).await;
        world.database.change("UPDATE session SET last_seen_at = last_seen_at - 60", Vec::new()).await;

        let (mut renewed, mut used, code) = (victim.clone(), victim.clone(), world.code(&ana.key, 0));
        let mut work: Vec<BoxFuture<'static, (Answer, Browser)>> = vec![
            Box::pin(async move { (renewed.change("profile/recovery-code", &code, &[]).await, renewed) }),
            Box::pin(async move { (used.get(routes::SECURITY).await, used) }),
            Box::pin(async move { (owner.call("profile/session/end-others", &[]).await, owner) }),
        ];
        let turn = round % work.len();
        work.rotate_left(turn);
        let mut browsers = at_once(work).await;
        browsers.rotate_right(turn);

        let (ended, mut owner) = browsers.pop().unwrap();
        ended.leads_to(routes::SECURITY);
        let others = browsers.into_iter().map(|(_, browser)| browser).chain([victim]);
        for mut browser in others {
            assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED, "round {round}");
        }
        assert_eq!(owner.session().await, StatusCode::OK);
        assert_eq!(world.live_sessions_of(&ana.email).await, 1);
    }
}
