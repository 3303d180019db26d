//! Companies, people, passwords and migrations.

use crate::{cluster::Cluster, place::Place};

/// Runs each named test, a `fn(&Place)` of this module, in an installation on SQLite and in one on PostgreSQL.
macro_rules! both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use super::{Cluster, Place};

            #[test]
            fn sqlite() {
                let place = Place::new();
                place.installation();
                super::$name(&place);
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let (place, cluster) = (Place::new(), Cluster::get().await);
                let url = cluster.create_empty().await;
                place.installation_on(&url);
                super::$name(&place);
                cluster.remove(&url).await;
            }
        }
    )+};
}

both!(
    company_and_user_commands_build_a_directory,
    pwd_04_line_ends_and_long_texts_in_names_and_addresses_are_refused,
    flow_13_policy_without_a_date_keeps_the_one_that_is_stored,
    company_shortens_sessions_and_learns_why_it_cannot_lengthen_them,
    passwords_come_from_a_file_or_standard_input_and_are_not_printed,
    second_migration_changes_nothing,
    address_commands_add_remove_and_replace,
);

fn company_and_user_commands_build_a_directory(place: &Place) {
    assert!(place.run(&["company", "list"]).done().contains("muster company add NAME"));
    place.run(&["company", "add", "Harbor & Sons"]).done();
    assert!(place.run(&["company", "add", "Harbor & Sons"]).refused(1).contains("is there already"));
    let ana =
        ["user", "add", "Ana@Harbor.example", "--name", "Ana Ruiz", "--company", "Harbor & Sons", "--role", "member"];
    assert!(place.run(&ana).done().contains("muster user set-password ana@harbor.example"));
    let more =
        ["user", "add", "ana@harbor.example", "--name", "Anna", "--company", "Harbor & Sons", "--role", "payee-admin"];
    let told = "ana@harbor.example is now payee-admin of Harbor & Sons. The person was there already and is still called Ana Ruiz.\n";
    assert_eq!(place.run(&more).done(), told);
    let mut nowhere = ana;
    nowhere[6] = "Acme";
    assert!(place.run(&nowhere).refused(1).contains("no company named `Acme`"));
    let list = place.run(&["user", "list", "--company", "Harbor & Sons"]);
    let line: Vec<_> =
        list.done().lines().last().unwrap().split("  ").map(str::trim).filter(|s| !s.is_empty()).collect();
    assert_eq!(line, ["ana@harbor.example", "Ana Ruiz", "Harbor & Sons", "payee-admin", "not yet", "active"]);
    assert!(place.run(&["company", "list"]).done().ends_with("  1\n"));
}

/// What ends up in the header of a mail, or in its text, cannot start a line of its own there.
fn pwd_04_line_ends_and_long_texts_in_names_and_addresses_are_refused(place: &Place) {
    let bcc = "\r\nBcc: eve@evil.example";
    place.run(&["company", "add", "Acme"]).done();
    let ana = |email: &str, name: &str| {
        place.run(&["user", "add", email, "--name", name, "--company", "Acme", "--role", "member"])
    };
    // As long as one argument of a program can be, nearly.
    let long = "x".repeat(120_000);
    for name in [&format!("Ana{bcc}"), "Ana\nRuiz", "Ana\rRuiz", "\u{1b}[2J", &long, " "] {
        assert!(ana("ana@harbor.example", name).refused(2).contains("this is not a person's name"));
        assert!(place.run(&["company", "add", name]).refused(2).contains("this is not a company's name"));
    }
    let odd =
        [format!("ana@harbor.example{bcc}"), format!("ana{bcc}@harbor.example"), format!("{long}@harbor.example")];
    for email in &odd {
        ana(email, "Ana Ruiz").refused(2);
    }
    assert!(place.run(&["user", "list"]).done().contains("There is nobody yet"));

    ana("ana@harbor.example", "Ana Ruiz").done();
    for email in &odd {
        place.run(&["user", "address", "add", "ana@harbor.example", email]).refused(2);
        place.run(&["user", "email", "ana@harbor.example", email]).refused(2);
    }
    // Head, rule, and the one that is there.
    assert_eq!(place.run(&["user", "list"]).done().lines().count(), 3);
    assert_eq!(place.run(&["company", "list"]).done().lines().count(), 3);
}

/// FLOW-13: nothing enforces at once unless it is said, and what is not named stays.
fn flow_13_policy_without_a_date_keeps_the_one_that_is_stored(place: &Place) {
    place.run(&["company", "add", "Acme"]).done();
    let policy = |rest: &[&str]| place.run(&[&["company", "policy", "Acme"], rest].concat());
    let line = || place.run(&["company", "list"]).done().lines().last().unwrap().to_owned();
    assert!(policy(&["--require-mfa", "on"]).refused(2).contains("`--date`, or say `--now`"));
    assert!(policy(&["--require-mfa", "on", "--date", "2999-03-01"]).refused(2).contains("`--zone`"));
    let past = policy(&["--require-mfa", "on", "--date", "2020-03-01", "--zone", "UTC"]);
    assert!(past.refused(2).contains("2020-03-01 has passed"));
    assert_eq!(policy(&[]).code, Some(2));
    assert_eq!(line(), "Acme     MFA is not required  SMS is allowed  UTC        default   0", "nothing was set");

    assert_eq!(policy(&["--zone", "America/Denver"]).done(), "Acme: times are those of America/Denver.\n");
    let set = policy(&["--require-mfa", "on", "--date", "2999-03-01"]);
    assert_eq!(set.done(), "Acme: MFA is required from 2999-03-01 (America/Denver).\n");
    assert_eq!(policy(&["--require-mfa", "on"]).done(), set.out);
    assert_eq!(policy(&["--sms", "off"]).done(), "Acme: SMS is not allowed.\n");
    assert_eq!(policy(&["--require-mfa", "off"]).done(), "Acme: MFA is not required.\n");
    assert_eq!(policy(&["--require-mfa", "on"]).done(), set.out);
    let moved = "Acme: MFA is required from 2999-03-01 (Europe/Berlin), times are those of Europe/Berlin.\n";
    assert_eq!(policy(&["--zone", "Europe/Berlin"]).done(), moved);
    assert!(
        line().contains("from 2999-03-01 (Europe/Berlin)  SMS is not allowed  Europe/Berlin  default   0"),
        "{}",
        line()
    );
    let refused = policy(&["--require-mfa", "on", "--date", "2020-03-01", "--sms", "on"]);
    assert!(refused.refused(2).contains("has passed"));
    assert!(line().contains("from 2999-03-01 (Europe/Berlin)  SMS is not allowed"), "all of it or nothing: {}", line());
    assert_eq!(policy(&["--require-mfa", "on", "--now"]).done(), "Acme: MFA is required.\n");
    let both = policy(&["--sms", "on", "--require-mfa", "off"]);
    assert_eq!(both.done(), "Acme: MFA is not required, SMS is allowed.\n");
}

/// product.md, section 8: a company may shorten, and never lengthen.
fn company_shortens_sessions_and_learns_why_it_cannot_lengthen_them(place: &Place) {
    place.run(&["company", "add", "Acme"]).done();
    let policy = |rest: &[&str]| place.run(&[&["company", "policy", "Acme"], rest].concat());
    let line = || place.run(&["company", "list"]).done().lines().last().unwrap().to_owned();
    let set = policy(&["--session", "8h", "--session-idle", "15m"]);
    assert_eq!(set.done(), "Acme: sessions last 8h at most, sessions end after 15m of idleness.\n");
    assert!(line().contains("8h at most, 15m idle"), "{}", line());
    let longer = policy(&["--session", "25h"]);
    assert!(
        longer.refused(2).contains("a company can only shorten") && longer.err.contains("24h at most"),
        "{}",
        longer.err
    );
    assert!(policy(&["--session-idle", "2h"]).refused(2).contains("here that is 1h at most"));
    assert!(policy(&["--session-idle", "10s"]).refused(2).contains("less than 5m"));
    for odd in ["soon", "8", "-8h", "8 hours"] {
        assert!(
            policy(&[&format!("--session={odd}")]).refused(2).contains("`--session` is not a span of time"),
            "{odd}"
        );
    }
    assert!(line().contains("8h at most, 15m idle"), "{}", line());
    let told = "Acme: sessions last as long as the installation says.\n";
    assert_eq!(policy(&["--session", "default"]).done(), told);
    assert!(line().contains("15m idle") && !line().contains("8h"), "{}", line());
}

fn passwords_come_from_a_file_or_standard_input_and_are_not_printed(place: &Place) {
    place.run(&["company", "add", "Acme"]).done();
    place.write("password", 0o600, "a fine long password\n");
    let add = [
        "user",
        "add",
        "a@b.example",
        "--name",
        "A",
        "--company",
        "Acme",
        "--role",
        "member",
        "--password-file",
        "password",
    ];
    let added = place.run(&add);
    assert!(!added.done().contains("set-password"), "a password was set");
    let set = place.run_with_input(&["user", "set-password", "a@b.example"], "another long password\n");
    assert!(!set.done().contains("another long password"));
    let short = place.run_with_input(&["user", "set-password", "a@b.example"], "hunter2\n");
    assert!(short.refused(1).contains("at least 12 characters") && !short.err.contains("hunter2"));
    let known = place.run_with_input(&["user", "set-password", "a@b.example"], "QwertyQwerty\n");
    assert!(known.refused(1).contains("everybody knows") && !known.err.contains("QwertyQwerty"));
    let personal = place.run_with_input(&["user", "set-password", "a@b.example"], "muster-example-2030\n");
    assert!(personal.refused(1).contains("this site") && !personal.err.contains("2030"));
    let empty = place.run(&["user", "set-password", "a@b.example"]);
    assert!(empty.refused(2).contains("is empty"));
    let nobody = place.run_with_input(&["user", "set-password", "no@b.example"], "another long password\n");
    assert!(nobody.refused(1).contains("nobody with the e-mail `no@b.example`"));
}

fn second_migration_changes_nothing(place: &Place) {
    place.run(&["company", "add", "Acme"]).done();
    place.run(&["migrate"]).done();
    assert!(place.run(&["company", "list"]).done().contains("Acme"));
}

fn address_commands_add_remove_and_replace(place: &Place) {
    place.run(&["company", "add", "Acme"]).done();
    place.run(&["user", "add", "a@b.example", "--name", "A", "--company", "Acme", "--role", "member"]).done();
    place.run(&["user", "address", "add", "a@b.example", "Home@c.example"]).done();
    let third = place.run(&["user", "address", "add", "a@b.example", "third@c.example"]);
    assert!(third.refused(1).contains("muster user address remove"));
    let list = place.run(&["user", "address", "list", "a@b.example"]);
    assert!(list.done().contains("a@b.example     sign-in\nhome@c.example  second address\n"), "{list:?}");
    let removed = place.run(&["user", "address", "remove", "a@b.example", "home@c.example"]);
    assert!(removed.done().contains("gets messages until 20"));
    let changed = place.run(&["user", "email", "a@b.example", "new@b.example"]);
    assert!(changed.done().contains("signs in as new@b.example"));
    let list = place.run(&["user", "address", "list", "new@b.example"]);
    assert!(list.done().contains("a@b.example     no longer theirs, told until 20"), "{list:?}");
    assert!(place.run(&["user", "address", "list", "a@b.example"]).refused(1).contains("nobody with the e-mail"));
    assert!(place.run(&["user", "address", "add", "new@b.example", "x\r\nBcc: eve@c.example"]).code == Some(2));
}
