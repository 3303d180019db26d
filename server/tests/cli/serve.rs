//! `muster serve`.

use std::fs;

use crate::place::{Place, Running, status_at};

#[test]
fn serve_without_address_key_or_https_refuses_and_says_what_to_do() {
    let place = Place::new();
    assert!(place.run(&["serve"]).refused(2).contains("server.public_url"));
    let https = ("MUSTER_SERVER__PUBLIC_URL", "https://muster.example");
    assert!(place.run_with(&["serve"], &[https]).refused(2).contains("muster key new FILE"));
    let http = ("MUSTER_SERVER__PUBLIC_URL", "http://muster.example");
    assert!(place.run_with(&["serve"], &[http]).refused(2).contains("plain HTTP"));
    let missing = place.run_with(&["serve"], &[https, ("MUSTER_KEYS__FILE", "no-keys")]);
    assert!(missing.refused(2).contains("there is no file no-keys"));
    assert!(!place.path("muster.db").exists(), "a refused start makes no database");
}

#[test]
fn serve_refuses_a_database_that_was_not_migrated() {
    let place = Place::new();
    place.run(&["key", "new", "keys"]).done();
    let environment = [
        ("MUSTER_SERVER__PUBLIC_URL", "https://muster.example"),
        ("MUSTER_SERVER__LISTEN", "127.0.0.1:0"),
        ("MUSTER_KEYS__FILE", "keys"),
    ];
    assert!(place.run_with(&["serve"], &environment).refused(1).contains("muster migrate"));
}

#[test]
fn metrics_have_a_listener_of_their_own() {
    let place = Place::new();
    place.installation();
    let mut command = place.muster(&["serve"]);
    command.env("MUSTER_METRICS__LISTEN", "127.0.0.1:0");
    let server = Running::start(command, &place.path("errors"));
    let metrics = server.said.trim_end().strip_prefix("Metrics on http://").unwrap().strip_suffix("/metrics").unwrap();
    assert_eq!(status_at(metrics, metrics, "/metrics"), "HTTP/1.1 200 OK");
    for path in ["/", "/sign-in", "/api/session"] {
        assert_eq!(status_at(metrics, metrics, path), "HTTP/1.1 404 Not Found", "{path}");
    }
    assert_eq!(status_at(&server.address, "muster.example", "/metrics"), "HTTP/1.1 404 Not Found");
    assert_eq!(server.stop("-TERM").code(), Some(0));
}

/// Decision 1: codes may live longer than NIST SP 800-63B-4 §3.1.3.2 has it. The operator is told at each start and by
/// the look at the settings, and not by every other command.
#[test]
fn serve_warns_of_codes_that_live_longer_than_ten_minutes() {
    const WARNING: &str =
        "codes of text messages live longer than NIST SP 800-63B and ASVS ask for: sms.code_ttl = 600";
    let place = Place::new();
    place.installation();
    place.write("secret", 0o600, "an http contract secret of 128 bits\n");
    let gateway = [
        ("MUSTER_SMS__GATEWAY", "http"),
        ("MUSTER_SMS__HTTP_URL", "http://127.0.0.1:1/"),
        ("MUSTER_SMS__HTTP_SECRET_FILE", "secret"),
    ];
    place.run_with(&["company", "add", "Harbor"], &gateway).done();
    assert!(place.run_with(&["config", "check"], &gateway).done().contains(WARNING));
    for (seconds, warned) in [("", true), ("601", true), ("600", false)] {
        let mut command = place.muster(&["serve"]);
        command.envs(gateway);
        if !seconds.is_empty() {
            command.env("MUSTER_SMS__CODE_TTL", seconds);
        }
        let server = Running::start(command, &place.path("errors"));
        assert_eq!(server.stop("-TERM").code(), Some(0));
        let log = fs::read_to_string(place.path("errors")).unwrap();
        assert_eq!(log.lines().any(|line| line.contains("WARN") && line.contains(WARNING)), warned, "{seconds}: {log}");
    }
}

/// It holds people's addresses and numbers, whatever the umask of whoever made it.
#[test]
fn database_file_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.installation();
    let server = Running::start(place.muster(&["serve"]), &place.path("errors"));
    for name in ["muster.db", "muster.db-wal", "muster.db-shm", "muster.db.lock"] {
        let mode = fs::metadata(place.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(server.stop("-TERM").code(), Some(0));
}

/// The memory holds keys and passwords: no crash may leave it in a file (security.md, section 4.1).
#[cfg(target_os = "linux")]
#[test]
fn serve_leaves_no_core_file() {
    let place = Place::new();
    place.installation();
    let server = Running::start(place.muster(&["serve"]), &place.path("errors"));
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
    assert_eq!(server.stop("-TERM").code(), Some(0));
}

#[test]
fn serve_listens_logs_json_and_ends_on_sigterm() {
    let place = Place::new();
    place.installation();
    let mut command = place.muster(&["serve"]);
    command.env("MUSTER_LOG__FORMAT", "json");
    let server = Running::start(command, &place.path("errors"));
    assert!(server.address.starts_with("127.0.0.1:"));
    assert_eq!(server.said, "");
    assert_eq!(server.stop("-TERM").code(), Some(0));
    let log = fs::read_to_string(place.path("errors")).unwrap();
    let events: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().any(|event| event["message"] == "listening"), "{log}");
    let key = fs::read_to_string(place.path("keys")).unwrap();
    let key = key.lines().find_map(|line| line.split_once(':')).unwrap().1.to_owned();
    assert!(!log.contains(&key));
}
