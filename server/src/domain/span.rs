//! Spans of time as an administrator writes them: `8h`, `15m`, `90s`.

/// Reads a whole number of hours, minutes or seconds; how many seconds it is.
pub fn parse_span(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "h" => 60 * 60,
        "m" => 60,
        "s" => 1,
        _ => return None,
    };
    let plain = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<i64>().ok().filter(|number| plain && *number > 0)?.checked_mul(seconds)
}

/// Writes seconds in the largest unit that says them exactly.
pub fn write_span(seconds: i64) -> String {
    if seconds % (60 * 60) == 0 {
        format!("{}h", seconds / (60 * 60))
    } else if seconds % 60 == 0 {
        format!("{}m", seconds / 60)
    } else {
        format!("{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_is_read_as_it_is_written_and_nothing_else_is() {
        for (text, seconds) in [("8h", 28_800), ("15m", 900), ("90s", 90), ("1h", 3600)] {
            assert_eq!((parse_span(text), write_span(seconds)), (Some(seconds), text.to_owned()));
        }
        assert_eq!(parse_span("60m"), Some(3600));
        for text in [
            "",
            "h",
            "8",
            "0h",
            "-1h",
            "+1h",
            "1.5h",
            "8 h",
            "8H",
            "1d",
            "9223372036854775807h",
            "8\u{fc}",
            "\u{0668}h",
        ] {
            assert_eq!(parse_span(text), None, "{text}");
        }
    }
}
