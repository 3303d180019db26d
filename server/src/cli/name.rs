//! Names of companies and people, as they are typed on the command line. They end up in pages, mails and terminals.

use super::failure::Failure;

/// A name without the blanks round it. Line ends and other control characters are refused: no name is to start a line, or a
/// header of a mail, of its own (PWD-04).
///
/// # Errors
/// Says whose name it is not to be: `of` is `a person's` or `a company's`.
pub(super) fn parse<'a>(name: &'a str, of: &str) -> Result<&'a str, Failure> {
    let name = name.trim();
    // Counted no further than the bound, however long it is.
    let length = name.chars().take(LONGEST + 1).count();
    let fits = (1..=LONGEST).contains(&length) && !name.chars().any(|c| c.is_control() || ENDS_LINES.contains(&c));
    let hint = "a name has 1 to 100 characters";
    if fits { Ok(name) } else { Err(Failure::unusable(format!("this is not {of} name"), hint)) }
}

/// The longest name, characters.
const LONGEST: usize = 100;
/// What ends a line and is no control character (Unicode's line and paragraph separators).
const ENDS_LINES: [char; 2] = ['\u{2028}', '\u{2029}'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed() {
        assert_eq!(parse("  Harbor & Sons ", "a company's").unwrap(), "Harbor & Sons");
        assert_eq!(parse("Zoë O’Neill\n", "a person's").unwrap(), "Zoë O’Neill");
        assert!(parse(&"é".repeat(100), "a person's").is_ok());
    }

    #[test]
    fn pwd_04_line_ends_in_a_name_and_names_without_end_are_refused() {
        let mebibyte = "x".repeat(1024 * 1024);
        let long = "x".repeat(101);
        for name in
            ["", "   ", "a\nb", "Ana\r\nBcc: eve@evil.example", "a\rb", "a\0b", "a\u{85}b", "a\u{1b}[2J", "a\u{2028}b"]
        {
            assert!(parse(name, "a person's").is_err(), "{name:?}");
        }
        assert!(parse(&long, "a person's").is_err() && parse(&mebibyte, "a person's").is_err());
    }
}
