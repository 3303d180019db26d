//! What a page needs to show itself. Dates and times come written out: the server formats, the page shows.

use serde::{Deserialize, Serialize};

use super::Method;
use crate::AppError;

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

/// How long a pause lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseView {
    /// Seconds until it ends; 0 when it is over.
    pub seconds: u32,
    /// The time of day at which it is over, written out.
    pub time: String,
    /// The same moment for programs (RFC 3339).
    pub moment: String,
    /// The page where the person goes on then.
    pub back: String,
}

/// `Two-Factor Authentication Required`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredView {
    /// The companies that ask for it; empty when the person's role does.
    pub companies: Vec<String>,
    /// True when a payments role asks for it, whatever the companies' settings.
    pub payments_role: bool,
    /// True when the person has a phone number that does not count any more: why a second step is asked for again.
    pub phone_uncounted: bool,
}

/// Whether a method is open to the person, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// The person may choose it.
    Open,
    /// A payor role takes part: an app is the only method.
    NotForPayors,
    /// The person's identity provider takes care of it.
    NotWithSso,
    /// One of the person's companies does not want it.
    NotInCompany,
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
    /// True when this session has shown this card, now or before: only then can it have been saved here.
    pub seen: bool,
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
    /// The methods that work for this person; empty when too many wrong codes switched them off.
    pub methods: Vec<Method>,
    /// The person's number with all but its country and two digits hidden; empty without one.
    pub masked: String,
    /// Those two digits, to be spoken.
    pub ending: String,
}

/// A country in the list of `Set Up SMS Verification`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountryView {
    /// ISO 3166-1 alpha-2.
    pub iso: String,
    /// Name and calling code, such as `Canada (+1)`.
    pub label: String,
}

/// `Set Up SMS Verification`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneView {
    /// The countries that are open to this person.
    pub countries: Vec<CountryView>,
    /// The chosen one.
    pub country: String,
    /// What the person typed before, if anything.
    pub phone: String,
}

/// How far the newest text message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// There is none.
    None,
    /// There is one, and it was sent for another sign-in of the same person.
    Elsewhere,
    /// On its way, or nobody knows.
    Sending,
    /// The provider has it.
    Sent,
    /// The phone has it.
    Delivered,
    /// It did not arrive.
    Failed,
}

/// The page for the code of a text message, in an enrolment and in a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneCodeView {
    /// The number with all but its country and two digits hidden.
    pub masked: String,
    /// Those two digits, to be spoken.
    pub ending: String,
    /// How far the newest message has come.
    pub delivery: Delivery,
    /// When it was sent, written out; empty without one.
    pub sent: String,
    /// When it arrived, written out; empty before.
    pub delivered: String,
    /// Until when its code is good, written out; empty without one.
    pub until: String,
    /// Minutes for which a code is good.
    pub minutes: u32,
    /// Seconds between two messages.
    pub every: u32,
    /// In a sign-in without a code: why none can be sent just now.
    pub stopped: Option<AppError>,
}

/// `Enter Your Recovery Code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryView {
    /// The number of the card that works.
    pub number: i64,
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
