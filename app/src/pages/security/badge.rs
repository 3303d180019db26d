//! A word in a coloured frame, with an icon: never a colour alone.

use leptos::prelude::*;

use crate::{
    components::{Erase, Icon, icon},
    text::Text,
};

/// What a badge says besides its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Badge {
    /// Nothing.
    Plain,
    /// All is well.
    Go,
    /// To be looked at.
    Soon,
    /// Something is wrong.
    Stop,
}

/// The badge with its word.
pub(super) fn badge(state: Badge, word: Text) -> AnyView {
    let (class, d) = match state {
        Badge::Plain => ("badge", None),
        Badge::Go => ("badge badge--go", Some(icon::TICK)),
        Badge::Soon => ("badge badge--soon", Some(icon::ALERT)),
        Badge::Stop => ("badge badge--stop", Some(icon::ALERT)),
    };
    view! { <span class=class>{d.map(|d| view! { <Icon d/> " " })} {word}</span> }.erase()
}
