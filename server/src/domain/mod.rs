//! The rules of Muster: no async, no SQL, no HTTP, no clock, no randomness.

mod limit;
mod policy;
mod role;
mod totp;

pub use limit::Limits;
pub use policy::{CompanyPolicy, Deadline, Membership, Methods, Requirement, SmsReach, requirement};
pub use role::Role;
pub use totp::{SETUP_KEY_BYTES, STEP_SECONDS, Verdict, otpauth_uri, verify};
