//! What went wrong outside, for the log and for whoever runs the server.

use std::error::Error;

/// Longest text, characters.
const LONGEST: usize = 300;

/// An error with its causes in one line, cut to 300 characters; another server's own words are foreign text.
pub(crate) fn of(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Told(&'static str, #[source] Option<Box<Told>>);

    fn because(text: &'static str, cause: Told) -> Told {
        Told(text, Some(Box::new(cause)))
    }

    #[test]
    fn causes_follow_each_once() {
        let error = because("no answer", because("sending: timed out", Told("timed out", None)));
        assert_eq!(of(&error), "no answer: sending: timed out");
    }

    #[test]
    fn foreign_text_stays_one_short_line() {
        assert_eq!(of(&Told("550 no\r\nForged: line\u{1b}[2J", None)), "550 no  Forged: line [2J");
        assert_eq!(of(&Told("ä".repeat(1000).leak(), None)).chars().count(), LONGEST);
    }
}
