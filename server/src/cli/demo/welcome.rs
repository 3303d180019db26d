//! What `muster demo` prints at its start.

use app::routes;
use url::Url;

use super::{
    super::output,
    folder::Folder,
    people::{COMPANIES, Company, PASSWORD, Person},
    seed::Seeded,
};

/// The people, the secrets that are known, and where to go.
pub(super) fn text(seeded: &Seeded, url: &Url, folder: &Folder) -> String {
    let mut parts = vec!["Muster demo: everybody below can sign in.".to_owned(), people(), secrets(seeded)];
    parts.push(format!("{}\n{}", row("Open", &at(url, routes::HOME)), row("Mail and SMS", &at(url, routes::OUTBOX))));
    parts.push(stay(seeded, folder));
    parts.join("\n\n") + "\n"
}

fn row(label: &str, value: &str) -> String {
    format!("{label:<14}{value}")
}

fn at(url: &Url, path: &str) -> String {
    format!("{}{path}", url.as_str().trim_end_matches('/'))
}

fn people() -> String {
    let row = |company: &Company, person: &Person| {
        [person.email, person.role.as_str(), company.name, PASSWORD, person.note].map(str::to_owned)
    };
    let rows: Vec<_> =
        COMPANIES.iter().flat_map(|company| company.people.iter().map(move |person| row(company, person))).collect();
    output::table(["E-mail", "Role", "Company", "Password", "Note"], &rows)
}

fn secrets(seeded: &Seeded) -> String {
    if seeded.enrolments.is_empty() {
        return "The people of an earlier start are still there. Setup keys and recovery codes are printed only at the \
                start\nthat makes them, and whatever was changed since then holds, the passwords above included."
            .to_owned();
    }
    let lines: Vec<String> = seeded
        .enrolments
        .iter()
        .map(|enrolment| {
            let key = enrolment.setup_key.expose();
            let rows = [
                row("Setup key", key),
                row("Recovery code", enrolment.recovery_code.expose()),
                row("Code now", &format!("oathtool --totp --base32 {}", key.replace(' ', ""))),
            ];
            format!("{} is enrolled with\n{}", enrolment.email, rows.join("\n"))
        })
        .collect();
    lines.join("\n\n")
}

fn stay(seeded: &Seeded, folder: &Folder) -> String {
    let place = folder.path().display();
    match (folder.is_kept(), seeded.found) {
        (false, _) => "Everything is thrown away when you stop the demo with Ctrl-C.".to_owned(),
        (true, false) => format!("Kept in {place}: the next start with this folder finds everybody there."),
        (true, true) => format!("Kept in {place}."),
    }
}

#[cfg(test)]
mod tests {
    use app::model::Secret;

    use super::{super::seed::Enrolment, *};

    fn shown(found: bool, enrolments: Vec<Enrolment>) -> String {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(Some(parent.path())).unwrap();
        text(&Seeded { found, enrolments }, &Url::parse("http://127.0.0.1:3000").unwrap(), &folder)
    }

    #[test]
    fn first_start_shows_everybody_and_the_secrets() {
        let flo = Enrolment {
            email: "flo@harbor.example",
            setup_key: Secret::new("JBSWY3DPEHPK3PXP"),
            recovery_code: Secret::new("ABCD-EFGH"),
        };
        let text = shown(false, vec![flo]);
        for person in COMPANIES.iter().flat_map(|company| company.people) {
            let line = text.lines().find(|line| line.starts_with(person.email)).unwrap();
            assert!(line.contains(PASSWORD) && line.contains(person.role.as_str()) && line.contains(person.note));
        }
        assert!(text.contains("Setup key     JBSWY3DPEHPK3PXP\n"));
        assert!(text.contains("Recovery code ABCD-EFGH\n"));
        assert!(text.contains("Open          http://127.0.0.1:3000/\n"));
        assert!(text.contains("Mail and SMS  http://127.0.0.1:3000/demo/outbox\n"));
    }

    #[test]
    fn second_start_says_that_secrets_are_not_known_any_more() {
        let text = shown(true, Vec::new());
        assert!(text.contains("printed only at the start"));
        assert!(!text.contains("Setup key     "));
    }
}
