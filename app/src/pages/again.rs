//! Why somebody is back on a page of the set-up.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    components::{Erase, Icon, icon},
    text::Text,
};

/// The sentence that the address asks for: one of a closed set, anything else is ignored.
#[component]
pub(super) fn Again(sentences: &'static [(&'static str, Text)]) -> AnyView {
    let query = use_query_map();
    (move || {
        let query = query.read();
        let notice = query.get_str("notice")?;
        let (_, text) = *sentences.iter().find(|(name, _)| *name == notice)?;
        Some(view! { <p class="note note--soon" role="status"><Icon d=icon::WARN/> <span>{text}</span></p> })
    })
    .erase()
}
