//! What travels between the browser and the server, and the parsers that both sides run.

mod code;
mod email;
#[cfg(feature = "ssr")]
mod history;
mod method;
mod recovery_code;
mod secret;
#[cfg(feature = "ssr")]
mod security;
mod view;

pub use code::OneTimeCode;
pub use email::Email;
#[cfg(feature = "ssr")]
pub use history::{EventView, Happening};
pub use method::Method;
pub use recovery_code::{RecoveryCode, RecoveryCodeError};
pub use secret::Secret;
#[cfg(feature = "ssr")]
pub use security::{
    AlwaysView, AppView, CardView, CodeView, ConfirmView, Day, PhoneRowView, PhoneState, PlaceView, Purpose, Safety,
    SecurityView, SessionView, Theme,
};
pub use view::{
    AuthenticatorView, BannerView, CountryView, Delivery, EmailView, HomeView, MethodView, Offer, OutboxMessageView,
    OutboxView, PasswordView, PauseView, PhoneCodeView, PhoneView, RecoveryCodeView, RecoveryView, RequiredView,
    VerifyView,
};
