//! What people do in the model, and what they see.

use app::{AppError, model::Method};

/// What somebody does next; the number is that of the browser.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Enter(usize, Guess),
    Choose(usize, Method),
    Confirm(usize, Guess),
    Verify(usize, Guess),
    /// One of two numbers, and the first message to it.
    Send(usize, usize),
    ConfirmPhone(usize, Guess),
    /// `Use a Phone Number`.
    UsePhone(usize),
    /// `Resend New Code`, in a sign-in or in an enrolment.
    Resend(usize, Stage),
    VerifyPhone(usize, Guess),
    Recover(usize, Guess),
    /// The newest recovery code that the person has read; the answer to it never arrives.
    LoseAnswer(usize),
    /// A change with the right password and code; the answer to it never arrives.
    LoseChange(usize, Change),
    /// The answer that was lost last is read after all, in another window.
    ReadLate,
    /// The tick under the card that this browser was shown last.
    Save(usize),
    /// `Make a New Code`, in place of one that was not saved.
    Renew(usize),
    StartSetUp(usize, Guess),
    /// A change under `Password & Security`, with the password and the code that is asked for.
    Change(usize, Change, Guess, Guess),
    /// A message with that code.
    SendConfirm(usize),
    SignOut(usize),
    SetPassword,
    /// `Forgot your password?`
    AskReset,
    /// A new password with the newest link, or with the one before it.
    UseLink(Guess),
    Wait(i64),
    /// Whatever the page that this browser is on asks for.
    Next(usize, Guess),
}

/// Until the app shows another code.
pub(super) const NEXT_CODE: Step = Step::Wait(31);

/// What somebody who is signed in changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    App,
    Phone,
    Card,
    RemoveApp,
    RemovePhone,
    /// And whether the other sessions end with the old one.
    Password(bool),
}

impl Change {
    pub(super) const ALL: [Self; 7] = [
        Self::App,
        Self::Phone,
        Self::Card,
        Self::RemoveApp,
        Self::RemovePhone,
        Self::Password(false),
        Self::Password(true),
    ];

    pub(super) fn endpoint(self) -> &'static str {
        match self {
            Self::App => "profile/authenticator",
            Self::Phone => "profile/phone",
            Self::Card => "profile/recovery-code",
            Self::RemoveApp => "profile/authenticator/remove",
            Self::RemovePhone => "profile/phone/remove",
            Self::Password(_) => "profile/password",
        }
    }
}

/// Whether what is typed is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    Right,
    Wrong,
}

/// What must be seen.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Done, and this page is next.
    Page(&'static str),
    /// Refused with this error.
    Error(AppError),
    /// Refused: the browser is not at this step.
    NotNow,
}

/// Which of the two a sign-in waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Challenge,
    Enrolment,
}
