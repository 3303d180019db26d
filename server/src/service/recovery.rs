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
        session::{self, Proof},
        sign_in, throttle,
    },
};

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
                None => self.refuse_recovery(db, check, current, visit, now).await,
            },
        }
    }

    /// Whether a code is the one of this keyed hash.
    pub(super) fn is_code(&self, person: PersonId, code: &RecoveryCode, mac: &[u8]) -> bool {
        let canonical = zeroize::Zeroizing::new(code.canonical());
        self.keys.verify_mac(MacPurpose::RecoveryCode, &[person.bytes(), canonical.as_bytes()], mac)
    }

    /// A wrong recovery code: counts against the person's own, which too many in a row switch off.
    async fn refuse_recovery(
        &self,
        db: &mut AnyConnection,
        check: &Reserved,
        current: Option<Current>,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        let error = AppError::RecoveryCodeWrong { left: self.left(check) };
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
        let reveal = Some(self.new_recovery_code(db, check.person, id, now).await?);
        let (person, sign_in) = (check.person, Some(check.sign_in));
        let opening = Opening { id, person, epoch, proof: Proof::Recovery, sign_in, reveal };
        let token = self.open_session(db, opening, visit, now).await?;
        let address = visit.address.to_string();
        let origin = Origin::visit(visit, &address, now);
        self.tell(db, person, Event::RecoveryCodeUsed, &origin).await?;
        Ok(Checked::In { token, email: check.email.clone(), next: routes::RECOVERY_CODE })
    }

    /// `I Have Securely Saved This Code`, `Continue`.
    pub async fn acknowledge_recovery_code(&self, visit: &Visit, saved: bool) -> Outcome<()> {
        self.settle(self.try_acknowledge(visit, saved).await)
    }

    async fn try_acknowledge(&self, visit: &Visit, saved: bool) -> Result<Outcome<()>, Failure> {
        let Some(session) = self.find_session(visit.session.as_ref()).await? else {
            return self.start_over(visit).await;
        };
        if !saved {
            return Err(AppError::TickMissing.into());
        }
        let (person, now) = (session.person, self.now());
        self.store.write(move |db| Box::pin(recovery_code::acknowledge(db, person, now))).await?;
        // Whoever came in with a recovery code has lost their app: the next page offers a new one.
        Ok(Outcome::go(if self.is_lost(&session) { routes::CONFIRM } else { routes::HOME }))
    }

    /// A fresh code in place of one that was shown and not saved.
    pub async fn renew_recovery_code(&self, visit: &Visit) -> Outcome<()> {
        self.settle(self.try_renew(visit).await)
    }

    async fn try_renew(&self, visit: &Visit) -> Result<Outcome<()>, Failure> {
        let Some(session) = self.find_session(visit.session.as_ref()).await? else {
            return self.start_over(visit).await;
        };
        let (service, address, now) = (self.clone(), visit.address.to_string(), self.now());
        let renewed = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    let current = recovery_code::find_current(db, session.person).await?;
                    // A saved code is replaced only with the password and the factor (REC-09).
                    let Some(current) = current.filter(|current| !current.acknowledged) else { return Ok(false) };
                    if !recovery_code::consume_unsaved(db, current.id, now).await? {
                        // The same form sent twice: the other request makes the code.
                        return Ok(true);
                    }
                    let sealed = service.new_recovery_code(db, session.person, session.id, now).await?;
                    session::set_reveal(db, session.id, &sealed).await?;
                    let entry = Entry {
                        kind: "recovery_code.renewed",
                        person: Some(session.person),
                        actor: "self",
                        address: &address,
                        detail: serde_json::Value::Null,
                        now,
                    };
                    service.note(db, entry).await?;
                    Ok(true)
                })
            })
            .await?;
        if renewed { Ok(Outcome::go(routes::RECOVERY_CODE)) } else { Err(AppError::Forbidden.into()) }
    }
}
