//! What the build says of texts that do not fit together.
#![cfg(feature = "ssr")]

#[expect(dead_code, reason = "the build reads the folders, the tests make their own")]
#[path = "../build/catalogue.rs"]
mod catalogue;
#[path = "../build/check.rs"]
mod check;
#[path = "../build/generate.rs"]
mod generate;

use catalogue::{Language, Texts};
use check::check;

fn texts(texts: &[(&str, &str)]) -> Texts {
    texts.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

fn language(code: &str, page: &[(&str, &str)], mail: &[(&str, &str)]) -> Language {
    Language {
        code: code.to_owned(),
        pages: [("page".to_owned(), texts(page))].into(),
        server: [("mail".to_owned(), texts(mail))].into(),
    }
}

fn problems(english: &[(&str, &str)], german: &[(&str, &str)]) -> Vec<String> {
    check(&[language("en", english, &[]), language("de", german, &[])]).err().unwrap_or_default()
}

#[test]
fn languages_that_say_the_same_are_taken() {
    let english =
        [("go", "Go"), ("hello", "Hello *{name}*"), ("left.one", "one left"), ("left.other", "{count}\u{a0}left")];
    let german = [("go", "Los"), ("hello", "*{name}*, hallo"), ("left.one", "einer"), ("left.other", "noch {count}")];
    assert_eq!(problems(&english, &german), Vec::<String>::new());
}

#[test]
fn missing_extra_and_empty_texts_are_named() {
    assert_eq!(
        problems(&[("go", "Go"), ("stop", "Stop")], &[("go", " "), ("halt", "Halt")]),
        [
            "locales/de/page.json go: the text is empty",
            "locales/de/page.json stop: the text is missing; in English it is “Stop”",
            "locales/de/page.json halt: there is no such text in locales/en",
        ]
    );
}

#[test]
fn other_placeholders_and_marks_are_named() {
    let german = [("a", "Hallo {nam}"), ("b", "*Ja"), ("c", "{Count}"), ("d", "{count"), ("e", "count}")];
    let english = [("a", "Hello {name}"), ("b", "*Yes*"), ("c", "{count}"), ("d", "{count}"), ("e", "{count}")];
    let found = problems(&english, &german).join("\n");
    for expected in [
        "de/page.json a: the placeholders differ from those of “Hello {name}”",
        "de/page.json b: a * has no second one",
        "de/page.json b: the *marks* differ from those of “*Yes*”",
        "de/page.json c: what stands in braces has to be a name of small letters",
        "de/page.json d: a { has no }",
        "de/page.json e: a } has no {",
    ] {
        assert!(found.contains(expected), "{expected} is not in\n{found}");
    }
}

#[test]
fn missing_and_extra_files_are_named() {
    let mut german = language("de", &[], &[]);
    german.server.clear();
    german.pages.insert("more".to_owned(), Texts::new());
    assert_eq!(
        check(&[language("en", &[], &[]), german]).unwrap_err(),
        [
            "locales/de/more.json: there is no such file in locales/en",
            "locales/de/server/mail.json: the file is missing",
        ]
    );
}

#[test]
fn key_that_is_no_name_or_half_a_pair_is_named() {
    let texts = [("Go", "Go"), ("left.one", "one"), ("right.few", "few"), ("two", "one\ntwo")];
    assert_eq!(
        problems(&texts, &texts).iter().filter(|problem| problem.contains("/de/")).collect::<Vec<_>>(),
        [
            "locales/de/page.json Go: a key is a name of small letters, or one that ends in .one or .other",
            "locales/de/page.json left.one: .one and .other go together",
            "locales/de/page.json right.few: a key is a name of small letters, or one that ends in .one or .other",
            "locales/de/page.json two: a text of a page has one line",
        ]
    );
}

#[test]
fn number_that_may_part_from_its_word_is_named() {
    let texts =
        [("a", "{count} days"), ("b", "*{count}* days"), ("c", "{count}\u{a0}days, {count}."), ("d", "{day} days")];
    let found = problems(&texts, &[]).into_iter().filter(|problem| problem.contains("no-break space"));
    let name =
        |key| format!("locales/en/page.json {key}: after {{count}} a no-break space keeps the number with its word");
    assert_eq!(found.collect::<Vec<_>>(), [name("a"), name("b")]);
}

#[test]
fn area_of_pages_and_of_the_server_need_different_names() {
    let mut english = language("en", &[], &[]);
    english.server.insert("page".to_owned(), Texts::new());
    assert_eq!(
        check(&[english]).unwrap_err(),
        ["locales/en/server/page.json: an area needs a name of its own, of small letters"]
    );
}

#[test]
fn browser_gets_the_texts_of_pages_alone_in_the_order_of_the_constants() {
    let files = generate::files(&[language("en", &[("b", "B {x}"), ("a", "A")], &[("c", "C")])]);
    let file = |name: &str| &files.iter().find(|(file, _)| file == name).unwrap().1;
    assert_eq!(file("en.txt"), "en\nA\nB {x}");
    for line in [
        "pub const A: Text = Text(0);",
        "pub const B: Template<1> = Template(Text(1));",
        "pub const C: Text = Text(2);",
    ] {
        assert!(file("texts.rs").contains(line), "{line}");
    }
}
