//! The constants, the tables behind them, and the files that the browser loads.

use std::fmt::Write as _;

use super::{
    catalogue::{Language, Texts},
    check::{COUNTED, FIRST, placeholders},
};

/// Every file that the build writes, by its name.
pub fn files(languages: &[Language]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    if let Some(first) = languages.iter().find(|language| language.code == FIRST) {
        files.push(("texts.rs".to_owned(), constants(first)));
    }
    files.push(("tables.rs".to_owned(), tables(languages)));
    for language in languages {
        files.push((format!("{}.txt", language.code), lines(language)));
    }
    files
}

/// One module for each area, one constant for each text: its place in the table.
fn constants(first: &Language) -> String {
    let mut code = String::new();
    let mut place = 0;
    for (area, texts, on_server) in first.areas() {
        let (only, folder) = if on_server { ("#[cfg(feature = \"ssr\")]\n", "server/") } else { ("", "") };
        _ = writeln!(code, "/// The texts of `{folder}{area}.json`.\n{only}pub mod {area} {{");
        _ = writeln!(code, "    #[allow(unused_imports, reason = \"not every area has all three kinds\")]");
        _ = writeln!(code, "    use crate::text::{{Plural, Template, Text}};");
        for (key, text) in texts {
            constant(&mut code, key, text, texts, place);
            place += 1;
        }
        code.push_str("}\n");
    }
    code
}

fn constant(code: &mut String, key: &str, text: &str, texts: &Texts, place: usize) {
    let [one, other] = COUNTED;
    if key.ends_with(other) {
        // Stands right behind its `.one`, which has the constant.
        return;
    }
    let bare = key.strip_suffix(one);
    // The plural form has every placeholder, while “one minute” may do without the number.
    let full = bare.and_then(|bare| texts.get(&format!("{bare}{other}"))).map_or(text, String::as_str);
    let names = placeholders(full).unwrap_or_default();
    let (kind, count) = match bare {
        Some(_) => ("Plural", names.iter().filter(|name| **name != "count").count()),
        None => ("Template", names.len()),
    };
    let name = bare.unwrap_or(key).to_uppercase();
    let doc = format!("`{}`", full.replace('`', "'").replace('\n', " "));
    _ = writeln!(code, "    #[doc = {doc:?}]");
    _ = if kind == "Template" && count == 0 {
        writeln!(code, "    pub const {name}: Text = Text({place});")
    } else {
        writeln!(code, "    pub const {name}: {kind}<{count}> = {kind}(Text({place}));")
    };
}

/// The texts themselves, for the server.
fn tables(languages: &[Language]) -> String {
    let mut code = String::from(
        "/// The texts of a language, in the order of the constants.\n\
         pub(super) fn table(language: crate::Language) -> &'static [&'static str] {\n    match language {\n",
    );
    for Language { code: name, .. } in languages {
        _ = writeln!(code, "        crate::Language::{} => {},", variant(name), name.to_uppercase());
    }
    code.push_str("    }\n}\n");
    for language in languages {
        _ = writeln!(code, "const {}: &[&str] = &[", language.code.to_uppercase());
        for text in language.areas().flat_map(|(_, texts, _)| texts.values()) {
            _ = writeln!(code, "    {text:?},");
        }
        code.push_str("];\n");
    }
    code
}

/// `de` as `De`.
fn variant(code: &str) -> String {
    let mut letters = code.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// What the browser loads: the language on the first line, then one text a line.
fn lines(language: &Language) -> String {
    let mut file = language.code.clone();
    for text in language.pages.values().flat_map(Texts::values) {
        file.push('\n');
        file.push_str(text);
    }
    file
}
