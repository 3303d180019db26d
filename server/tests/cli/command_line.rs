//! Help, version, and wrong command lines.

use crate::place::Place;

#[test]
fn help_and_version_go_to_standard_output() {
    let place = Place::new();
    let help = place.run(&["--help"]);
    for command in ["serve", "demo", "migrate", "company", "user", "config", "key"] {
        assert!(help.done().contains(&format!("\n  {command} ")), "{command}");
    }
    assert_eq!(place.run(&["--version"]).done(), format!("muster {}\n", env!("CARGO_PKG_VERSION")));
    assert!(place.run(&["company", "policy", "--help"]).done().contains("--require-mfa on --date 2027-03-01"));
}

/// What is written in lines of its own must fit: the width that is left breaks every other line after a word or two.
#[test]
fn paragraphs_of_help_fill_their_lines() {
    let place = Place::new();
    for command in
        ["serve", "demo", "migrate", "company policy", "user set-password", "user address", "audit verify", "key new"]
    {
        let arguments: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let help = place.run(&arguments);
        let lines: Vec<_> = help.done().lines().collect();
        let is_text = |line: &str| !line.is_empty() && !line.starts_with(' ');
        for pair in lines.windows(2).filter(|pair| is_text(pair[0]) && is_text(pair[1])) {
            assert!(pair[0].len() >= 60, "{command}: {pair:?}");
        }
    }
}

#[test]
fn wrong_command_line_ends_with_2_and_says_what_is_wrong() {
    let place = Place::new();
    assert!(place.run(&["serv"]).refused(2).contains("'serve'"));
    assert!(
        place
            .run(&["user", "add", "ana", "--name", "A", "--company", "C", "--role", "member"])
            .refused(2)
            .contains("not an e-mail address")
    );
    let roles = place.run(&["user", "add", "a@b.example", "--name", "A", "--company", "C", "--role", "boss"]);
    assert!(roles.refused(2).contains("payments-admin"));
    let alone = place.run(&["company", "policy", "C", "--date", "2027-03-01"]);
    assert!(alone.refused(2).contains("--require-mfa"));
    let both = place.run(&["company", "policy", "C", "--require-mfa", "on", "--date", "2027-03-01", "--now"]);
    assert!(both.refused(2).contains("cannot be used with"));
    let date = place.run(&["company", "policy", "C", "--require-mfa", "on", "--date", "soon", "--zone", "UTC"]);
    assert!(date.refused(2).contains("YYYY-MM-DD"));
}
