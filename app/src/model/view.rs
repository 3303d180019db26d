//! What a page needs to show itself. Dates and times come written out: the server formats, the page shows.

use serde::{Deserialize, Serialize};

use super::Method;

/// The first page of the sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailView {
    /// What the person typed before, if anything.
    pub email: String,
    /// True on a demo installation: the page then points to the outbox and the table of people.
    pub demo: bool,
}

/// The password page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordView {
    /// The e-mail typed on the page before.
    pub email: String,
}

/// `Two-Factor Authentication Required`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredView {
    /// The companies that ask for it; empty when the person's role does.
    pub companies: Vec<String>,
    /// True when a payments role asks for it, whatever the companies' settings.
    pub payments_role: bool,
}

/// Whether a method is open to the person, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// The person may choose it.
    Open,
    /// A payor role takes part: an app is the only method.
    NotForPayors,
    /// This installation has no such method switched on.
    NotAvailable,
}

/// `Select an Authentication Method`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodView {
    /// `SMS Verification`. `Authenticator App` is open to everybody who sees the page.
    pub sms: Offer,
}

/// `Secure your Account`: the one place that shows a setup key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticatorView {
    /// The QR code as the `d` of an SVG path, one unit for each module, quiet zone included.
    pub qr_path: String,
    /// Modules on each side, quiet zone included.
    pub qr_size: u32,
    /// The setup key in groups of four.
    pub key: Vec<String>,
    /// The `otpauth:` address, for people whose phone is this device.
    pub uri: String,
    /// The name of the entry in the app.
    pub account: String,
    /// The installation's name in the app.
    pub issuer: String,
}

impl std::fmt::Debug for AuthenticatorView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthenticatorView").field("account", &self.account).finish_non_exhaustive()
    }
}

/// `Save Your Recovery Code`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodeView {
    /// Six groups of four: there on the first look only, never again (REC-10).
    pub groups: Option<[String; 6]>,
    /// The number of the card, from 1.
    pub number: i64,
    /// The day it was made, written out.
    pub date: String,
    /// The same day for machines, `YYYY-MM-DD`.
    pub date_iso: String,
    /// The person's initials, for the card.
    pub initials: String,
    /// True when the page comes right after an enrolment, for the line above the heading.
    pub just_enrolled: bool,
}

impl std::fmt::Debug for RecoveryCodeView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecoveryCodeView").field("number", &self.number).finish_non_exhaustive()
    }
}

/// `Enter Your 6-digit Verification Code`, and the choice page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyView {
    /// The installation's name in the app.
    pub issuer: String,
    /// The name of the entry in the app.
    pub account: String,
    /// The methods that work for this person; empty when too many wrong codes switched the app off.
    pub methods: Vec<Method>,
}

/// `Enter Your Recovery Code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryView {
    /// The number of the card that works.
    pub number: i64,
}

/// The password page before an early enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmView {
    /// Whose password is asked for.
    pub email: String,
    /// True after a sign-in with a recovery code: the lost app is replaced by a new one.
    pub replace: bool,
}

/// The date from which a second factor is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BannerView {
    /// The company that set it.
    pub company: String,
    /// The date written out, such as `Monday, December 14, 2026`.
    pub date: String,
    /// The same for machines, `YYYY-MM-DD`.
    pub date_iso: String,
    /// Day of the month, for the tile.
    pub day: String,
    /// Short name of the month, for the tile.
    pub month: String,
    /// Whole days that are left.
    pub days_left: i64,
}

/// The first page after the sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeView {
    /// The person's name.
    pub name: String,
    /// The person's initials.
    pub initials: String,
    /// The person's e-mail.
    pub email: String,
    /// The person's companies.
    pub companies: Vec<String>,
    /// True when a second factor is in place.
    pub enrolled: bool,
    /// A coming date for somebody who has not enrolled yet.
    pub banner: Option<BannerView>,
    /// When this sign-in ends at the latest, written out.
    pub until: String,
}

/// One message in the demo's outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxMessageView {
    /// `mail` or `sms`.
    pub channel: String,
    /// The address or number it goes to.
    pub recipient: String,
    /// The subject; empty for a text message.
    pub subject: String,
    /// The text.
    pub body: String,
    /// When it was written, written out.
    pub at: String,
}

/// The demo's outbox, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxView {
    /// The messages.
    pub messages: Vec<OutboxMessageView>,
}
