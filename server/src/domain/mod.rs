//! The rules of Muster: no async, no SQL, no HTTP, no clock, no randomness.

mod backoff;
mod country;
mod deadline;
mod device;
mod limit;
mod password;
mod phone;
mod policy;
mod role;
mod safety;
mod sms;
mod span;
mod totp;

pub use backoff::backoff;
pub use country::{COUNTRIES, Country};
pub use deadline::{Deadline, parse_day, parse_zone, zone_name};
pub use device::{Network, device_name, is_handheld, neighbourhood, network_of};
pub use limit::Limits;
pub use password::{MAX_BYTES, MIN_CHARS, PasswordContext, PasswordRefusal, check_password};
pub use phone::{PhoneNumber, PhoneRefusal};
pub use policy::{
    CompanyPolicy, Membership, Methods, PasswordAlone, PolicyChange, PolicyRefusal, Requirement, Shorter, SmsReach,
    Start, may_remove, offer, password_alone, requirement,
};
pub use role::Role;
pub use safety::{Card, Footing, Way, safety};
pub use sms::{LONGEST_CODE, STRICT_CODE, SmsLimits, draw_code};
pub use span::{parse_span, write_span};
pub use totp::{SETUP_KEY_BYTES, STEP_SECONDS, Verdict, otpauth_uri, setup_key_groups, start_of, step_at, verify};
