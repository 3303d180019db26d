//! The second-factor step, for many sign-ins at once.
//!
//! [`take`] counts checks against their challenges and [`hold`] holds the counters of their accounts, both
//! before anything is compared; [`enter`] spends everything that right codes spend. Each is a statement or a
//! few, however many sign-ins there are: what costs is the round trip and the commit, and they share
//! both. A step alone is a list of one.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    FactorId, PersonId, SignInId, StoreError, audit,
    company::companies,
    factor::Authenticator,
    get, get_id,
    new_session::{self, NewSession},
    rows,
    throttle::{self, Counter},
};
use crate::clock::Timestamp;

/// Who asks for a check.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// SHA-256 of the sign-in's token. One list holds each at most once.
    pub token_hash: &'a [u8],
    /// Counter of the network address; while it is paused nothing is checked for a browser that is not known.
    pub address_key: &'a [u8],
}

/// A check of a challenge that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// SHA-256 of the sign-in's token.
    pub token_hash: Vec<u8>,
    /// The sign-in.
    pub sign_in: SignInId,
    /// The person.
    pub person: PersonId,
    /// The person's epoch when the password was right.
    pub epoch: i64,
    /// The failure counter of the account.
    pub throttle_key: Vec<u8>,
    /// True in a browser that has completed a sign-in to this account before.
    pub known: bool,
    /// Checks of this challenge, this one included.
    pub attempts: i64,
    /// The network that the password came from, if there is nothing to note about it.
    pub seen_network: Option<Vec<u8>>,
}

/// A check that was taken and whose account's counter is held, with all that is needed to compare.
#[derive(Debug)]
pub struct Reserved {
    /// The sign-in.
    pub sign_in: SignInId,
    /// The person.
    pub person: PersonId,
    /// E-mail.
    pub email: String,
    /// The person's epoch, which is that of the sign-in.
    pub epoch: i64,
    /// The failure counter of the account.
    pub throttle_key: Vec<u8>,
    /// True in a browser that has completed a sign-in to this account before.
    pub known: bool,
    /// Checks of this challenge, this one included.
    pub attempts: i64,
    /// The failure counter of the account, before this check.
    pub counter: Counter,
    /// True when the person may sign in and the epoch is still that of the sign-in.
    pub alive: bool,
    /// The person's authenticator.
    pub authenticator: Option<Authenticator>,
    /// True when the person has said that they saved their recovery code.
    pub recovery_saved: bool,
    /// The network that the password came from, if there is nothing to note about it.
    pub seen_network: Option<Vec<u8>>,
}

/// What a right code spends, and what it opens.
#[derive(Debug)]
pub struct Entering<'a> {
    /// The authenticator.
    pub factor: FactorId,
    /// The step of the code.
    pub step: i64,
    /// The sign-in.
    pub sign_in: SignInId,
    /// The failure counter of the account, if it holds failures to forget.
    pub failed: Option<&'a [u8]>,
    /// The session.
    pub session: NewSession<'a>,
    /// The session's event.
    pub event: &'a audit::Event,
}

/// Takes a check of each challenge that has one left. Missing from the answer are those that are consumed,
/// expired or used up, and those of unknown browsers whose network address is paused. From here to the end of the transaction
/// nobody else checks or spends these sign-ins.
///
/// # Errors
/// The database's.
pub async fn take(
    db: &mut AnyConnection,
    checks: &[Check<'_>],
    most: i64,
    now: Timestamp,
) -> Result<Vec<Taken>, StoreError> {
    // In the order of their keys, so that two transactions seldom wait for each other.
    let mut checks = checks.to_vec();
    checks.sort_unstable_by_key(|check| check.token_hash);
    let list =
        rows::list(checks.iter().map(|check| vec![rows::bytes(check.token_hash), rows::bytes(check.address_key)]));
    let rows = sqlx::query(
        "UPDATE sign_in SET attempts = sign_in.attempts + 1 FROM json_each($1) r \
         WHERE sign_in.token_hash = unhex(r.value ->> 0) AND sign_in.stage = 'challenge' \
         AND sign_in.consumed_at IS NULL AND sign_in.expires_at > $2 AND sign_in.attempts < $3 \
         AND (sign_in.known = 1 OR NOT EXISTS \
          (SELECT 1 FROM throttle a WHERE a.key = unhex(r.value ->> 1) AND a.paused_until > $2)) \
         RETURNING token_hash, id, person_id, epoch, throttle_key, known, attempts, seen_network",
    )
    .bind(list)
    .bind(now.0)
    .bind(most);
    rows.fetch_all(db).await?.iter().map(taken_from_row).collect()
}

/// Holds the failure counter of each account, and reads what the comparison needs; each person at most once in
/// a list. From here to the end of the transaction nobody else checks a code of these accounts, so a failure
/// that is counted after the comparison is counted in time. The answer is in the order of the list.
///
/// # Errors
/// The database's.
pub async fn hold(db: &mut AnyConnection, taken: &[Taken], now: Timestamp) -> Result<Vec<Reserved>, StoreError> {
    throttle::hold(db, taken.iter().map(|taken| taken.throttle_key.as_slice()), now).await?;
    let list =
        rows::list(taken.iter().map(|taken| vec![rows::bytes(taken.person.bytes()), rows::bytes(&taken.throttle_key)]));
    let standing = sqlx::query(concat!(
        "SELECT p.id AS person_id, p.email, p.epoch AS person_epoch, p.disabled_at, ",
        companies!("p.id"),
        " AS companies, t.failures, t.paused_until, f.id AS factor_id, f.secret, f.last_step, f.state, k.acknowledged_at \
         FROM json_each($1) r JOIN person p ON p.id = unhex(r.value ->> 0) \
         JOIN throttle t ON t.key = unhex(r.value ->> 1) \
         LEFT JOIN factor f ON f.person_id = p.id AND f.method = 'authenticator' AND f.state IN ('active', 'disabled') \
         LEFT JOIN recovery_code k ON k.person_id = p.id AND k.used_at IS NULL AND k.replaced_at IS NULL",
    ))
    .bind(list)
    .fetch_all(db)
    .await?;
    taken.iter().map(|taken| reserved(taken, &standing)).collect()
}

fn taken_from_row(row: &AnyRow) -> Result<Taken, StoreError> {
    Ok(Taken {
        token_hash: get(row, "token_hash")?,
        sign_in: get_id(row, "id")?,
        person: get_id(row, "person_id")?,
        epoch: get(row, "epoch")?,
        throttle_key: get(row, "throttle_key")?,
        known: get::<i64>(row, "known")? == 1,
        attempts: get(row, "attempts")?,
        seen_network: get(row, "seen_network")?,
    })
}

fn reserved(taken: &Taken, standing: &[AnyRow]) -> Result<Reserved, StoreError> {
    let standing = find_standing(standing, taken.person)?.ok_or(StoreError::Lost)?;
    let disabled: Option<i64> = get(standing, "disabled_at")?;
    let factor: Option<Vec<u8>> = get(standing, "factor_id")?;
    let authenticator = match factor {
        None => None,
        Some(id) => Some(Authenticator {
            id: id.try_into()?,
            secret: get(standing, "secret")?,
            last_step: get(standing, "last_step")?,
            active: get::<&str>(standing, "state")? == "active",
        }),
    };
    Ok(Reserved {
        sign_in: taken.sign_in,
        person: taken.person,
        email: get(standing, "email")?,
        epoch: taken.epoch,
        throttle_key: taken.throttle_key.clone(),
        known: taken.known,
        attempts: taken.attempts,
        counter: Counter::from_row(standing)?,
        alive: disabled.is_none()
            && get::<i64>(standing, "companies")? > 0
            && get::<i64>(standing, "person_epoch")? == taken.epoch,
        authenticator,
        recovery_saved: get::<Option<i64>>(standing, "acknowledged_at")?.is_some(),
        seen_network: taken.seen_network.clone(),
    })
}

fn find_standing(rows: &[AnyRow], person: PersonId) -> Result<Option<&AnyRow>, StoreError> {
    for row in rows {
        if get::<&[u8]>(row, "person_id")? == person.bytes() {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// For each right code: marks the step, spends the sign-in, forgets the account's failures, opens the
/// session and notes it. Answers with the factors whose step was marked; of the others, whose step was
/// used before or is refused, or whose factor does not count any more, nothing was changed (RFC 6238 §5.2).
///
/// # Errors
/// [`StoreError::Lost`] when a sign-in was spent before: the caller must undo the transaction. The database's.
pub async fn enter(db: &mut AnyConnection, entering: &[Entering<'_>]) -> Result<Vec<FactorId>, StoreError> {
    let steps = rows::list(entering.iter().map(|one| vec![rows::bytes(one.factor.bytes()), one.step.into()]));
    let marked = sqlx::query(
        "UPDATE factor SET last_step = CAST(r.value ->> 1 AS BIGINT), failures = 0 FROM json_each($1) r \
         WHERE factor.id = unhex(r.value ->> 0) AND factor.last_step < CAST(r.value ->> 1 AS BIGINT) \
         AND factor.state = 'active' \
         AND NOT EXISTS (SELECT 1 FROM refused_step s \
          WHERE s.factor_id = factor.id AND s.step = CAST(r.value ->> 1 AS BIGINT)) RETURNING factor.id",
    )
    .bind(steps)
    .fetch_all(&mut *db)
    .await?;
    let marked = marked.iter().map(|row| Ok(get_id(row, "id")?)).collect::<Result<Vec<FactorId>, StoreError>>()?;
    let entering: Vec<_> = entering.iter().filter(|one| marked.contains(&one.factor)).collect();
    if !entering.is_empty() {
        spend(db, &entering).await?;
        open(db, &entering).await?;
    }
    Ok(marked)
}

async fn spend(db: &mut AnyConnection, entering: &[&Entering<'_>]) -> Result<(), StoreError> {
    let sign_ins =
        rows::list(entering.iter().map(|one| vec![rows::bytes(one.sign_in.bytes()), one.session.now.0.into()]));
    let spent = sqlx::query(
        "UPDATE sign_in SET consumed_at = CAST(r.value ->> 1 AS BIGINT) FROM json_each($1) r \
         WHERE sign_in.id = unhex(r.value ->> 0) AND sign_in.consumed_at IS NULL",
    )
    .bind(sign_ins)
    .execute(&mut *db)
    .await?
    .rows_affected();
    if usize::try_from(spent) != Ok(entering.len()) {
        return Err(StoreError::Lost);
    }
    for failed in entering.iter().filter_map(|one| one.failed) {
        throttle::reset(db, failed).await?;
    }
    Ok(())
}

async fn open(db: &mut AnyConnection, entering: &[&Entering<'_>]) -> Result<(), StoreError> {
    new_session::insert(db, entering.iter().map(|one| &one.session)).await?;
    audit::insert_all(db, entering.iter().map(|one| one.event)).await
}
