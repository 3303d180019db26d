//! `[sms]`: text messages.

use super::reader::Reader;
use crate::domain::{LONGEST_CODE, SmsLimits};

pub(super) fn limits(reader: &mut Reader) -> SmsLimits {
    let default = SmsLimits::default();
    SmsLimits {
        // No longer than what product.md, section 3 allows.
        code_ttl: reader.integer("sms.code_ttl", 60..=LONGEST_CODE, default.code_ttl),
        resend_after: reader.integer("sms.resend_after", 1..=60 * 60, default.resend_after),
        per_challenge: reader.integer("sms.per_challenge", 1..=100, default.per_challenge),
        per_person: reader.integer("sms.per_person", 1..=1000, default.per_person),
        per_number: reader.integer("sms.per_number", 1..=1000, default.per_number),
        per_prefix: reader.integer("sms.per_prefix", 1..=100_000, default.per_prefix),
        per_address: reader.integer("sms.per_address", 1..=1_000_000, default.per_address),
        per_day: reader.integer("sms.per_day", 1..=100_000_000, default.per_day),
        country_sample: reader.integer("sms.country_sample", 1..=1_000_000, default.country_sample),
        country_verified: reader.integer("sms.country_verified", 0..=100, default.country_verified),
    }
}
