//! The HTML document round the application.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use super::{App, picker::LanguagePicker, plain};
use crate::{Language, backend::Visit, components::PlainTitle, model::Theme, routes};

/// Addresses of the files that every page loads. The server puts them into the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub css: String,
    /// The script that starts the WebAssembly module. Without it pages stay as the server sent them.
    pub js: Option<String>,
    /// The WebAssembly module.
    pub wasm: Option<String>,
    /// The texts of each language, for the module.
    pub texts: Vec<(Language, String)>,
}

/// The document of a hydrated page. Reads [`Assets`], the [`Language`], the request and the nonce from the context.
pub fn shell() -> AnyView {
    let scripts = use_context::<Assets>().and_then(|assets| {
        let texts = assets.texts.into_iter().find(|(of, _)| *of == Language::current())?.1;
        Some((assets.js?, assets.wasm?, texts))
    });
    let start = scripts.map(|(js, wasm, texts)| view! { <Start js wasm texts/> });
    let path = use_context::<http::request::Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default();
    document(&path, view! { <MetaTags/> {start} }.into_any(), view! { <App/> }.into_any())
}

/// The document of a plain page. Reads the same, the [`crate::backend::Port`] and the visit.
pub async fn plain_page(path: &str) -> String {
    let title = PlainTitle::provide();
    let page = plain::page(path).await;
    document(path, view! { <title>{title.text()}</title> }.into_any(), page).to_html()
}

fn document(path: &str, head: AnyView, body: AnyView) -> AnyView {
    let language = Language::current();
    // Beside the application, so that the browser's program does not carry it. Another language is another page.
    let picker = routes::shows_again(path).then(|| view! { <LanguagePicker language/> });
    let css = use_context::<Assets>().map(|assets| assets.css);
    let theme = use_context::<Visit>().and_then(|visit| visit.theme).map(Theme::as_str);
    view! {
        <!DOCTYPE html>
        <html lang=language.code() data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#f1f4f0" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#0d1511" media="(prefers-color-scheme: dark)"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                {css.map(|css| view! { <link rel="stylesheet" href=css/> })}
                {head}
            </head>
            <body>
                {body}
                {picker}
            </body>
        </html>
    }
    .into_any()
}

/// Loads the module and hydrates. Leptos' own component reads the names from a file next to the
/// program; ours come with the site inside it.
#[component]
fn Start(js: String, wasm: String, texts: String) -> impl IntoView {
    // Module, program and texts are fetched side by side, and by the script alone: without one a phone saves them.
    // When one does not arrive, the page works as it is.
    let script = format!(
        "const wasm = fetch({wasm:?}), texts = fetch({texts:?}).then(r => r.ok ? r.text() : Promise.reject()); \
         Promise.all([import({js:?}), wasm, texts]).then(([m, w, t]) => \
         m.default({{module_or_path: w}}).then(() => m.hydrate(t)), () => {{}})"
    );
    view! {
        <script type="module" nonce=use_nonce()>{script}</script>
    }
}
