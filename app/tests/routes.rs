//! The addresses that the application knows are those that the server serves.
//!
//! Alone in a program of its own: while Leptos lists routes, it lets no resource load in the whole process, and a page
//! that asks for its data at that instant waits for ever, also when the list is long done
//! (<https://github.com/leptos-rs/leptos/issues/4773>).
#![cfg(feature = "ssr")]

use std::collections::BTreeSet;

use app::routes;

#[test]
fn application_has_the_hydrated_pages_and_no_other() {
    #[expect(clippy::disallowed_methods, reason = "no page is made in this program")]
    let listed = leptos_axum::generate_route_list(app::App);
    let listed: BTreeSet<_> = listed.iter().map(leptos_axum::AxumRouteListing::path).collect();
    assert_eq!(listed, BTreeSet::from(routes::PAGES), "left: the application, right: `routes::PAGES`");
}
