//! A letter as text.

use super::{Letter, Part};

/// The longest line: short enough to be quoted (RFC 5322 §2.1.1 recommends at most 78).
const WIDTH: usize = 72;

impl Letter<'_> {
    /// The letter as text.
    pub(in crate::service) fn text(&self) -> String {
        let mut parts: Vec<String> = self.parts.iter().map(part).collect();
        parts.push(format!("--\n{}", wrap(&self.foot.join(" "))));
        parts.join("\n\n") + "\n"
    }
}

fn part(part: &Part) -> String {
    match part {
        Part::Text(text) => wrap(text),
        Part::Answer(question, answer) => wrap(&format!("{question} {answer}")),
        Part::Facts(facts) => {
            let lines: Vec<String> = facts.iter().map(|(label, value)| wrap(&format!("{label}: {value}"))).collect();
            lines.join("\n")
        }
        // An address is never broken: half of one leads nowhere.
        Part::Button(label, address) => format!("{label}:\n{address}"),
    }
}

/// Breaks a text at blanks. A word that is too long for any line stays whole.
fn wrap(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}
