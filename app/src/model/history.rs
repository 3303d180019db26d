//! What happened to an account, for its person to read.

use super::PlaceView;

/// Something that happened to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Signed in with the password alone.
    SignedInPassword,
    /// Signed in with a code of the app.
    SignedInApp,
    /// Signed in with a text message.
    SignedInPhone,
    /// Signed in with the recovery code.
    SignedInRecovery,
    /// Signed in after several wrong tries.
    SignedInAfterFailures,
    /// Signed in from a browser and a network that the account did not know.
    SignedInFromNewPlace,
    /// Signed out.
    SignedOut,
    /// A session was ended from another one.
    SessionEnded,
    /// A wrong password.
    WrongPassword,
    /// A wrong code.
    WrongCode,
    /// An app was linked.
    AppLinked,
    /// The app was removed.
    AppRemoved,
    /// The app was switched off.
    AppOff,
    /// A phone number was linked.
    PhoneLinked,
    /// The phone number was removed.
    PhoneRemoved,
    /// Codes to the phone were switched off.
    PhoneOff,
    /// A new recovery code.
    NewRecoveryCode,
    /// The person said that they saved it.
    RecoveryCodeSaved,
    /// The recovery code was switched off.
    RecoveryCodeOff,
    /// A new password.
    NewPassword,
    /// The e-mail address that signs in was changed.
    EmailChanged,
    /// One more address is told of changes.
    AddressAdded,
    /// An address is told no more.
    AddressRemoved,
    /// A link for a new password was asked for, and sent.
    ResetAsked,
    /// Too many wrong passwords from one place: it has to wait.
    PasswordPaused,
    /// A recovery whose answer was lost opened its session once more.
    AnsweredAgain,
}

/// One line of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    /// When, written out.
    pub at: String,
    /// For `<time>`.
    pub iso: String,
    /// What.
    pub what: Happening,
    /// From where.
    pub place: PlaceView,
}
