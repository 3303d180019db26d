//! PWD-05, PWD-07 and PWD-08 as far as no request is needed, and FUZZ-08.

use proptest::prelude::*;

use super::*;
use crate::{
    clock::SystemRng,
    crypto::fake::{NoRng, SameRng},
};

const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

fn cheap() -> Passwords {
    Passwords::new(CHEAP, 2, 300, &SystemRng).unwrap()
}

async fn same(hashed: &str, typed: &str) -> bool {
    let passwords = cheap();
    let stored = passwords.hash(&Secret::new(hashed), &SystemRng).await.unwrap();
    passwords.verify(&Secret::new(typed), Some(stored)).await.unwrap()
}

#[tokio::test]
async fn hash_is_a_phc_string_with_a_salt_of_its_own() {
    let (passwords, password) = (cheap(), Secret::new("muster demo 2026"));
    let first = passwords.hash(&password, &SystemRng).await.unwrap();
    let second = passwords.hash(&password, &SystemRng).await.unwrap();
    assert!(first.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{first}");
    assert_ne!(first, second);
    assert!(passwords.verify(&password, Some(first)).await.unwrap());
    assert!(passwords.verify(&password, Some(second)).await.unwrap());
}

/// FLOW-24: the work for nobody is that of most people.
#[tokio::test]
async fn flow_24_dummy_has_the_cost_that_is_asked_for() {
    let prevailing = Cost { memory: 64, passes: 2, lanes: 2 };
    let stored = Passwords::new(prevailing, 1, 1, &SystemRng).unwrap();
    let stored = stored.hash(&Secret::new("muster demo 2026"), &SystemRng).await.unwrap();
    assert_eq!(Passwords::cost_of(&stored), Some(prevailing));
    assert_eq!(Passwords::cost_of("no hash"), None);

    let passwords = cheap().with_dummy_of(prevailing);
    assert_eq!(passwords.dummy.cost(), prevailing);
    assert!(!passwords.verify(&Secret::new("muster demo 2026"), None).await.unwrap());
    // New hashes keep the cost that is set.
    let new = passwords.hash(&Secret::new("muster demo 2026"), &SystemRng).await.unwrap();
    assert_eq!(Passwords::cost_of(&new), Some(CHEAP));
    // None above the cap is ever paid.
    let above = Cost { memory: 2 * Cost::MAX.memory, ..CHEAP };
    assert_eq!(cheap().with_dummy_of(above).dummy.cost(), CHEAP);
}

/// From `test.c` of phc-winner-argon2.
#[tokio::test]
async fn hash_of_the_reference_implementation_is_accepted() {
    let stored = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
    assert!(cheap().verify(&Secret::new("password"), Some(stored.to_owned())).await.unwrap());
    assert!(!cheap().verify(&Secret::new("Password"), Some(stored.to_owned())).await.unwrap());
}

#[tokio::test]
async fn pwd_05_every_byte_of_a_long_password_counts() {
    for length in [72, 73, 1024] {
        let password = "x".repeat(length);
        assert!(same(&password, &password).await, "{length}");
        assert!(!same(&password, &format!("{}y", &password[1..])).await, "{length}");
        assert!(!same(&password, &password[1..]).await, "{length}");
    }
}

#[tokio::test]
async fn pwd_05_nul_and_blanks_count() {
    assert!(same("before\0after nul", "before\0after nul").await);
    assert!(!same("before\0after nul", "before\0other nul").await);
    assert!(!same("nothing but\0", "nothing but\0\0").await);
    for typed in [" twelve chars", "twelve chars ", "twelve  chars", "Twelve chars"] {
        assert!(!same("twelve chars", typed).await, "{typed:?}");
    }
}

#[tokio::test]
async fn pwd_05_composed_and_decomposed_letters_are_one_password() {
    assert!(same("caf\u{e9} au lait", "cafe\u{301} au lait").await);
    assert!(same("cafe\u{301} au lait", "caf\u{e9} au lait").await);
    // NFC, not NFKC: a ligature is not two letters.
    assert!(!same("\u{fb01}ne weather!", "fine weather!").await);
}

#[tokio::test]
async fn pwd_05_over_long_password_is_refused_before_any_work() {
    // No place in the queue could be had: work would answer `Busy`.
    let passwords = Passwords::new(CHEAP, 1, 0, &SystemRng).unwrap();
    let (work_end, may_end) = std::sync::mpsc::channel::<()>();
    let mut blocked = Box::pin(passwords.queue.run(move |_| may_end.recv().is_err()));
    assert!(futures_util::poll!(&mut blocked).is_pending());
    for length in [1025, 1 << 20] {
        let long = Secret::new("x".repeat(length));
        assert_eq!(passwords.verify(&long, None).await, Err(PasswordError::Length));
        assert_eq!(passwords.hash(&long, &NoRng).await, Err(PasswordError::Length));
    }
    assert_eq!(passwords.verify(&Secret::new("x".repeat(1024)), None).await, Err(PasswordError::Busy));
    drop(work_end);
    assert_eq!(blocked.await, Ok(true));
}

#[tokio::test]
async fn unknown_person_is_refused_whatever_the_password() {
    for text in ["", "muster demo 2026"] {
        assert_eq!(cheap().verify(&Secret::new(text), None).await, Ok(false), "{text:?}");
    }
    assert_eq!(
        cheap().dummy.blocks(),
        Stored::parse(&cheap().hash(&Secret::new("muster demo 2026"), &SystemRng).await.unwrap()).unwrap().blocks()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pwd_07_two_hundred_at_once_all_get_their_own_answer() {
    let passwords = Arc::new(cheap());
    let stored = passwords.hash(&Secret::new("muster demo 2026"), &SystemRng).await.unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let (passwords, stored) = (Arc::clone(&passwords), stored.clone());
            let right = n % 2 == 0;
            let password = Secret::new(if right { "muster demo 2026" } else { "muster demo 2025" });
            tokio::spawn(async move { passwords.verify(&password, Some(stored)).await == Ok(right) })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
}

#[tokio::test]
async fn pwd_08_unusable_stored_hash_is_refused() {
    let tail = "$c29tZXNhbHRzb21lc2FsdA$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
    let good = format!("$argon2id$v=19$m=8,t=1,p=1{tail}");
    assert!(Stored::parse(&good).is_some());
    for (from, to) in [
        ("argon2id", "argon2i"),
        ("argon2id", "argon2d"),
        ("argon2id", "scrypt"),
        ("argon2id", "bcrypt"),
        ("v=19", "v=16"),
        ("v=19", "v=4294967295"),
        ("$v=19", ""),
        ("m=8", "m=65537"),
        ("m=8", "m=4294967295"),
        ("m=8", "m=99999999999999"),
        ("m=8", "m=7"),
        ("m=8", "m=-8"),
        ("m=8", "m=08"),
        ("m=8,", ""),
        ("m=8,", "m=8,m=9,"),
        ("t=1", "t=11"),
        ("t=1", "t=0"),
        ("t=1", "t=4294967295"),
        ("t=1,", ""),
        ("p=1", "p=5"),
        ("p=1", "p=0"),
        ("p=1", "p=16777216"),
        ("p=1", "p=4294967295"),
        ("p=1", "p=1,keyid=8PDw8A"),
        ("p=1", "p=1,data=Dw8PDw8P"),
        ("p=1", "p=1,x=1"),
        ("$c29tZXNhbHRzb21lc2FsdA", ""),
        ("c29tZXNhbHRzb21lc2FsdA", "c29t"),
        ("bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "bQk8UB/VmZZF4Oo"),
        (tail, ""),
        (tail, "$"),
        ("$argon2id", "argon2id"),
        ("cDc", "cDc$x"),
        ("cDc", "cD="),
        ("cDc", "cDc\n"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        assert_eq!(cheap().verify(&Secret::new("x"), Some(bad.clone())).await, Err(PasswordError::Stored), "{bad}");
    }
    for bad in ["", "$", "x", &"$".repeat(1000), &format!("{good}{}", "A".repeat(600))] {
        assert_eq!(cheap().verify(&Secret::new("x"), Some(bad.to_owned())).await, Err(PasswordError::Stored), "{bad}");
    }
}

#[test]
fn cost_outside_the_limits_is_refused_at_the_start() {
    let Cost { memory, passes, lanes } = Cost::MAX;
    for (memory, passes, lanes) in
        [(memory + 1, 1, 1), (8, passes + 1, 1), (64, 1, lanes + 1), (7, 1, 1), (8, 0, 1), (8, 1, 0), (15, 1, 2)]
    {
        let made = Passwords::new(Cost { memory, passes, lanes }, 1, 1, &SystemRng);
        assert_eq!(made.unwrap_err(), PasswordError::Cost, "{memory} {passes} {lanes}");
    }
    for cost in [Cost::default(), Cost::MAX] {
        assert!(Passwords::new(cost, 1, 1, &SystemRng).is_ok());
    }
}

#[tokio::test]
async fn failing_source_hashes_nothing() {
    assert_eq!(Passwords::new(CHEAP, 1, 1, &NoRng).unwrap_err(), PasswordError::Random);
    assert_eq!(cheap().hash(&Secret::new("muster demo 2026"), &NoRng).await, Err(PasswordError::Random));
}

#[test]
fn used_memory_gives_the_same_hash_as_fresh_memory() {
    for cost in [CHEAP, Cost { memory: 64, passes: 3, lanes: 2 }] {
        let (mut fresh, mut used) = (Vec::new(), Vec::new());
        phc::hash(Cost { memory: 128, ..CHEAP }, b"somebody else's", &[1; 16], &mut used).unwrap();
        assert_eq!(
            phc::hash(cost, b"password", &[2; 16], &mut fresh),
            phc::hash(cost, b"password", &[2; 16], &mut used)
        );
    }
}

#[test]
fn debug_prints_the_cost_alone() {
    let passwords = Passwords::new(CHEAP, 1, 1, &SameRng(7)).unwrap();
    let cost = "Cost { memory: 8, passes: 1, lanes: 1 }";
    assert_eq!(format!("{passwords:?}"), format!("Passwords {{ cost: {cost}, dummy: {cost}, .. }}"));
}

proptest! {
    #[test]
    fn fuzz_08_gate_never_panics(text in ".{0,120}|(\\$(argon2id|v=19|m=[0-9]{1,12},t=[0-9]{1,12},p=[0-9]{1,12}|[A-Za-z0-9+/]{0,70})){0,7}") {
        let _ = Stored::parse(&text);
    }

    #[test]
    fn fuzz_08_what_passes_is_within_the_caps(memory in 0_u32..200_000, passes in 0_u32..30, lanes in 0_u32..12) {
        let text = format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$c29tZXNhbHRzb21lc2FsdA$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc");
        let within = (1..=10).contains(&passes) && (1..=4).contains(&lanes) && (8 * lanes..=65_536).contains(&memory);
        prop_assert_eq!(Stored::parse(&text).is_some(), within);
    }
}
