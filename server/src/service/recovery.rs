//! Recovery codes: signing in with one, seeing a new one once, and saying that it is saved.

use app::{
    AppError,
    backend::Visit,
    model::{RecoveryCode, Secret},
    routes,
};
use sqlx::AnyConnection;

use super::{
    Service,
    alone::Code,
    arrival::Arrival,
    audit::Entry,
    challenge::Checked,
    failure::Failure,
    notice::{Event, Origin},
    outcome::Outcome,
    session::Opening,
};
use crate::{
    clock::Timestamp,
    crypto::MacPurpose,
    storage::{
        PersonId, SessionId, StoreError,
        challenge::Reserved,
        person,
        recovery_code::{self, Current},
        reveal,
        session::Proof,
        sign_in, throttle,
    },
};

/// With how many older cards a wrong code is compared: more than anybody has in a drawer, and few enough that a wrong code
/// costs the server no more, however many cards a person has asked for.
const OLD_CARDS: i64 = 20;

impl Service {
    /// `Enter Your Recovery Code`, `Continue`.
    pub async fn verify_recovery_code(&self, visit: &Visit, code: Secret) -> Outcome<()> {
        // The check character tells a typing error from a wrong code, at no cost.
        let code = RecoveryCode::parse(code.expose()).map(Code::Recovery).map_err(|_| AppError::RecoveryCodeMalformed);
        self.settle(self.check_alone(visit, code).await)
    }

    /// Compares a check with the person's recovery code, and lets in whose code is right.
    pub(super) async fn compare_recovery(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        code: &RecoveryCode,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let current = recovery_code::find_current(db, check.person).await?;
        match current {
            // One that is switched off is compared all the same, and answered like any wrong one: nothing tells that it is off.
            Some(current) if self.is_code(check.person, code, &current.mac) && current.active => {
                self.recover(db, check, &current, visit, now).await
            }
            current => match self.recover_again(db, check, code, visit, now).await? {
                Some(checked) => Ok(checked),
                None => self.refuse_recovery(db, check, code, current, visit, now).await,
            },
        }
    }

    /// Whether a code is the one of this keyed hash.
    pub(super) fn is_code(&self, person: PersonId, code: &RecoveryCode, mac: &[u8]) -> bool {
        let canonical = zeroize::Zeroizing::new(code.canonical());
        self.keys.verify_mac(MacPurpose::RecoveryCode, &[person.bytes(), canonical.as_bytes()], mac)
    }

    /// The number of the older card of this person that a code is from. All of them are compared, so that the time says
    /// nothing of which it was.
    async fn find_old_card(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        code: &RecoveryCode,
    ) -> Result<Option<i64>, Failure> {
        let old = recovery_code::list_old(db, person, OLD_CARDS).await?;
        Ok(old
            .iter()
            .fold(None, |found, (number, mac)| if self.is_code(person, code, mac) { Some(*number) } else { found }))
    }

    /// What a wrong code is answered: whoever holds an older card of theirs learns which one to look for. Of the newest card
    /// that tells the number, never whether it is switched off.
    async fn name_wrong(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        code: &RecoveryCode,
        current: Option<&Current>,
    ) -> Result<AppError, Failure> {
        let left = self.left(check);
        let old = self.find_old_card(db, check.person, code).await?;
        let numbers = old.zip(current.map(|current| current.number));
        let numbers = numbers.and_then(|(old, new)| Some((u32::try_from(old).ok()?, u32::try_from(new).ok()?)));
        Ok(match numbers {
            Some((card, newest)) => AppError::RecoveryCodeOld { card, newest, left },
            None => AppError::RecoveryCodeWrong { left },
        })
    }

    /// A wrong recovery code: counts against the person's own, which too many in a row switch off.
    async fn refuse_recovery(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        code: &RecoveryCode,
        current: Option<Current>,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let error = self.name_wrong(db, check, code, current.as_ref()).await?;
        let checked = self.count_wrong(db, check, None, error, visit, now).await?;
        if let Some(current) = current
            && recovery_code::count_failure(db, current.id, self.limits().failures_in_a_row, now).await?
        {
            let told = ("recovery_code.disabled", Event::RecoveryCodeDisabled);
            self.note_and_tell(db, check.person, told, visit, now).await?;
        }
        Ok(checked)
    }

    /// A right recovery code: spends it and the challenge, ends every other session, makes a new code.
    async fn recover(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        current: &Current,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        // Whoever loses a race changes nothing at all: neither is the code spent nor a session ended.
        if !sign_in::consume(db, check.sign_in, now).await? {
            return Err(StoreError::Lost.into());
        }
        let epoch = person::consume_epoch(db, check.person, check.epoch).await?;
        let spent = recovery_code::consume(db, current.id, now).await?;
        let Some(epoch) = epoch.filter(|_| spent) else { return Err(StoreError::Lost.into()) };
        throttle::reset(db, &check.throttle_key).await?;
        let id = SessionId::generate(&*self.rng)?;
        let reveal = Some(self.new_recovery_code(db, check.person, id, now).await?.sealed);
        let (person, sign_in) = (check.person, Some(check.sign_in));
        let opening = Opening { id, person, epoch, proof: Proof::Recovery, sign_in, reveal };
        let token = self.open_session(db, opening, visit, now).await?;
        let address = visit.address.to_string();
        let origin = Origin::visit(visit, &address, now);
        self.tell(db, person, Event::RecoveryCodeUsed, &origin).await?;
        self.note_arrivals(db, &[Arrival::by_code(check, visit)], now).await?;
        Ok(Checked::In { token, email: check.email.clone(), next: routes::RECOVERY_CODE })
    }

    /// `I Have Securely Saved This Code`, `Continue`.
    pub async fn acknowledge_recovery_code(&self, visit: &Visit, number: i64, saved: bool) -> Outcome<()> {
        self.settle(self.try_acknowledge(visit, number, saved).await)
    }

    async fn try_acknowledge(&self, visit: &Visit, number: i64, saved: bool) -> Result<Outcome<()>, Failure> {
        let Some(session) = self.find_session(visit.session.as_ref()).await? else {
            return self.start_over(visit).await;
        };
        if !saved {
            return Err(AppError::TickMissing.into());
        }
        let (service, address, now) = (self.clone(), visit.address.to_string(), self.now());
        let (id, person, lost) = (session.id, session.person, self.is_lost(&session));
        let acknowledged = self
            .store
            .write(move |db| {
                Box::pin(async move { Ok(service.acknowledge(db, person, id, number, &address, now).await?) })
            })
            .await?;
        Ok(match acknowledged {
            // Whoever came in with a recovery code has lost their app: the next page offers a new one.
            Acknowledged::Saved => Outcome::go(if lost { routes::CONFIRM } else { routes::HOME }),
            Acknowledged::Replaced => return Err(AppError::RecoveryCodeReplaced.into()),
            Acknowledged::Elsewhere => {
                Outcome::refused(AppError::RecoveryCodeReplaced, routes::NEW_RECOVERY_CODE_REPLACED)
            }
        })
    }

    /// Notes that the card that was shown is saved. Another sign-in may have made a newer one meanwhile, which nobody who
    /// looks at this one can have saved.
    async fn acknowledge(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        session: SessionId,
        number: i64,
        address: &str,
        now: Timestamp,
    ) -> Result<Acknowledged, Failure> {
        if recovery_code::acknowledge(db, person, Some(session), number, now).await? {
            let detail = serde_json::json!({ "card": number });
            let entry =
                Entry { kind: "recovery_code.saved", person: Some(person), actor: "self", address, detail, now };
            self.note(db, entry).await?;
            return Ok(Acknowledged::Saved);
        }
        Ok(match recovery_code::find_current(db, person).await? {
            // The same form sent twice.
            Some(current) if current.number == number && current.acknowledged => Acknowledged::Saved,
            Some(current) if current.waits_in(session) => Acknowledged::Replaced,
            _ => Acknowledged::Elsewhere,
        })
    }

    /// A fresh code in place of one that this session has shown and nobody has saved.
    pub async fn renew_recovery_code(&self, visit: &Visit) -> Outcome<()> {
        self.settle(self.try_renew(visit).await)
    }

    async fn try_renew(&self, visit: &Visit) -> Result<Outcome<()>, Failure> {
        let Some(session) = self.find_session(visit.session.as_ref()).await? else {
            return self.start_over(visit).await;
        };
        let (service, seen, now) = (self.clone(), visit.clone(), self.now());
        let renewed = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    let current = recovery_code::find_current(db, session.person).await?;
                    // Any other code is replaced only with the password and the factor (REC-09).
                    let Some(current) = current.filter(|current| current.waits_in(session.id)) else {
                        return Ok(Err(AppError::Forbidden));
                    };
                    let most = service.limits().new_cards;
                    if let Some(error) = service.too_often(db, session.person, b"card", most, now).await? {
                        return Ok(Err(error));
                    }
                    if !recovery_code::consume_unsaved(db, current.id, now).await? {
                        // The same form sent twice: the other request makes the code.
                        return Ok(Ok(()));
                    }
                    service.renew_card(db, session.person, session.id, &seen, now).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        renewed?;
        Ok(Outcome::go(routes::RECOVERY_CODE))
    }

    /// Makes a card in place of one that was not saved, for one look in this session, and tells every address.
    pub(super) async fn renew_card(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        session: SessionId,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let card = self.new_recovery_code(db, person, session, now).await?;
        reveal::set(db, session, &card.sealed, None).await?;
        self.note_and_tell(db, person, ("recovery_code.renewed", Event::RecoveryCodeMade), visit, now).await
    }
}

/// What a tick under a card came to.
enum Acknowledged {
    /// The card is saved, now or by the same form before.
    Saved,
    /// Another card took its place in this session, and is not saved yet.
    Replaced,
    /// Another card took its place that is not of this session, or is saved; or there is none any more.
    Elsewhere,
}
