//! The same steps against processes of their own: two on one PostgreSQL, and one that is started anew.

use std::future::Future;

use app::AppError;
use axum::http::StatusCode;
use server::storage::{DatabaseSettings, Store, StoreError};

use crate::{
    arrival, lost_answer, profile, race, recovery, recovery_limit, reset, sms,
    support::{Database, Node, Plan, World, provider::Provider},
    wrong_codes,
};

/// `enrolled` moves the clock by as much, so from then on it shows the time of the processes.
const BEHIND: i64 = -300;

/// Runs a test with its requests going to two processes in turn (RACE-15). Their text messages go to the world's phones.
async fn on_two_nodes<F: Future<Output = ()>>(name: &'static str, behind: i64, test: impl FnOnce(World) -> F) {
    on_two_nodes_with(Vec::new(), name, behind, test).await;
}

/// The same with further settings.
async fn on_two_nodes_with<F: Future<Output = ()>>(
    mut settings: Vec<(&'static str, String)>,
    name: &'static str,
    behind: i64,
    test: impl FnOnce(World) -> F,
) {
    let database = Database::postgres().await;
    let world = World::running(database.clone(), Plan::of(name), behind).await;
    let provider = Provider::start_for(world.phones.clone()).await;
    settings.extend(provider.settings());
    let nodes = [(); 2].map(|()| Node::start_with(database.url(), &settings).unwrap());
    test(world.through(Node::router(&nodes.each_ref()))).await;
    for node in nodes {
        assert!(!node.log().contains("panicked") && !node.log().contains("ERROR"), "{}", node.log());
        node.ask_to_stop();
        assert_eq!(node.wait().code(), Some(0));
    }
    database.remove().await;
}

/// Each named test runs on two nodes, under the name of its row.
macro_rules! two_nodes {
    ($($name:ident: $test:path, $behind:expr;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            on_two_nodes(stringify!($name), $behind, $test).await;
        }
    )+};
}

two_nodes! {
    race_15_01_one_code_one_challenge: race::race_01_one_code_one_challenge_opens_one_session, BEHIND;
    race_15_02_one_code_many_challenges: race::race_02_one_code_many_challenges_opens_one_session, BEHIND;
    race_15_03_one_recovery_code: recovery::rec_02_parallel_uses_one_succeeds, BEHIND;
    race_15_04_one_texted_code: sms::race::race_04_one_code_opens_one_session, 0;
    race_15_04_confirmations_of_a_phone: sms::race::race_04_confirmations_make_one_phone, 0;
    race_15_05_wrong_codes: race::race_05_wrong_codes_stop_at_the_budget, BEHIND;
    race_15_05_many_challenges: race::race_05_wrong_codes_of_many_challenges_stop_at_the_account, BEHIND;
    race_15_06_right_code_among_wrong_ones: race::race_06_right_code_among_wrong_ones_opens_at_most_one_session, BEHIND;
    race_15_07_resends: sms::race::race_07_resends_at_once_send_one_code, 0;
    race_15_08_confirmations: race::enrolment::race_08_confirmations_make_one_factor_and_one_code, 0;
    race_15_09_changes: profile::factor::race_09_changes_of_one_account_at_once_leave_one_outcome, BEHIND;
    race_15_09_app_phone_and_removal:
        profile::factor::race_09_app_phone_and_removal_at_once_leave_what_one_order_would, BEHIND;
    race_15_09_confirmations_by_both_ways:
        profile::either::race_09_parallel_confirmations_by_both_ways_make_one_change, BEHIND;
    race_15_10_old_password: profile::password::race_10_old_password_opens_nothing_after_a_change, 0;
    race_15_10_sign_out: race::enrolment::race_10_sign_out_beside_a_confirmation_leaves_all_of_it_or_nothing, 0;
    race_15_10_challenge_of_the_old_password:
        profile::password::race_10_challenge_of_the_old_password_opens_nothing_after_a_change, BEHIND;
    race_15_11_ended_session: profile::session::race_11_ended_session_passes_nowhere, BEHIND;
    race_15_11_new_token: profile::session::race_11_session_ended_while_it_gets_a_new_token_passes_nowhere, BEHIND;
    race_15_13_uses_of_one_link: reset::race::race_13_of_64_uses_of_one_link_one_sets_its_password, BEHIND;
    race_15_note_01_sign_ins: arrival::note_01_many_sign_ins_at_once_are_told_once, 0;
    race_15_note_01_right_codes: arrival::note_01_many_right_codes_at_once_are_told_once, BEHIND;
    race_15_note_01_wrong_codes: wrong_codes::note_01_wrong_codes_at_once_are_told_once, BEHIND;
    race_15_rec_07_wrong_codes_at_the_limit:
        recovery_limit::rec_07_wrong_codes_at_the_limit_at_once_switch_it_off_with_one_letter, BEHIND;
    race_15_rec_08_new_codes: profile::recovery::rec_08_codes_asked_for_at_once_leave_the_last_one, BEHIND;
    race_15_rec_08_new_codes_of_two_sessions:
        profile::recovery::rec_08_codes_asked_for_from_two_sessions_leave_the_one_that_is_shown, BEHIND;
    race_15_19_answer_handed_over: lost_answer::race_19_recovery_handed_over_again_at_once_opens_one_session, BEHIND;
    race_15_19_waiting_code: lost_answer::race_19_waiting_code_is_seen_by_one_of_two_tokens_on_two_nodes, 0;
    race_15_18_half_built_first_app:
        race::enrolment::race_18_password_between_the_rows_of_a_first_app_leaves_no_session, 0;
    race_15_18_half_built_enrolment: race::enrolment::race_18_half_built_enrolment_never_opens_a_session, 0;
}

#[tokio::test(flavor = "multi_thread")]
async fn race_15_enr_08_one_number() {
    let setting = vec![("MUSTER_SMS__ACCOUNTS_PER_NUMBER", "2".to_owned())];
    on_two_nodes_with(setting, "race_15_enr_08", 0, profile::phone::two_of_many_may_have_it).await;
}

/// The two nodes seal one chain between them.
#[tokio::test(flavor = "multi_thread")]
async fn adm_10_two_nodes_keep_one_audit_chain() {
    on_two_nodes("adm_10_two_nodes", BEHIND, async |world: World| {
        let ana = world.enrolled("ana@strict.example").await;
        for _ in 0..8 {
            world.challenged(&ana).await;
        }
        while world.count("SELECT COUNT(*) FROM audit_event WHERE block IS NULL").await > 0 {
            World::look_again().await;
        }
        let events = world.count("SELECT COUNT(*) FROM audit_event").await;
        let chain = world.service.verify_audit_chain(None).await.unwrap();
        let chained = chain.sealed + chain.open;
        assert_eq!(i64::try_from(chained).unwrap(), events);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn db_05_second_process_on_one_file_refused() {
    let database = Database::sqlite().await;
    World::new(database.clone(), Plan::of("db_05")).await.end().await;
    let first = Node::start(database.url()).unwrap();

    let second = Node::start(database.url()).unwrap_err();
    assert!(second.contains("another muster process uses the database"), "{second}");
    let settings = DatabaseSettings::new(database.url().to_owned(), 1);
    assert!(matches!(Store::connect(&settings).await, Err(StoreError::Setup(_))));

    // The lock goes with its process, however that ended.
    first.kill();
    Node::start(database.url()).unwrap().kill();
}

/// RACE-16 with a process that is killed and another that takes its place.
#[tokio::test(flavor = "multi_thread")]
async fn race_16_failures_survive_a_killed_process() {
    let database = Database::postgres().await;
    let mut world = World::running(database.clone(), Plan::of("race_16_node"), BEHIND).await;
    let node = Node::start(database.url()).unwrap();
    world = world.through(Node::router(&[&node]));
    let ana = world.enrolled("ana@strict.example").await;
    for wrong in [4, 4, 1] {
        let mut browser = world.challenged(&ana).await;
        for _ in 0..wrong {
            browser.verify(&world.wrong_code(&ana.key)).await.is_refused();
        }
    }

    node.kill();
    let node = Node::start(database.url()).unwrap();
    world = world.through(Node::router(&[&node]));

    let mut browser = world.challenged(&ana).await;
    browser.verify(&world.wrong_code(&ana.key)).await.is_refused();
    assert!(matches!(browser.verify(&world.code(&ana.key, 0)).await.error(), AppError::Paused { .. }));
    assert_eq!(browser.session().await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.count("SELECT failures FROM factor").await, 10);
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 0);
    node.kill();
    drop(world);
    database.remove().await;
}
