//! Copying to the clipboard: comfort only, so it is not there until the script runs.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

use super::{Erase, Icon, icon};
use crate::text::Text;

/// Whether the script runs, and whether the browser lets it copy.
#[derive(Clone, Copy, Debug)]
pub struct Scripted {
    /// The script runs.
    pub on: ReadSignal<bool>,
}

impl Scripted {
    /// False on the server and until hydration is over, so that both sides render the same.
    pub fn provide() {
        let (on, set_on) = signal(false);
        Effect::new(move |_| set_on.set(true));
        provide_context(Self { on });
    }

    /// True once the script runs.
    pub fn runs() -> Signal<bool> {
        use_context::<Self>().map_or_else(|| Signal::stored(false), |scripted| scripted.on.into())
    }
}

/// Copies a text and says that it did.
#[component]
pub fn CopyButton(
    /// The words on the button.
    label: Text,
    /// The look.
    class: &'static str,
    /// What is copied.
    text: String,
    /// Set to true once the text is in the clipboard.
    copied: RwSignal<bool>,
) -> AnyView {
    let runs = Scripted::runs();
    // The clipboard exists on `https:` and on this very device only.
    let hidden = move || !runs.get() || !window().is_secure_context();
    let copy = move |_| {
        let writing = window().navigator().clipboard().write_text(&text);
        spawn_local(async move { copied.set(JsFuture::from(writing).await.is_ok()) });
    };
    view! {
        <button class=class type="button" hidden=hidden on:click=copy>
            <Icon d=icon::COPY/> " " {label}
        </button>
    }
    .erase()
}
