//! Muster's pages, components, server functions and wire types: everything that the browser and the
//! server share. The server implements [`backend::Backend`]; nothing here knows how.

#![expect(unreachable_pub, reason = "the component and server macros write `pub` next to what they expand")]

pub mod api;
#[cfg(feature = "ssr")]
pub mod backend;
pub mod components;
pub mod error;
mod language;
pub mod model;
pub mod pages;
pub mod routes;
pub mod text;

pub use error::{AppError, Guess};
pub use language::Language;
pub use pages::App;
#[cfg(feature = "ssr")]
pub use pages::{plain_page, shell};
pub use text::t;
