//! What a step answers, and what it does to the browser.

use std::{future::Future, panic::resume_unwind};

use app::{
    AppError, Language,
    model::{Secret, Theme},
};

use super::{Service, failure::Failure};
use crate::crypto::Token;

/// A change of the browser's cookies.
#[derive(Debug)]
pub enum Change {
    /// Sealed e-mail of the first page.
    Entry(Option<Secret>),
    /// Sealed phone number of an enrolment, in place of the e-mail; kept as long as the enrolment is.
    Number(Secret),
    /// Token of a half-finished sign-in.
    SignIn(Option<Token>),
    /// Token of a session.
    Session(Option<Token>),
    /// Token of a link that sets a new password.
    Reset(Option<Token>),
    /// Mark of a known browser.
    Device(Secret),
    /// The language that was picked.
    Language(Language),
    /// The look of the pages.
    Theme(Option<Theme>),
}

/// The answer of a step.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The value, or what the person is told.
    pub result: Result<T, AppError>,
    /// Changes of the cookies.
    pub changes: Vec<Change>,
    /// The page to go to.
    pub next: Option<&'static str>,
    /// True to empty the browser's cache and storage.
    pub clear_site_data: bool,
}

impl<T> Outcome<T> {
    /// A value, and no change.
    pub(super) fn value(value: T) -> Self {
        Self { result: Ok(value), changes: Vec::new(), next: None, clear_site_data: false }
    }

    /// A refusal on the page that it was asked from.
    pub(super) fn told(error: AppError) -> Self {
        Self { result: Err(error), changes: Vec::new(), next: None, clear_site_data: false }
    }

    /// A refusal that leads to another page.
    pub(super) fn refused(error: AppError, next: &'static str) -> Self {
        Self { result: Err(error), changes: Vec::new(), next: Some(next), clear_site_data: false }
    }

    /// The same with one more change.
    pub(super) fn with(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }
}

impl Outcome<()> {
    /// On to a page.
    pub(super) fn go(next: &'static str) -> Self {
        Self { result: Ok(()), changes: Vec::new(), next: Some(next), clear_site_data: false }
    }
}

/// Runs a step to its end in a task of its own, also when the browser goes away or its time is over meanwhile. For what
/// counts a failure in advance and takes it back in another transaction: a connection that broke has guessed nothing.
pub(super) async fn to_its_end<T: Send + 'static>(
    step: impl Future<Output = Result<Outcome<T>, Failure>> + Send + 'static,
) -> Result<Outcome<T>, Failure> {
    match tokio::spawn(step).await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(outcome) => outcome,
        Err(Ok(panic)) => resume_unwind(panic),
        // The process is ending.
        Err(Err(_)) => Err(AppError::Unavailable.into()),
    }
}

impl Service {
    /// Turns whatever went wrong into what the person is told.
    pub(super) fn settle<T>(&self, outcome: Result<Outcome<T>, Failure>) -> Outcome<T> {
        outcome.unwrap_or_else(|failure| Outcome::told(failure.tell(|| self.reference())))
    }

    /// A number for the log and the page; 0 when even that cannot be made.
    fn reference(&self) -> u32 {
        crate::clock::random::<4>(&*self.rng).map_or(0, u32::from_be_bytes)
    }
}
