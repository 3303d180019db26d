//! What a screen reader and the keyboard notice of a navigation: the router itself tells them nothing.

use leptos::{html, prelude::*};

use super::{Body, Erase};

/// The text of the one live region, and whether the first page is behind us.
#[derive(Clone, Copy)]
struct Arrival {
    text: RwSignal<String>,
    first: StoredValue<bool>,
}

/// The one polite live region. Stands once, round the pages, and tells the title of each new one.
#[component]
pub fn Announcer(
    /// The pages.
    children: Body,
) -> AnyView {
    let text = RwSignal::new(String::new());
    provide_context(Arrival { text, first: StoredValue::new(true) });
    view! {
        {(children.0)()}
        <p class="vh" role="status">{text}</p>
    }
    .erase()
}

/// The heading of a page. It takes the focus, except on the page that the browser itself loaded.
#[component]
pub fn Heading(
    /// The words.
    text: String,
) -> AnyView {
    let node = NodeRef::<html::H1>::new();
    let arrival = use_context::<Arrival>();
    let title = text.clone();
    node.on_load(move |heading| {
        let Some(arrival) = arrival else { return };
        if arrival.first.get_value() {
            arrival.first.set_value(false);
        } else {
            arrival.text.set(title);
            // The heading is made before it stands in the page, where alone it can take the focus.
            // Without focus the page is still usable, so a refusal needs no answer.
            request_animation_frame(move || _ = heading.focus());
        }
    });
    view! { <h1 id="title" tabindex="-1" node_ref=node>{text}</h1> }.erase()
}
