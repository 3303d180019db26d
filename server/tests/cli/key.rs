//! The key file.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::place::Place;

#[test]
fn sec_03_key_file_open_to_others_is_refused_without_the_key() {
    let place = Place::new();
    let key = "5ec2e7".repeat(11);
    place.write("keys", 0o644, &format!("1:{key}\n"));
    let environment = [("MUSTER_SERVER__PUBLIC_URL", "https://muster.example"), ("MUSTER_KEYS__FILE", "keys")];
    for command in [&["serve"][..], &["config", "check"]] {
        let answer = place.run_with(command, &environment);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.err.contains("chmod 600"), "{answer:?}");
        assert!(!format!("{answer:?}").contains("5ec2e7"), "{answer:?}");
    }
}

#[test]
fn sec_03_short_empty_and_doubled_keys_are_refused_without_the_key() {
    let place = Place::new();
    let key = "5ec2e7ab".repeat(8);
    let environment = [("MUSTER_SERVER__PUBLIC_URL", "https://muster.example"), ("MUSTER_KEYS__FILE", "keys")];
    for text in ["", "# nothing\n", "1:5ec2e7ab\n", "5ec2e7ab", &format!("1:{key}\n1:{key}\n"), &format!("one:{key}\n")]
    {
        place.write("keys", 0o600, text);
        let answer = place.run_with(&["serve"], &environment);
        assert!(answer.refused(2).contains("key file"), "{answer:?}");
        assert!(!answer.err.contains("5ec2e7ab"), "{answer:?}");
    }
}

#[test]
fn key_new_writes_a_private_file_once() {
    let place = Place::new();
    let answer = place.run(&["key", "new", "keys"]);
    let written = fs::read_to_string(place.path("keys")).unwrap();
    assert_eq!(fs::metadata(place.path("keys")).unwrap().permissions().mode() & 0o777, 0o600);
    let key = written.lines().find_map(|line| line.split_once(':')).unwrap().1;
    assert!(key.len() == 64 && !answer.done().contains(key));
    assert!(place.run(&["key", "new", "keys"]).refused(1).contains("is there already"));
    assert_eq!(fs::read_to_string(place.path("keys")).unwrap(), written);
    assert!(place.run(&["key", "new", "no/such/folder/keys"]).code != Some(0));
}
