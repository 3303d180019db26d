//! The WebAssembly entry point: hydration only.

/// Makes the page that the server sent interactive.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
