//! Ten failures within any quarter of an hour start a pause, wherever in time they lie (T9, FLOW-17): the window has no edge.

use std::collections::VecDeque;

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use server::{
    clock::Timestamp,
    storage::throttle::{self, Allowance, Full},
};

use crate::support::{World, both};

both!(
    flow_17_failures_on_both_sides_of_an_edge_count_together,
    flow_17_failures_far_apart_do_not_count_together,
    flow_17_any_failures_pause_as_a_plain_list_of_them_does,
    flow_17_more_failures_than_are_listed_pause_by_their_count,
);

const TEN: Allowance = Allowance { failures: 10, window: 900, pause: 900 };
const KEY: &[u8] = b"a counter";
const START: i64 = 1_000_000_000;

/// Counts a failure; whether it starts a pause, `None` within one.
async fn fail(world: &World, allowance: Allowance, at: i64) -> Option<bool> {
    let store = &world.service.store;
    let counted =
        store.write(move |db| Box::pin(async move { throttle::count(db, KEY, allowance, Timestamp(at)).await }));
    counted.await.unwrap().map(|counted| counted.pauses)
}

async fn pause(world: &World, at: i64) -> Option<Full> {
    let store = &world.service.store;
    store.write(move |db| Box::pin(async move { throttle::find_full(db, KEY, Timestamp(at)).await })).await.unwrap()
}

/// One at the beginning and eight a second before the quarter of an hour is over: the first is out of it a second later.
async fn flow_17_failures_on_both_sides_of_an_edge_count_together(world: World) {
    for at in [START].into_iter().chain([START + 899; 8]) {
        assert_eq!(fail(&world, TEN, at).await, Some(false));
    }
    assert_eq!(fail(&world, TEN, START + 900).await, Some(false), "the ninth of this quarter of an hour");
    assert_eq!(fail(&world, TEN, START + 901).await, Some(true));
    assert_eq!(pause(&world, START + 901).await, Some(Full { until: Timestamp(START + 1801), checking: false }));
    assert_eq!(fail(&world, TEN, START + 1800).await, None);
    for number in 1..=10 {
        assert_eq!(fail(&world, TEN, START + 1801).await, Some(number == 10), "anew after a pause");
    }
}

async fn flow_17_failures_far_apart_do_not_count_together(world: World) {
    for number in 0..40 {
        assert_eq!(fail(&world, TEN, START + number * 100).await, Some(false), "nine within any quarter of an hour");
    }
}

/// Beside a list that keeps every failure: the same pauses.
async fn flow_17_any_failures_pause_as_a_plain_list_of_them_does(world: World) {
    let mut runner =
        TestRunner::new_with_rng(ProptestConfig::default(), TestRng::deterministic_rng(RngAlgorithm::default()));
    let strategy = (1_i64..5, proptest::collection::vec((0_i64..40, any::<bool>()), 60));
    let mut now = START;
    for _ in 0..6 {
        let (failures, steps) = strategy.new_tree(&mut runner).unwrap().current();
        let allowance = Allowance { failures, window: 60, pause: 90 };
        let (mut list, mut paused) = (VecDeque::new(), 0);
        world.service.store.write(|db| Box::pin(throttle::reset(db, KEY))).await.unwrap();
        for (wait, right) in steps {
            now += wait;
            let counted = fail(&world, allowance, now).await;
            if paused > now {
                assert_eq!(counted, None);
                continue;
            }
            if paused > 0 {
                list.clear();
            }
            list.retain(|time| *time > now - 60);
            list.push_back(now);
            paused = if i64::try_from(list.len()).unwrap() >= failures { now + 90 } else { 0 };
            assert_eq!(counted, Some(paused > 0));
            assert_eq!(pause(&world, now).await.map_or(0, |full| full.until.0), paused);
            if right {
                world.service.store.write(|db| Box::pin(throttle::release(db, KEY))).await.unwrap();
                list.pop_back();
                paused = 0;
            }
        }
    }
}

/// A row lists a thousand failures; an allowance beyond that still ends.
async fn flow_17_more_failures_than_are_listed_pause_by_their_count(world: World) {
    let allowance = Allowance::per(60, 1200);
    let store = &world.service.store;
    let counted = store.write(move |db| {
        Box::pin(async move {
            let mut pauses = Vec::new();
            for _ in 0..1200 {
                pauses.push(throttle::count(db, KEY, allowance, Timestamp(START)).await?.is_some_and(|one| one.pauses));
            }
            Ok::<_, server::storage::StoreError>(pauses)
        })
    });
    assert_eq!(counted.await.unwrap().iter().position(|pauses| *pauses), Some(1199));
    assert_eq!(world.count("SELECT LENGTH(times) FROM throttle").await, 10_000);
}
