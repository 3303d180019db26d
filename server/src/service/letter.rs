//! Letters: what a mail says, once as text and once as HTML, in one language.
//!
//! The HTML follows the design's mails: tables and inline styles, since mail programs know no better. It loads
//! nothing, so that opening it tells nobody. Whatever comes from outside (a name) is escaped, and
//! no line end of it survives.

mod html;
mod plain;

use app::Language;

/// A part of a letter, from the top to the bottom.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A paragraph.
    Text(String),
    /// A question in bold, and what follows from it.
    Answer(String, String),
    /// Facts in a box: label and value.
    Facts(Vec<(String, String)>),
    /// A button with its address.
    Button(String, String),
}

/// A letter before it is drawn.
#[derive(Clone, Debug)]
pub(super) struct Letter<'a> {
    /// Its language.
    pub(super) language: Language,
    /// The name of the installation.
    pub(super) site: &'a str,
    /// The subject, and the heading.
    pub(super) subject: &'a str,
    /// What it says.
    pub(super) parts: Vec<Part>,
    /// What stands small below it.
    pub(super) foot: Vec<String>,
}

/// Somebody's own words on one line: no control characters, not without end.
pub(super) fn tame(text: &str, most: usize) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() || is_line_end(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(most).collect()
}

/// Line and paragraph separator of Unicode.
fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letter(words: &str) -> Letter<'static> {
        Letter {
            language: Language::De,
            site: "Muster & <Co>",
            subject: "Ihr Passwort",
            parts: vec![
                Part::Text(words.to_owned()),
                Part::Facts(vec![("Wann".to_owned(), words.to_owned()), ("Gerät".to_owned(), words.to_owned())]),
                Part::Answer("Waren Sie es?".to_owned(), words.to_owned()),
                Part::Button("Weiter".to_owned(), "https://muster.example/password?a=1&b=2".to_owned()),
            ],
            foot: vec![words.to_owned()],
        }
    }

    #[test]
    fn text_has_all_parts_in_lines_that_fit() {
        let text =
            letter("Ein Satz, der für eine Zeile viel zu lang ist und darum in der Mitte umgebrochen wird.").text();
        assert!(text.lines().all(|line| line.chars().count() <= 72), "{text}");
        assert!(text.contains("\nWaren Sie es? Ein Satz"), "{text}");
        assert!(text.contains("\nWeiter:\nhttps://muster.example/password?a=1&b=2\n"), "{text}");
        assert!(text.contains("\n--\nEin Satz"), "{text}");
    }

    #[test]
    fn html_has_the_language_the_link_and_nothing_to_load() {
        let html = letter("Ein Satz.").html();
        assert!(html.contains("<html lang=\"de\">") && html.contains("Muster &amp; &lt;Co&gt;"), "{html}");
        assert!(html.contains("href=\"https://muster.example/password?a=1&amp;b=2\""), "{html}");
        for loads in ["<img", "<script", "<link", "src=", "url(", "@import"] {
            assert!(!html.contains(loads), "{loads}");
        }
        let at = |words: &str| html.find(words).unwrap();
        assert!(at("<h1") < at("<b>Wann:</b>") && at("<b>Wann:</b>") < at("<b>Waren Sie es?</b>"));
    }

    proptest! {
        /// WEB-08: what people call themselves is text and stays text.
        #[test]
        fn web_08_foreign_words_add_no_markup(words in "(?s)[<>&\"'a-z/=\\PC\r\n]{0,60}") {
            let tags = |html: &str| html.matches('<').count();
            let tame = tame(&words, 100);
            prop_assert!(!tame.chars().any(char::is_control));
            prop_assert_eq!(tags(&letter(&tame).html()), tags(&letter("").html()));
        }
    }
}
