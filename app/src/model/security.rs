//! `Password & Security`: what a person sees of their own account. Server side only; the page is a plain one.

use super::{BannerView, EventView, Offer, PhoneCodeView};

/// What somebody confirms for that it is them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A first method, or one in place of a lost one.
    SetUp,
    /// `Add Authenticator App` or `Change Authenticator App`.
    Authenticator,
    /// `Request a New Recovery Code`.
    RecoveryCode,
    /// The authenticator app goes.
    RemoveAuthenticator,
    /// `Add Phone Number` or `Change Phone Number`.
    Phone,
    /// The phone number goes.
    RemovePhone,
}

/// The page that asks for the password again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmView {
    /// The e-mail.
    pub email: String,
    /// True right after a sign-in with the recovery code: the factor is lost, so none is asked for.
    pub lost: bool,
    /// True where an app, or a number, is there already that what is linked now will replace.
    pub replaces: bool,
    /// True where there is a recovery code that the new one will replace.
    pub has_card: bool,
    /// The code that is asked for too.
    pub code: CodeView,
}

/// A code that a person shows again that it is them with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeView {
    /// None: there is no factor, or it is lost.
    None,
    /// One of the authenticator app.
    App,
    /// One that is sent as a text message.
    Text(PhoneCodeView),
    /// One of the authenticator app, or one that is sent as a text message.
    Either(PhoneCodeView),
}

/// A day in words and as `2026-11-18`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// In words.
    pub text: String,
    /// For `<time>`.
    pub iso: String,
}

/// The answer to "Am I safe if I lose this phone today?"; each one has its one next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// The company signs the person in. Next: its IT department.
    AtIdentityProvider,
    /// The password is the only lock. Next: add a method.
    NotSetUp,
    /// There is a phone number, which this role may not use. Next: add an app.
    PhoneDoesNotCount,
    /// All that there is is switched off, and the code is there. Next: sign in with the code and begin anew.
    SwitchedOff,
    /// All that there is is switched off, and nothing else opens the account. Next: an administrator.
    Stuck,
    /// The app or the phone is the only way. Next: ask for a recovery code.
    NoCard,
    /// There is a code that nobody has saved. Next: save it.
    CardNotSaved,
    /// The code was switched off. Next: ask for a new one.
    CardOff,
    /// The recovery code opens the account. Next: look where it is, or ask for a new one.
    Yes,
}

/// The authenticator app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppView {
    /// None, and this person may not have one here.
    Closed,
    /// None.
    None,
    /// Its codes are taken.
    On {
        /// Since when.
        since: Day,
        /// When a code of it was last right; none before the first.
        used: Option<Day>,
        /// True when it may be taken away.
        removable: bool,
    },
    /// Switched off after too many wrong codes.
    Off {
        /// True when another app may take its place from here.
        changeable: bool,
    },
}

/// The phone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneRowView {
    /// None, and none may be added, for the reason of the offer.
    Closed(Offer),
    /// None.
    None,
    /// There is one.
    There {
        /// The number with all but its country and two digits hidden; empty when it does not count.
        masked: String,
        /// Those two digits, to be spoken.
        ending: String,
        /// When a code that went there was last right, as far as that is known.
        used: Option<Day>,
        /// How it stands.
        state: PhoneState,
        /// True when another number may take its place.
        changeable: bool,
        /// True when it may be taken away.
        removable: bool,
    },
}

/// How a phone number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneState {
    /// Its codes are taken.
    On,
    /// Switched off after too many wrong codes.
    Off,
    /// Not a second step for this person, for the reason of the offer; where texts are open, the number is of another country.
    Uncounted(Offer),
    /// Codes went to this number once, and go to numbers like it no more.
    Unusable,
}

/// The recovery code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardView {
    /// None.
    None,
    /// Shown, and nobody said that it is saved.
    Unsaved {
        /// The card's number.
        number: i64,
    },
    /// There is one.
    Saved {
        /// The card's number.
        number: i64,
        /// When it was made.
        made: Day,
    },
    /// Switched off after too many wrong ones.
    Off {
        /// The card's number.
        number: i64,
    },
}

/// Why `Always Require 2FA to Log into My Account` stands where it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlwaysView {
    /// Off: there is no second step yet.
    NotEnrolled,
    /// Off: the company signs the person in.
    AtIdentityProvider,
    /// On: who has a second step is asked for it at each sign-in.
    Enrolled,
    /// On: these companies ask for it.
    Companies(Vec<String>),
    /// On: a payments role asks for it.
    Role,
}

/// Where a request came from, as far as it is known without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceView {
    /// Not from a network: the command line.
    Nowhere,
    /// The machine that Muster runs on.
    ThisMachine,
    /// The company's own network.
    Local,
    /// This address on the internet.
    Address(String),
}

/// A session that is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// What the form names it by; opens nothing.
    pub id: String,
    /// The browser, by the name that it gives itself.
    pub device: Option<String>,
    /// True for a phone or a tablet, as far as the browser says so.
    pub handheld: bool,
    /// The network.
    pub place: PlaceView,
    /// When it was last used, written out.
    pub last_seen: String,
    /// True for the session that shows the page.
    pub current: bool,
}

/// The look of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The name in the cookie, in the database and in `data-theme`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads a name; anything else leaves the look to the device.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == text)
    }
}

/// `My Profile Settings` > `Password & Security`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityView {
    /// The name.
    pub name: String,
    /// Its first letters.
    pub initials: String,
    /// The deadline, while the person is not enrolled.
    pub banner: Option<BannerView>,
    /// The sentence.
    pub safety: Safety,
    /// The app.
    pub app: AppView,
    /// The phone number.
    pub phone: PhoneRowView,
    /// The recovery code.
    pub card: CardView,
    /// The switch.
    pub always: AlwaysView,
    /// The sessions, the present one first.
    pub sessions: Vec<SessionView>,
    /// The history of 90 days, the latest first.
    pub events: Vec<EventView>,
    /// The time zone of the times, as its own name.
    pub zone: String,
    /// The look that the person chose.
    pub theme: Option<Theme>,
}
