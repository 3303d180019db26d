//! A check of a challenge: taken before anything is compared, and what a wrong code brings with it.

use app::{AppError, Guess, backend::Visit, routes};
use sqlx::AnyConnection;

use super::{
    Service,
    audit::Entry,
    challenge::Checked,
    failure::Failure,
    limit::{Budget, paused},
    notice::Event,
};
use crate::{
    clock::Timestamp,
    crypto::Token,
    storage::{
        FactorId, PersonId, StoreError,
        challenge::{self, Check, Reserved, Taken},
        factor, sign_in,
        throttle::{self, Counted},
    },
};

/// An authenticator was switched off: what is noted, and what is told.
pub(super) const APP_OFF: (&str, Event) = ("factor.disabled", Event::AuthenticatorDisabled);
/// The same of a phone.
pub(super) const PHONE_OFF: (&str, Event) = ("phone.disabled", Event::PhoneDisabled);

impl Service {
    /// Takes a check of each challenge: those that were taken, and the answers to the rest, each with its
    /// place in the list.
    pub(super) async fn take_checks(
        &self,
        db: &mut AnyConnection,
        asked: &[(&Token, &Visit)],
        now: Timestamp,
    ) -> Result<(Vec<(usize, Taken)>, Vec<(usize, Checked)>), Failure> {
        let keys: Vec<_> = asked.iter().map(|(_, visit)| self.address_key(Guess::Code, visit.address)).collect();
        let checks = asked.iter().zip(&keys);
        let checks: Vec<_> =
            checks.map(|((token, _), key)| Check { token_hash: token.hash(), address_key: key }).collect();
        let mut found = challenge::take(db, &checks, self.limits().checks_per_challenge, now).await?;
        let (mut taken, mut refused) = (Vec::with_capacity(found.len()), Vec::new());
        for (place, check) in checks.iter().enumerate() {
            if let Some(at) = found.iter().position(|taken| taken.token_hash == check.token_hash) {
                taken.push((place, found.swap_remove(at)));
                continue;
            }
            // What is over says so; a pause of the address stops only strangers whose sign-in goes on.
            let (_, visit) = asked.get(place).ok_or(StoreError::Lost)?;
            let answer = match sign_in::find(db, check.token_hash, now).await? {
                Some(sign_in) => self.refuse_address(db, (sign_in.person, sign_in.known), visit, now).await?,
                None => None,
            };
            refused.push((place, answer.map_or(Checked::Expired, Checked::Refused)));
        }
        Ok((taken, refused))
    }

    /// Counts one check against the challenge and holds the account's counter, before anything is compared.
    pub(super) async fn reserve_check(
        &self,
        db: &mut AnyConnection,
        token: &Token,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Result<Reserved, Checked>, Failure> {
        let (one, mut refused) = self.take_checks(db, &[(token, visit)], now).await?;
        let one: Vec<_> = one.into_iter().map(|(_, taken)| taken).collect();
        let held = challenge::hold(db, &one, now).await?;
        let Some(reserved) = held.into_iter().next() else {
            return Ok(Err(refused.pop().map_or(Checked::Expired, |(_, checked)| checked)));
        };
        let refused = self.refuse_held(db, &reserved, visit, now).await?;
        Ok(refused.map_or(Ok(reserved), Err))
    }

    /// The answer to a check whose account is paused, or whose person does not sign in any more.
    pub(super) async fn refuse_held(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Option<Checked>, Failure> {
        let paused = (&*check.throttle_key, Some(check.counter.paused_until));
        if let Some(error) = self.refuse_guess(db, Guess::Code, paused, Some(check.person), visit, now).await? {
            sign_in::release_attempt(db, check.sign_in).await?;
            return Ok(Some(Checked::Refused(error)));
        }
        if !check.alive {
            // A new password has ended this challenge: nothing was compared, so nothing has failed.
            sign_in::consume(db, check.sign_in, now).await?;
            return Ok(Some(Checked::Expired));
        }
        Ok(None)
    }

    /// How many checks the challenge allows after this one.
    pub(super) fn left(&self, check: &Reserved) -> Option<u8> {
        u8::try_from(self.limits().checks_per_challenge - check.attempts).ok()
    }

    /// Counts a wrong code against a factor; too many in a row switch it off, which is noted and told.
    pub(super) async fn count_factor_failure(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        factor: FactorId,
        off: (&'static str, Event),
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if factor::count_failure(db, factor, self.limits().failures_in_a_row).await? {
            self.note_and_tell(db, person, off, visit, now).await?;
        }
        Ok(())
    }

    /// Everything that a wrong code brings with it.
    pub(super) async fn count_wrong(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        factor: Option<FactorId>,
        error: AppError,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let address = visit.address.to_string();
        let counter = Budget { key: check.throttle_key.clone(), known: check.known };
        let failure = self.count_code(db, check.person, &counter, visit, now).await?;
        let kind = if matches!(error, AppError::CodeUsed | AppError::SmsCodeUsed) { "code.used" } else { "code.wrong" };
        let detail = serde_json::json!({ "attempt": check.attempts, "factor": factor.is_some() });
        let entry = Entry { kind, person: Some(check.person), actor: "self", address: &address, detail, now };
        self.note(db, entry).await?;
        if let Some(factor) = factor {
            self.count_factor_failure(db, check.person, factor, APP_OFF, visit, now).await?;
        }
        let spent = check.attempts >= self.limits().checks_per_challenge;
        if spent {
            sign_in::consume(db, check.sign_in, now).await?;
        }
        Ok(if spent && !failure.pauses {
            Checked::Over(AppError::ChallengeDead, routes::SIGN_IN_ATTEMPTS)
        } else {
            Checked::Refused(self.pause_or(error, failure, now))
        })
    }

    /// Counts a wrong code against the account, whose counter was held before the comparison, and against the network
    /// address.
    pub(super) async fn count_code(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        counter: &Budget,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Counted, Failure> {
        let failure = self.count_failure(db, counter, now).await?;
        self.count_further(db, person, counter, visit, now).await?;
        Ok(failure)
    }

    /// Counts a failure of the account.
    pub(super) async fn count_failure(
        &self,
        db: &mut AnyConnection,
        counter: &Budget,
        now: Timestamp,
    ) -> Result<Counted, Failure> {
        let failure = throttle::count(db, &counter.key, self.account_allowance(), now).await?;
        // Held since before the comparison: only a pause that is met here would count nothing.
        Ok(failure.unwrap_or(Counted { failures: i64::MAX, pauses: true }))
    }

    /// The rest of a failure that the account has counted already. What is typed in a known browser stops nobody beside it.
    pub(super) async fn count_further(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        counter: &Budget,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if !counter.known {
            self.count_address(db, visit.address, now).await?;
        }
        self.tell_of_wrong_code(db, person, counter.known, visit, now).await
    }

    /// What a wrong code is answered: the one that starts a pause is told of it.
    pub(super) fn pause_or(&self, error: AppError, failure: Counted, now: Timestamp) -> AppError {
        if failure.pauses { paused(Guess::Code, now.plus(self.limits().pause), now) } else { error }
    }
}
