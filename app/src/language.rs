//! The languages that Muster speaks.

use serde::{Deserialize, Serialize};

/// A language of pages, mails and text messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English, where nothing else is known.
    #[default]
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// German.
    De,
    /// Italian.
    It,
}

impl Language {
    /// Every language, in the order of the picker.
    pub const ALL: [Self; 5] = [Self::En, Self::Es, Self::Fr, Self::De, Self::It];

    /// The code of RFC 5646 (`lang` in HTML): two small letters.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::De => "de",
            Self::It => "it",
        }
    }

    /// The language of a code, written exactly so.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// Its name in itself.
    #[cfg(feature = "ssr")]
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Español",
            Self::Fr => "Français",
            Self::De => "Deutsch",
            Self::It => "Italiano",
        }
    }

    /// The language of the page at hand. The server puts it into the context of the request.
    #[cfg(feature = "ssr")]
    pub fn current() -> Self {
        leptos::prelude::use_context().unwrap_or_default()
    }

    /// The language of the page at hand: that of the texts that were loaded.
    #[cfg(not(feature = "ssr"))]
    pub fn current() -> Self {
        crate::text::loaded_language()
    }
}
