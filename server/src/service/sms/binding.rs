//! What a code is bound to, and what a typed one is worth.

use app::model::OneTimeCode;
use sqlx::AnyConnection;

use super::Service;
use crate::{
    clock::Timestamp,
    crypto::MacPurpose,
    domain::PhoneNumber,
    storage::{
        FactorId, PersonId, SignInId, SmsMessageId, StoreError,
        sms_code::{self, Purpose},
    },
};

/// Everything that a code is bound to (NIST SP 800-63B-4 §3.1.3.2): it is worth nothing elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Binding<'a> {
    pub(super) purpose: Purpose,
    pub(super) sign_in: SignInId,
    pub(super) person: PersonId,
    pub(super) factor: FactorId,
    pub(super) number: &'a PhoneNumber,
}

/// What a typed code is worth.
pub(in crate::service) enum Judged {
    /// The code of this message.
    Right(SmsMessageId),
    /// There is one, and its time is over.
    Expired {
        /// Whether it is the typed one: for people who may have typed another kind of code.
        typed: bool,
    },
    /// A right code that was typed in before.
    Used,
    /// Not the one that is outstanding, which this message carried: a guess.
    Wrong(SmsMessageId),
    /// The one that is outstanding for another sign-in of this person, where alone it opens anything.
    Elsewhere,
    /// None is outstanding here, so there was nothing to guess.
    Absent,
}

impl Binding<'_> {
    /// What the keyed hash covers.
    pub(super) fn parts<'a>(&'a self, code: &'a OneTimeCode) -> [&'a [u8]; 5] {
        [
            self.purpose.as_str().as_bytes(),
            self.sign_in.bytes(),
            self.person.bytes(),
            self.number.e164().as_bytes(),
            code.expose().as_bytes(),
        ]
    }
}

impl Service {
    /// What a typed code is worth. Nothing is written.
    pub(super) async fn worth_of(
        &self,
        db: &mut AnyConnection,
        binding: Binding<'_>,
        code: &OneTimeCode,
        now: Timestamp,
    ) -> Result<Judged, StoreError> {
        let sent = sms_code::find(db, binding.person, binding.purpose).await?;
        let Some(sent) = sent else { return Ok(Judged::Absent) };
        let matches = |binding: Binding<'_>| self.keys.verify_mac(MacPurpose::SmsCode, &binding.parts(code), &sent.mac);
        if sent.consumed {
            // Also one of the sign-in before: it opens nothing any more, and its owner knows what it is.
            let used = matches(Binding { sign_in: sent.sign_in, ..binding });
            return Ok(if used { Judged::Used } else { Judged::Absent });
        }
        let (ours, over) = (sent.sign_in == binding.sign_in, sent.expires <= now);
        // Whoever sent the password twice has one text for two sign-ins, and may read it where it is not the one that it
        // belongs to. A session's own page is asked for a code of its own.
        let known = ours || (binding.purpose == Purpose::SignIn && !over);
        if !known || sent.factor != binding.factor {
            return Ok(Judged::Absent);
        }
        let right = matches(Binding { sign_in: sent.sign_in, ..binding });
        if over {
            return Ok(Judged::Expired { typed: right });
        }
        Ok(match (right, ours) {
            (true, true) => Judged::Right(sent.message),
            (true, false) => Judged::Elsewhere,
            (false, _) => Judged::Wrong(sent.message),
        })
    }

    /// Counts a wrong guess at a code, in whichever sign-in or session it was typed. The code has as many as a challenge, and
    /// is over then (product.md, section 8).
    pub(super) async fn count_guess(
        &self,
        db: &mut AnyConnection,
        (person, purpose): (PersonId, Purpose),
        message: SmsMessageId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sms_code::count_check(db, (person, purpose), message, self.limits().checks_per_challenge, now).await
    }
}
