//! How many failures are allowed, and what happens then.

/// The limits of product.md, section 8; every one is a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Checks per challenge.
    pub checks_per_challenge: i64,
    /// Failures per account within the window that pause the step.
    pub failures: i64,
    /// The window for failures, seconds.
    pub window: i64,
    /// The pause, seconds.
    pub pause: i64,
    /// Failures in a row that disable a factor (NIST SP 800-63B-4 §3.2.2).
    pub failures_in_a_row: i64,
    /// Wrong passwords of one account in browsers that it does not know, all network addresses together, within the window
    /// (NIST SP 800-63B-4 §3.2.2: at most 100).
    pub passwords_by_strangers: i64,
    /// Password checks per network address and minute.
    pub passwords_per_address: i64,
    /// Second-factor checks per network address and minute.
    pub codes_per_address: i64,
    /// Requests for a new password per network address and ten minutes.
    pub resets_per_address: i64,
    /// Mails with a link for a new password per person and half an hour, the life of a link: more would only fill
    /// somebody's mailbox.
    pub resets_per_person: i64,
    /// New passwords that a person may set in an hour while signed in. Each one ends the links that were mailed to set another:
    /// a thief must not outrun the owner with it.
    pub password_changes: i64,
    /// New cards that a person gets in an hour in place of one that nobody has saved. Each one is told by mail.
    pub new_cards: i64,
    /// Life of a challenge, seconds.
    pub challenge: i64,
    /// Life of an enrolment that waits for the person, seconds.
    pub enrolment: i64,
    /// Longest life of a session, seconds.
    pub session: i64,
    /// Longest idle time of a session, seconds.
    pub session_idle: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            checks_per_challenge: 5,
            failures: 10,
            window: 15 * 60,
            pause: 15 * 60,
            failures_in_a_row: 100,
            passwords_by_strangers: 100,
            passwords_per_address: 30,
            codes_per_address: 60,
            resets_per_address: 10,
            resets_per_person: 3,
            password_changes: 5,
            new_cards: 10,
            challenge: 10 * 60,
            enrolment: 60 * 60,
            session: 24 * 60 * 60,
            session_idle: 60 * 60,
        }
    }
}
