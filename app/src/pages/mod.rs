//! The pages and the frame round them.

use leptos::prelude::*;

/// The addresses of the files that a page loads; they change with the files' content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The stylesheet.
    pub css: String,
    /// The script that loads the program; absent where none was built.
    pub js: Option<String>,
    /// The program.
    pub wasm: Option<String>,
}

/// The document.
pub fn shell() -> impl IntoView {
    view! { <!DOCTYPE html> <html lang="en"><head></head><body><App/></body></html> }
}

/// The application: router and pages.
#[component]
pub fn App() -> impl IntoView {
    view! { <main></main> }
}
