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
