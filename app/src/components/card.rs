//! The recovery card: on the screen, on paper and as a text file.

use std::fmt::Write;

use leptos::prelude::*;

use super::{Erase, Mark};
use crate::model::RecoveryCodeView;

/// Front and back, the size of a bank card. No name, e-mail or company: a finder cannot use it.
#[component]
pub fn RecoveryCard(
    /// The page's view.
    view: RecoveryCodeView,
    /// The six groups.
    groups: [String; 6],
) -> AnyView {
    let code = groups.map(|group| view! { <span>{group}</span> " " }).to_vec();
    view! {
        <p class="only-print">"Cut along the outside line and fold on the dotted line."</p>
        <div class="wallet" id="recovery-card" role="group" aria-label="Recovery card, front">
            <div class="wallet__head"><span>"Recovery code"</span> <Mark/></div>
            <div class="wallet__code">{code}</div>
            <p>
                "Card " {view.number} " · " <time datetime=view.date_iso>{view.date}</time> " · " {view.initials} <br/>
                "Works once. A newer card replaces this one."
            </p>
        </div>
        <div class="wallet wallet--back" role="group" aria-label="Recovery card, back">
            <div class="wallet__head"><span>"Lost your phone?"</span></div>
            <ol>
                <li>"Sign in with your email and password."</li>
                <li>"Choose “Use a Recovery Code”."</li>
                <li>"Type the code from the front of this card."</li>
                <li>"Set up your new phone and print a new card."</li>
            </ol>
            <p>"Keep this away from your phone. Never write your password on it."</p>
        </div>
    }
    .erase()
}

/// The card as plain text.
pub fn card_text(view: &RecoveryCodeView, groups: &[String; 6]) -> String {
    format!(
        "Muster recovery code\n\n{}\n\nCard {}, made on {}.\nWorks once. A newer code replaces this one.\n\n\
         Lost your phone?\n1. Sign in with your email and password.\n2. Choose \"Use a Recovery Code\".\n\
         3. Type the code above.\n4. Set up your new phone and save the new code.\n\n\
         Keep this away from your phone. Never write your password next to it.\n",
        groups.join("-"),
        view.number,
        view.date,
    )
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
