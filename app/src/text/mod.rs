//! The words of pages, mails and text messages, in every language.
//!
//! They lie in `app/locales/<language>/<area>.json`; `app/build.rs` compares the languages and makes a constant of
//! each key, such as `t::sign_in::CONTINUE`, which is no more than a place in a table. The server has a table for
//! each language. The browser has one, that of the page's language, which [`load`] gets before hydration.

mod mark;

use leptos::prelude::{IntoAttributeValue, IntoRender};

use crate::Language;

/// One module for each area, one constant for each text.
pub mod t {
    include!(concat!(env!("OUT_DIR"), "/texts.rs"));
}

/// A text that is shown as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text(u16);

/// A text with `N` different placeholders, such as `{name}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template<const N: usize>(Text);

/// A text that goes by a number, `{count}`: one form for one, one for all others. Has `N` more placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plural<const N: usize>(Text);

impl Text {
    /// The words in the language of the page at hand.
    pub fn show(self) -> &'static str {
        #[cfg(feature = "ssr")]
        return self.get(Language::current());
        #[cfg(not(feature = "ssr"))]
        return browser::find(self.0);
    }

    /// The words in a language, for what is no page.
    #[cfg(feature = "ssr")]
    pub fn get(self, language: Language) -> &'static str {
        server::table(language).get(usize::from(self.0)).copied().unwrap_or_default()
    }
}

impl<const N: usize> Template<N> {
    /// The words in the language of the page at hand, with these values in place of the placeholders.
    pub fn fill(self, values: [(&str, &str); N]) -> String {
        put(self.0.show(), &values)
    }

    /// The same in a language, for what is no page.
    #[cfg(feature = "ssr")]
    pub fn fill_in(self, language: Language, values: [(&str, &str); N]) -> String {
        put(self.0.get(language), &values)
    }
}

impl<const N: usize> Plural<N> {
    /// The form for this number.
    fn form(self, language: Language, count: u32) -> Text {
        // French says “0 minute”, the others “0 minutes” (Unicode CLDR, cardinal rules).
        let one = count == 1 || (count == 0 && language == Language::Fr);
        if one { self.0 } else { Text(self.0.0 + 1) }
    }

    /// The words for a number in the language of the page at hand.
    pub fn fill(self, count: u32, values: [(&str, &str); N]) -> String {
        put_count(self.form(Language::current(), count).show(), count, &values)
    }

    /// The same in a language, for what is no page.
    #[cfg(feature = "ssr")]
    pub fn fill_in(self, language: Language, count: u32, values: [(&str, &str); N]) -> String {
        put_count(self.form(language, count).get(language), count, &values)
    }
}

impl Plural<0> {
    /// The words for a number: `1 minute`, `3 minutes`.
    pub fn count(self, count: u32) -> String {
        self.fill(count, [])
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.show().to_owned()
    }
}

impl IntoRender for Text {
    type Output = &'static str;

    fn into_render(self) -> Self::Output {
        self.show()
    }
}

impl IntoAttributeValue for Text {
    type Output = &'static str;

    fn into_attribute_value(self) -> Self::Output {
        self.show()
    }
}

/// Puts values in place of the placeholders. One without a value is left out: the build has compared the names.
fn put(text: &str, values: &[(&str, &str)]) -> String {
    debug_assert!(
        values.iter().all(|(name, _)| text.contains(&format!("{{{name}}}"))),
        "a value has no place in {text:?}"
    );
    put_found(text, values)
}

fn put_count(text: &str, count: u32, values: &[(&str, &str)]) -> String {
    let count = count.to_string();
    let all: Vec<_> = values.iter().copied().chain([("count", count.as_str())]).collect();
    put_found(text, &all)
}

fn put_found(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or_default();
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            filled.push_str(value);
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(feature = "ssr")]
mod server {
    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

#[cfg(not(feature = "ssr"))]
pub(crate) use browser::language as loaded_language;
#[cfg(not(feature = "ssr"))]
pub use browser::load;

#[cfg(not(feature = "ssr"))]
mod browser {
    use std::sync::OnceLock;

    use crate::Language;

    static LOADED: OnceLock<(Language, Vec<&'static str>)> = OnceLock::new();

    /// Takes the texts of the page's language, as the build wrote them. Once, before hydration.
    pub fn load(texts: String) {
        // Every view borrows from them until the page goes.
        let mut lines = texts.leak().split('\n');
        let language = lines.next().and_then(Language::of_code).unwrap_or_default();
        _ = LOADED.set((language, lines.collect()));
    }

    pub(super) fn find(place: u16) -> &'static str {
        LOADED.get().and_then(|(_, texts)| texts.get(usize::from(place)).copied()).unwrap_or_default()
    }

    pub(crate) fn language() -> Language {
        LOADED.get().map(|(language, _)| *language).unwrap_or_default()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_text() {
        let lengths = Language::ALL.map(|language| server::table(language).len());
        assert!(lengths.iter().all(|length| *length == lengths[0] && *length > 0), "{lengths:?}");
    }

    #[test]
    fn placeholders_are_filled_wherever_they_stand() {
        assert_eq!(put("{a} and {b}, {a}", &[("a", "x{b}"), ("b", "*")]), "x{b} and *, x{b}");
        assert_eq!(put("nothing", &[]), "nothing");
    }

    #[test]
    fn number_chooses_its_form() {
        let (one, other) = (Text(0), Text(1));
        for (language, zero) in [(Language::En, other), (Language::De, other), (Language::Fr, one)] {
            let forms = [0, 1, 2, 21].map(|count| Plural::<0>(one).form(language, count));
            assert_eq!(forms, [zero, one, other, other], "{language:?}");
        }
    }
}
