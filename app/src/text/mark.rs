//! Texts with a `*marked*` part: the words are in the table, how the part is drawn is in the page.

use leptos::prelude::*;

use super::{Plural, Template, Text, put_found};
use crate::Language;
use crate::components::Erase;

/// Draws the marked part.
pub type Mark<'a> = &'a dyn Fn(String) -> AnyView;

impl Text {
    /// The text with its marked part in bold.
    pub fn bold(self) -> AnyView {
        draw(self, &[], &in_bold)
    }

    /// The text with its marked part drawn like this: as a link, say.
    pub fn marked(self, mark: Mark<'_>) -> AnyView {
        draw(self, &[], mark)
    }
}

impl<const N: usize> Template<N> {
    /// The filled text with its marked part in bold.
    pub fn bold(self, values: [(&str, &str); N]) -> AnyView {
        draw(self.0, &values, &in_bold)
    }

    /// The filled text with its marked part drawn like this.
    pub fn marked(self, values: [(&str, &str); N], mark: Mark<'_>) -> AnyView {
        draw(self.0, &values, mark)
    }
}

impl Plural<0> {
    /// The words for a number with their marked part in bold.
    pub fn bold(self, count: u32) -> AnyView {
        draw(self.form(Language::current(), count), &[("count", &count.to_string())], &in_bold)
    }
}

fn in_bold(part: String) -> AnyView {
    view! { <b>{part}</b> }.erase()
}

/// The parts one after the other. Values are put in after the text is cut, so that one with a star in it is just that.
fn draw(text: Text, values: &[(&str, &str)], mark: Mark<'_>) -> AnyView {
    let parts = text.show().split('*').enumerate().filter(|(_, part)| !part.is_empty()).map(|(place, part)| {
        let part = put_found(part, values);
        if place % 2 == 0 { part.erase() } else { mark(part) }
    });
    parts.collect::<Vec<_>>().erase()
}
