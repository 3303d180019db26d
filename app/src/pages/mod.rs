//! The pages and the frame round them.

use leptos::prelude::*;

/// The document.
pub fn shell() -> impl IntoView {
    view! { <!DOCTYPE html> <html lang="en"><head></head><body><App/></body></html> }
}

/// The application: router and pages.
#[component]
pub fn App() -> impl IntoView {
    view! { <main></main> }
}
