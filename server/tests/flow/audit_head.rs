//! ADM-10: a head of the audit log that was kept in another place tells whether the end of the log was cut off.

use server::service::{ChainError, Head};

use crate::support::{World, both};

both!(
    adm_10_log_holds_each_head_that_was_kept_and_no_other,
    adm_10_cut_end_is_seen_by_the_head_also_once_the_log_goes_on,
    adm_10_changed_event_is_named_whatever_head_is_expected,
);

/// Puts what has happened into a block, and keeps its head.
async fn sealed(world: &World) -> Head {
    world.service.seal_audit_block().await.unwrap();
    world.service.audit_head().await.unwrap().unwrap()
}

/// A log of three blocks, and the head after each.
async fn three_blocks(world: &World) -> [Head; 3] {
    assert_eq!(world.service.audit_head().await.unwrap(), None);
    let mut heads = Vec::new();
    for email in ["ana@strict.example", "bob@strict.example", "eve@strict.example"] {
        world.enrolled(email).await;
        heads.push(sealed(world).await);
    }
    heads.try_into().unwrap()
}

async fn cut_last_block(world: &World) {
    world.database.change("DELETE FROM audit_event WHERE block = 3", vec![]).await;
    world.database.change("DELETE FROM audit_block WHERE number = 3", vec![]).await;
}

async fn adm_10_log_holds_each_head_that_was_kept_and_no_other(world: World) {
    let heads = three_blocks(&world).await;
    for head in [None].into_iter().chain(heads.map(Some)) {
        let chain = world.service.verify_audit_chain(head).await.unwrap();
        assert_eq!((chain.head, chain.blocks()), (Some(heads[2]), 3));
    }
    let hash = |head: Head| head.to_string().split_once(':').unwrap().1.to_owned();
    let other = format!("2:{}", hash(heads[2])).parse().unwrap();
    let told = world.service.verify_audit_chain(Some(other)).await;
    assert!(matches!(told, Err(ChainError::Replaced(2))), "{told:?}");
    let coming = format!("4:{}", hash(heads[2])).parse().unwrap();
    let told = world.service.verify_audit_chain(Some(coming)).await;
    assert!(matches!(told, Err(ChainError::CutOff { last: 3, noted: 4 })), "{told:?}");
}

async fn adm_10_cut_end_is_seen_by_the_head_also_once_the_log_goes_on(world: World) {
    let heads = three_blocks(&world).await;
    cut_last_block(&world).await;
    let verify = async |head| world.service.verify_audit_chain(head).await;
    assert_eq!(verify(None).await.unwrap().head, Some(heads[1]), "what is left holds");
    assert!(verify(Some(heads[1])).await.is_ok());
    let told = verify(Some(heads[2])).await;
    assert!(matches!(told, Err(ChainError::CutOff { last: 2, noted: 3 })), "{told:?}");

    world.browser().enter_with("ana@strict.example", "not the password").await;
    assert_ne!(sealed(&world).await, heads[2]);
    assert_eq!(verify(None).await.unwrap().blocks(), 3);
    assert!(verify(Some(heads[1])).await.is_ok());
    let told = verify(Some(heads[2])).await;
    assert!(matches!(told, Err(ChainError::Replaced(3))), "{told:?}");
}

async fn adm_10_changed_event_is_named_whatever_head_is_expected(world: World) {
    let heads = three_blocks(&world).await;
    world.database.change("UPDATE audit_event SET detail = '[]' WHERE block = 2", vec![]).await;
    for head in [None].into_iter().chain(heads.map(Some)) {
        let told = world.service.verify_audit_chain(head).await;
        assert!(matches!(told, Err(ChainError::Event { .. })), "{told:?}");
    }
    cut_last_block(&world).await;
    let told = world.service.verify_audit_chain(Some(heads[2])).await;
    assert!(matches!(told, Err(ChainError::Event { .. })), "the first place comes first: {told:?}");
}
