//! The parts that pages are made of.

mod arrival;
#[cfg(not(feature = "ssr"))]
mod ask;
mod card;
mod copy;
mod erase;
mod field;
mod form;
mod frame;
mod help;
pub mod icon;
pub mod message;
mod page;
mod steps;
mod summary;

pub use arrival::{Announcer, Heading};
pub use card::{RecoveryCard, card_text, download_address};
pub use copy::{CopyButton, Scripted};
pub use erase::{Body, Erase};
pub use field::{
    CODE, CodeField, EMAIL, EmailField, Field, Fixed, NEW_PASSWORD, NewPasswordField, PASSWORD, PasswordField, Tie, at,
    masked,
};
pub use form::{Form, Post, SubmitButton};
pub use frame::Gate;
#[cfg(feature = "ssr")]
pub use frame::{PlainTitle, Wide};
pub use help::{ClockHelp, HelpAside};
pub use icon::{Icon, Mark};
#[cfg(feature = "ssr")]
pub use page::{NotFound, show_plain};
pub use page::{failed, show};
pub use steps::{Step, Steps};
pub use summary::ErrorSummary;
