//! A new password by mail ends the pauses that were about the old one (FLOW-20, product.md section 8: never a permanent lock
//! that a stranger can cause).

use app::{AppError, Guess, routes};

use crate::{
    reset::{NEW, ask, fresh_token, opened, set, token},
    support::{World, both},
};

both!(flow_20_own_wrong_tries_do_not_stop_the_new_password, flow_20_strangers_do_not_keep_the_new_password_out,);

const WRONG: &str = "wrong wrong wrong";

/// In a browser that is known, and in one that is not.
async fn flow_20_own_wrong_tries_do_not_stop_the_new_password(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let known = world.signed_in(&ana).await;
    for mut browser in [known, world.browser()] {
        for _ in 0..10 {
            browser.enter_with(&ana.email, WRONG).await.is_refused();
        }
        assert_eq!(browser.enter(&ana.email).await.error(), AppError::Paused { seconds: 900, guess: Guess::Password });
        ask(&world, &mut browser, &ana.email).await;
        let token = token(&world).await;
        browser.get(&format!("/password/link?t={token}")).await;
        set(&mut browser, NEW).await.leads_to(routes::RESET_DONE);
        browser.enter_with(&ana.email, NEW).await.leads_to(routes::VERIFY);
        // Also in another browser at this address, which shares no mark.
        browser.beside().enter_with(&ana.email, NEW).await.leads_to(routes::VERIFY);
    }
}

async fn flow_20_strangers_do_not_keep_the_new_password_out(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    let guess_all = async || {
        for _ in 0..100 {
            world.browser().enter_with(&ana.email, WRONG).await.is_refused();
        }
        assert_eq!(
            world.browser().enter_with(&ana.email, NEW).await.error(),
            AppError::Paused { seconds: 900, guess: Guess::Password }
        );
    };
    guess_all().await;
    let mut browser = opened(&world, &fresh_token(&world, &ana.email).await).await;
    set(&mut browser, NEW).await.leads_to(routes::RESET_DONE);
    // They are faster than the person types.
    guess_all().await;
    browser.enter_with(&ana.email, NEW).await.leads_to(routes::VERIFY);
    // The link has shown a mailbox, and no second factor: everything else about this browser is strange.
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in WHERE known = 1").await, 0);
    for _ in 0..5 {
        browser.verify(&world.wrong_code(&ana.key)).await.is_refused();
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM notice WHERE kind = 'stranger-guesses'").await, 1);
    // And it has a budget, not a free pass.
    for _ in 0..10 {
        assert_eq!(browser.enter_with(&ana.email, WRONG).await.error(), AppError::CredentialsWrong);
    }
    assert_eq!(
        browser.enter_with(&ana.email, NEW).await.error(),
        AppError::Paused { seconds: 900, guess: Guess::Password }
    );
}
