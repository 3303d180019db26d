//! What a command prints.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use super::Failure;

/// Prints to standard output: lines of text, whatever names stand in them.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", clean(text, true)).and_then(|()| out.flush()) {
        // Whoever read this has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            Err(Failure::failed(format!("cannot write to standard output: {error}"), "check where it is sent to"))
        }
        Ok(()) => Ok(()),
    }
}

/// Prints to standard error. There is nobody to tell when that fails.
pub(super) fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints help, or what is wrong with the command line.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// A table: columns as wide as their widest cell, a line below the head.
pub(super) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let head = head.map(str::to_owned);
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.clone().map(|cell| clean(&cell, false))).collect();
    let mut widths = head.clone().map(|cell| width(&cell));
    for row in &rows {
        for (column, cell) in widths.iter_mut().zip(row) {
            *column = width(cell).max(*column);
        }
    }
    let rule = widths.map(|width| "-".repeat(width));
    let lines: Vec<String> = [&head, &rule].into_iter().chain(&rows).map(|row| line(row, &widths)).collect();
    lines.join("\n")
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, column) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(column.saturating_sub(width(cell)) + 2));
    }
    line.trim_end().to_owned()
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

/// Text from outside without what could steer a terminal.
pub(super) fn clean(text: &str, lines: bool) -> String {
    text.chars().map(|c| if c.is_control() && !(lines && c == '\n') { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_lines_up_and_ends_without_blanks() {
        let rows = [["ana@harbor.example".to_owned(), "member".to_owned()], ["b@c.example".to_owned(), String::new()]];
        let text = table(["E-mail", "Role"], &rows);
        assert_eq!(
            text,
            "E-mail              Role\n\
             ------------------  ------\n\
             ana@harbor.example  member\n\
             b@c.example"
        );
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let text = table(["Name"], &[["a\u{1b}[31m\nb".to_owned()]]);
        assert!(!text.contains('\u{1b}'));
        assert_eq!(text.lines().count(), 3);
    }
}
