//! A card belongs to the session that it was made in: no other one makes another in its place, or says that it is saved.

use app::{AppError, routes};

use crate::{
    card::two_cards,
    support::{PASSWORD, World, both},
};

both!(
    rec_09_card_of_one_session_is_neither_renewed_nor_ticked_in_another,
    rec_09_card_that_was_asked_for_is_no_business_of_another_session,
);

const EMAIL: &str = "ana@strict.example";
const SAVED: &str = "SELECT COUNT(*) FROM recovery_code WHERE acknowledged_at IS NOT NULL";
const NEWEST: &str = "SELECT MAX(number) FROM recovery_code";

/// Somebody who has stolen the first session would read a card of their own, and need nothing but the password then.
async fn rec_09_card_of_one_session_is_neither_renewed_nor_ticked_in_another(world: World) {
    let (mut stolen, mut own, _, [_, two]) = two_cards(&world).await;

    assert_eq!(stolen.call("set-up/new-code", &[]).await.error(), AppError::Forbidden);
    assert_eq!(stolen.save_card(2).await.error(), AppError::RecoveryCodeReplaced);
    assert_eq!(stolen.open(routes::RECOVERY_CODE).await.0, routes::HOME);

    assert_eq!((world.count(NEWEST).await, world.count(SAVED).await), (2, 0));
    own.save_card(2).await.leads_to(routes::HOME);
    let mut back = world.browser();
    back.enter(EMAIL).await.leads_to(routes::VERIFY);
    back.recover(&two).await.leads_to(routes::RECOVERY_CODE);
}

/// The same while the owner looks at a card that they have asked for.
async fn rec_09_card_that_was_asked_for_is_no_business_of_another_session(world: World) {
    let ana = world.enrolled(EMAIL).await;
    let (mut stolen, mut own) = (world.signed_in(&ana).await, world.signed_in(&ana).await);
    let fields = [("password", PASSWORD), ("code", &*world.code(&ana.key, 0))];
    own.call("profile/recovery-code", &fields).await.leads_to(routes::RECOVERY_CODE);

    for shown in [false, true] {
        assert_eq!(stolen.call("set-up/new-code", &[]).await.error(), AppError::Forbidden);
        stolen.save_card(2).await.is_refused();
        assert_eq!(stolen.open(routes::RECOVERY_CODE).await.0, routes::HOME);
        assert_eq!(own.recovery_code().await.is_some(), !shown);
    }

    assert_eq!((world.count(NEWEST).await, world.count(SAVED).await), (2, 1), "the first one was saved before");
    own.save_card(2).await.leads_to(routes::HOME);
}
