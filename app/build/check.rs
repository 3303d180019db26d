//! Every language says the same: the same keys, the same `{placeholders}`, the same `*marks*`.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Language, Texts};

/// The language that the others are compared with.
pub const FIRST: &str = "en";
/// Endings of the two keys of a counted text.
pub const COUNTED: [&str; 2] = [".one", ".other"];

/// Lists everything that is wrong, so that one build shows it all.
pub fn check(languages: &[Language]) -> Result<(), Vec<String>> {
    let Some(first) = languages.iter().find(|language| language.code == FIRST) else {
        return Err(vec![format!("locales/{FIRST} is missing")]);
    };
    let mut problems = Vec::new();
    for language in languages {
        shape(language, &mut problems);
        compare(first, language, &mut problems);
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The names of the placeholders, in the order of their first use.
pub fn placeholders(text: &str) -> Result<Vec<&str>, &'static str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("a { has no }")?;
        if before.contains('}') {
            return Err("a } has no {");
        }
        if !is_name(name) {
            return Err("what stands in braces has to be a name of small letters");
        }
        if !names.contains(&name) {
            names.push(name);
        }
        rest = after;
    }
    if rest.contains('}') { Err("a } has no {") } else { Ok(names) }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What one language can get wrong by itself.
fn shape(language: &Language, problems: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (area, texts, on_server) in language.areas() {
        let place = |key: &str| format!("{} {key}", file(&language.code, area, on_server));
        if !is_name(area) || !seen.insert(area) {
            problems.push(format!(
                "{}: an area needs a name of its own, of small letters",
                file(&language.code, area, on_server)
            ));
        }
        for (key, text) in texts {
            let bare = COUNTED.iter().find_map(|ending| key.strip_suffix(ending));
            if !is_name(bare.unwrap_or(key)) {
                problems.push(format!(
                    "{}: a key is a name of small letters, or one that ends in .one or .other",
                    place(key)
                ));
            }
            if let Some(bare) = bare
                && !COUNTED.iter().all(|ending| texts.contains_key(&format!("{bare}{ending}")))
            {
                problems.push(format!("{}: .one and .other go together", place(key)));
            }
            if text.trim().is_empty() {
                problems.push(format!("{}: the text is empty", place(key)));
            }
            if text.contains('\n') && !on_server {
                problems.push(format!("{}: a text of a page has one line", place(key)));
            }
            if text.matches('*').count() % 2 != 0 {
                problems.push(format!("{}: a * has no second one", place(key)));
            }
            if text.contains("{count} ") || text.contains("{count}* ") {
                problems
                    .push(format!("{}: after {{count}} a no-break space keeps the number with its word", place(key)));
            }
            if let Err(problem) = placeholders(text) {
                problems.push(format!("{}: {problem}", place(key)));
            }
        }
    }
}

/// What a language has to share with the first one.
fn compare(first: &Language, language: &Language, problems: &mut Vec<String>) {
    for on_server in [false, true] {
        let (wanted, found) = (side(first, on_server), side(language, on_server));
        let areas: BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
        for area in areas {
            let name = file(&language.code, area, on_server);
            match (wanted.get(area), found.get(area)) {
                (Some(wanted), Some(found)) => compare_texts(&name, wanted, found, problems),
                (Some(_), None) => problems.push(format!("{name}: the file is missing")),
                (None, _) => problems.push(format!("{name}: there is no such file in locales/{FIRST}")),
            }
        }
    }
}

fn compare_texts(name: &str, wanted: &Texts, found: &Texts, problems: &mut Vec<String>) {
    for (key, text) in wanted {
        let Some(other) = found.get(key) else {
            problems.push(format!("{name} {key}: the text is missing; in English it is “{text}”"));
            continue;
        };
        if names(text) != names(other) {
            problems.push(format!("{name} {key}: the placeholders differ from those of “{text}”"));
        }
        if text.matches('*').count() != other.matches('*').count() {
            problems.push(format!("{name} {key}: the *marks* differ from those of “{text}”"));
        }
    }
    for key in found.keys().filter(|key| !wanted.contains_key(*key)) {
        problems.push(format!("{name} {key}: there is no such text in locales/{FIRST}"));
    }
}

fn names(text: &str) -> BTreeSet<&str> {
    placeholders(text).unwrap_or_default().into_iter().collect()
}

fn side(language: &Language, on_server: bool) -> &BTreeMap<String, Texts> {
    if on_server { &language.server } else { &language.pages }
}

fn file(code: &str, area: &str, on_server: bool) -> String {
    let folder = if on_server { "/server" } else { "" };
    format!("locales/{code}{folder}/{area}.json")
}
