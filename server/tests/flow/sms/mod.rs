//! Codes as text messages (catalogue 3.2, SMS), and the races round them.

mod address;
mod budget;
mod choice;
mod code;
mod limit;
mod log;
mod message;
mod number;
pub(crate) mod race;
mod stopped;
mod twice;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;
const ANA: &str = "ana@strict.example";
const SESSIONS: &str = "SELECT COUNT(*) FROM session";
const ACTIVE: &str = "SELECT COUNT(*) FROM factor WHERE state = 'active'";
