//! The recovery card: on the screen, on paper and as a text file.

use std::fmt::Write;

use leptos::prelude::*;

use super::{Erase, Mark};
use crate::{model::RecoveryCodeView, t};

/// Front and back, the size of a bank card. No name, e-mail or company: a finder cannot use it.
#[component]
pub fn RecoveryCard(
    /// The page's view.
    view: RecoveryCodeView,
    /// The six groups.
    groups: [String; 6],
) -> AnyView {
    let number = t::recovery_code::CARD_NUMBER.fill([("number", &view.number.to_string())]);
    let code = groups.map(|group| view! { <span>{group}</span> " " }).to_vec();
    view! {
        <p class="only-print">{t::recovery_code::CARD_CUT}</p>
        <div class="wallet" id="recovery-card" role="group" aria-label=t::recovery_code::CARD_FRONT>
            <div class="wallet__head"><span>{t::recovery_code::CARD_TITLE}</span> <Mark/></div>
            <div class="wallet__code">{code}</div>
            <p>
                {number} " · " <time datetime=view.date_iso>{view.date}</time> " · " {view.initials} <br/>
                {t::recovery_code::CARD_ONCE}
            </p>
        </div>
        <div class="wallet wallet--back" role="group" aria-label=t::recovery_code::CARD_BACK>
            <div class="wallet__head"><span>{t::recovery_code::LOST}</span></div>
            <ol>
                <li>{t::recovery_code::LOST_SIGN_IN}</li>
                <li>{t::recovery_code::LOST_CHOOSE}</li>
                <li>{t::recovery_code::LOST_TYPE_FRONT}</li>
                <li>{t::recovery_code::LOST_NEW_CARD}</li>
            </ol>
            <p>{t::recovery_code::LOST_KEEP}</p>
        </div>
    }
    .erase()
}

/// The card as plain text.
pub fn card_text(view: &RecoveryCodeView, groups: &[String; 6]) -> String {
    let steps = [
        t::recovery_code::LOST_SIGN_IN,
        t::recovery_code::LOST_CHOOSE,
        t::recovery_code::FILE_TYPE,
        t::recovery_code::FILE_NEW,
    ];
    let made = [("number", &*view.number.to_string()), ("date", &*view.date)];
    let mut text = format!(
        "{}\n\n{}\n\n{}\n{}\n\n{}\n",
        t::recovery_code::FILE_TITLE.show(),
        groups.join("-"),
        t::recovery_code::FILE_MADE.fill(made),
        t::recovery_code::FILE_ONCE.show(),
        t::recovery_code::LOST.show(),
    );
    for (number, step) in (1..).zip(steps) {
        // Writing to a `String` cannot fail.
        _ = writeln!(text, "{number}. {}", step.show());
    }
    _ = writeln!(text, "\n{}", t::recovery_code::FILE_KEEP.show());
    text
}

/// A text as a `data:` address (RFC 2397), so that a plain link saves it without a script.
pub fn download_address(text: &str) -> String {
    let mut address = String::from("data:text/plain;charset=utf-8,");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            address.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::download_address;

    #[test]
    fn text_with_blanks_and_marks_is_percent_encoded() {
        assert_eq!(download_address("A-1\né"), "data:text/plain;charset=utf-8,A%2D1%0A%C3%A9");
    }
}
