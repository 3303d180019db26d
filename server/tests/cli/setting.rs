//! Settings as the commands see them.

use std::{fs, path::Path};

use crate::place::Place;

#[test]
fn unknown_setting_and_variable_are_refused_by_name_in_every_command() {
    let place = Place::new();
    place.write("muster.toml", 0o644, "[server]\nlisten_on = \"127.0.0.1:1\"\n");
    for command in [&["serve"][..], &["migrate"], &["company", "list"], &["user", "list"]] {
        let answer = place.run_with(command, &[("MUSTER_LOG__LEVLE", "info")]);
        let text = answer.refused(2);
        assert!(text.contains("did you mean `server.listen`?"), "{text}");
        assert!(text.contains("did you mean MUSTER_LOG__LEVEL?"), "{text}");
    }
    let answer = place.run_with(&["demo"], &[("MUSTER_LOG__LEVLE", "info")]);
    assert!(answer.refused(2).contains("did you mean MUSTER_LOG__LEVEL?"));
}

#[test]
fn config_check_shows_each_setting_with_its_source_and_no_secret() {
    let place = Place::new();
    let url = place.write("url", 0o600, "postgres://muster:hunter2@db.example/muster\n");
    place.write("other.toml", 0o644, "[site]\nname = \"Harbor\"\n[limits]\nfailures = 0\n");
    let environment = [
        ("MUSTER_CONFIG", "other.toml"),
        ("MUSTER_DATABASE__URL_FILE", url.to_str().unwrap()),
        ("MUSTER_SERVER__GRACE", "5"),
    ];
    let answer = place.run_with(&["config", "check"], &environment);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    let line = |name: &str| {
        let line = answer.out.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(line("site.name")[1..3], ["Harbor", "other.toml"]);
    assert_eq!(line("server.grace")[1..3], ["5", "MUSTER_SERVER__GRACE"]);
    assert_eq!(line("server.listen")[1..3], ["127.0.0.1:3000", "default"]);
    assert_eq!(line("database.url")[1], "postgres://muster@db.example/muster");
    assert!(answer.err.contains("limits.failures (from other.toml): needs a whole number from 1 to 100"), "{answer:?}");
    assert!(!format!("{answer:?}").contains("hunter2"));
}

#[test]
fn config_check_of_a_right_installation_ends_with_0() {
    let place = Place::new();
    place.run(&["key", "new", "keys"]).done();
    let environment = [("MUSTER_SERVER__PUBLIC_URL", "https://muster.example"), ("MUSTER_KEYS__FILE", "keys")];
    let key = fs::read_to_string(place.path("keys")).unwrap();
    let answer = place.run_with(&["config", "check"], &environment);
    assert!(answer.done().contains("Nothing is wrong"));
    let key = key.lines().find_map(|line| line.split_once(':')).unwrap().1;
    assert!(!answer.out.contains(key));
}

/// Each is what somebody copies into an installation that lacks it, so it must not rot.
#[test]
fn config_check_accepts_the_settings_that_the_documentation_shows() {
    let place = Place::new();
    place.run(&["key", "new", "keys"]).done();
    place.write("database-url", 0o600, "postgres://muster:hunter2@127.0.0.1/muster\n");
    for secret in ["twilio-token", "sms-secret", "smtp-password"] {
        place.write(secret, 0o600, "0123456789abcdef0123456789abcdef\n");
    }
    place.write("company-ca.pem", 0o644, include_str!("../flow/support/tls/authority.pem"));
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (page, count) in [("sms", 3), ("mail", 4), ("operate", 1), ("proxy", 1)] {
        let text = fs::read_to_string(repository.join(format!("docs/{page}.md"))).unwrap();
        let examples: Vec<_> = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert_eq!(examples.len(), count, "{page}");
        for example in examples {
            place.write("muster.toml", 0o644, &example.replace("/etc/muster/", ""));
            let mut lacking =
                vec![("MUSTER_SERVER__PUBLIC_URL", "https://muster.example"), ("MUSTER_KEYS__FILE", "keys")];
            lacking.retain(|(name, _)| !example.contains(if name.ends_with("URL") { "public_url" } else { "[keys]" }));
            let answer = place.run_with(&["config", "check"], &lacking);
            assert!(answer.done().contains("Nothing is wrong"), "{page}: {example}");
        }
    }
}

/// What `muster serve` would only find out when it starts.
#[test]
fn config_check_refuses_a_certificate_authority_that_is_none() {
    let place = Place::new();
    place.installation();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let file = place.write("authority.pem", 0o644, broken);
    let environment = [
        ("MUSTER_SMTP__HOST", "mail.example"),
        ("MUSTER_SMTP__FROM", "muster@mail.example"),
        ("MUSTER_SMTP__CA_FILE", file.to_str().unwrap()),
    ];
    let answer = place.run_with(&["config", "check"], &environment);
    assert_eq!(answer.code, Some(2));
    assert!(answer.err.contains("TLS to the mail server cannot be set up"), "{}", answer.err);
    assert!(!answer.out.contains("Nothing is wrong"));
    place.run_with(&["serve"], &environment).refused(2);
}

/// A mail whose links lead nowhere helps nobody.
#[test]
fn command_that_tells_people_needs_the_public_address() {
    let place = Place::new();
    place.run(&["key", "new", "keys"]).done();
    place.write("muster.toml", 0o644, "[keys]\nfile = \"keys\"\n");
    place.run(&["migrate"]).done();
    place.run(&["company", "add", "Acme"]).done();
    place.run(&["user", "add", "a@b.example", "--name", "A", "--company", "Acme", "--role", "member"]).done();
    place.run(&["user", "address", "list", "a@b.example"]).done();
    for command in [
        &["user", "address", "add", "a@b.example", "home@c.example"][..],
        &["user", "address", "remove", "a@b.example", "home@c.example"],
        &["user", "email", "a@b.example", "new@b.example"],
    ] {
        assert!(place.run(command).refused(2).contains("`server.public_url` is not set"), "{command:?}");
    }
    let set = place.run_with_input(&["user", "set-password", "a@b.example"], "another long password\n");
    assert!(set.refused(2).contains("`server.public_url` is not set"), "{set:?}");
    let list = place.run(&["user", "address", "list", "a@b.example"]);
    assert!(!list.done().contains("home@c.example"));
}

#[test]
fn named_settings_file_that_is_missing_is_refused() {
    let place = Place::new();
    assert!(place.run(&["--config", "none.toml", "migrate"]).refused(2).contains("none.toml cannot be read"));
}
