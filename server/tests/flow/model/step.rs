//! What people do in the model, and what they see.

use app::AppError;

/// What somebody does next; the number is that of the browser.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Enter(usize, Guess),
    Choose(usize),
    Confirm(usize, Guess),
    Verify(usize, Guess),
    /// A number, and the first message to it.
    Send(usize),
    ConfirmPhone(usize, Guess),
    /// `Use a Phone Number`.
    UsePhone(usize),
    /// `Resend New Code`, in a sign-in or in an enrolment.
    Resend(usize, Stage),
    VerifyPhone(usize, Guess),
    Recover(usize, Guess),
    Save(usize),
    StartSetUp(usize, Guess),
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
