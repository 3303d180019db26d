//! The WebAssembly entry point: hydration only.

/// Makes the page that the server sent interactive, with the texts of its language.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate(texts: String) {
    app::text::load(texts);
    leptos::mount::hydrate_body(app::App);
}
