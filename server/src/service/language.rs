//! The language that somebody picked.

use app::{Language, backend::Visit, routes};

use super::{
    Service,
    outcome::{Change, Outcome},
};

impl Service {
    /// The picker in the footer: keeps the choice and goes back to the page. A browser that does not say which
    /// page that was goes to the first one, which leads everybody to where they belong.
    pub fn set_language(&self, visit: &Visit, language: Language) -> Outcome<()> {
        Outcome::go(visit.page.unwrap_or(routes::HOME)).with(Change::Language(language))
    }
}
