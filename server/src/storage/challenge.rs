//! The second-factor step in few round trips.
//!
//! Two statements do what counts: [`reserve`] takes a check before anything is compared, and [`enter`]
//! spends everything that a right code spends. SQLite runs them as single statements one after the
//! other, which costs next to nothing inside the process. For PostgreSQL each is one statement with
//! data-modifying parts (`reserve_postgres`, `enter_postgres`), since every round trip counts there.
//! The conditions are the same, and so are the tests.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    FactorId, PersonId, SignInId, StoreError, audit,
    factor::{self, Authenticator},
    get, get_id,
    session::{self, NewSession},
    sign_in,
    throttle::{self, Allowance},
};
use crate::clock::Timestamp;

/// What a check is counted against.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// SHA-256 of the sign-in's token.
    pub token_hash: &'a [u8],
    /// Counter of the network address; while it is paused nothing is checked.
    pub address_key: &'a [u8],
    /// Checks that a challenge allows.
    pub most: i64,
    /// Failures that an account allows.
    pub allowance: Allowance,
    /// Now.
    pub now: Timestamp,
}

/// A check that was taken, with all that is needed to compare.
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
    /// Failures of the account, this one included; `None` when its counter is paused.
    pub failures: Option<i64>,
    /// True when the person may sign in and the epoch is still that of the sign-in.
    pub alive: bool,
    /// The person's authenticator.
    pub authenticator: Option<Authenticator>,
    /// True when the person has said that they saved their recovery code.
    pub recovery_saved: bool,
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
    /// The failure counter of the account.
    pub throttle_key: &'a [u8],
    /// The session.
    pub session: NewSession<'a>,
    /// The session's event.
    pub event: &'a audit::Event,
}

/// How [`enter`] went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// All spent, the session is there.
    Done,
    /// The step was used before, or the factor does not count any more. Nothing was changed.
    StepUsed,
    /// The sign-in was spent before. The caller must undo the transaction.
    Spent,
}

macro_rules! reserve_check {
    () => {
        "UPDATE sign_in SET attempts = attempts + 1 \
         WHERE token_hash = $1 AND stage = 'challenge' AND consumed_at IS NULL AND expires_at > $2 AND attempts < $3 \
         AND NOT EXISTS (SELECT 1 FROM throttle a WHERE a.key = $4 AND a.paused_until > $2) \
         RETURNING id, person_id, epoch, throttle_key, known, attempts"
    };
}

macro_rules! standing {
    () => {
        "p.email, p.epoch AS person_epoch, p.disabled_at, \
         (SELECT COUNT(*) FROM membership m JOIN company c ON c.id = m.company_id \
          WHERE m.person_id = p.id AND c.suspended_at IS NULL) AS companies, \
         f.id AS factor_id, f.secret, f.last_step, f.state, r.acknowledged_at"
    };
}

macro_rules! standing_joins {
    () => {
        "LEFT JOIN factor f ON f.person_id = p.id AND f.method = 'authenticator' AND f.state IN ('active', 'disabled') \
         LEFT JOIN recovery_code r ON r.person_id = p.id AND r.used_at IS NULL AND r.replaced_at IS NULL"
    };
}

/// Takes a check of the challenge and counts a failure of the account in advance. `None` when the
/// challenge is consumed, expired or used up, or the network address is paused.
///
/// # Errors
/// The database's.
pub async fn reserve(db: &mut AnyConnection, check: &Check<'_>) -> Result<Option<Reserved>, StoreError> {
    if db.backend_name() == "PostgreSQL" { reserve_postgres(db, check).await } else { reserve_sqlite(db, check).await }
}

async fn reserve_postgres(db: &mut AnyConnection, check: &Check<'_>) -> Result<Option<Reserved>, StoreError> {
    let row = sqlx::query(concat!(
        "WITH s AS (",
        reserve_check!(),
        "), t AS (",
        "INSERT INTO throttle (key, failures, window_started, paused_until) ",
        "SELECT throttle_key, 1, $2, CASE WHEN $5 <= 1 THEN $2 + $7 ELSE 0 END FROM s ",
        throttle::on_conflict!("$2", "$5", "$6", "$7"),
        ") SELECT s.id, s.person_id, s.epoch, s.throttle_key, s.known, s.attempts, ",
        "(SELECT failures FROM t) AS failures, ",
        standing!(),
        " FROM s JOIN person p ON p.id = s.person_id ",
        standing_joins!(),
    ))
    .bind(check.token_hash)
    .bind(check.now.0)
    .bind(check.most)
    .bind(check.address_key)
    .bind(check.allowance.failures)
    .bind(check.allowance.window)
    .bind(check.allowance.pause)
    .fetch_optional(db)
    .await?;
    row.map(|row| from_rows(&row, &row, get(&row, "failures")?)).transpose()
}

async fn reserve_sqlite(db: &mut AnyConnection, check: &Check<'_>) -> Result<Option<Reserved>, StoreError> {
    let taken = sqlx::query(reserve_check!())
        .bind(check.token_hash)
        .bind(check.now.0)
        .bind(check.most)
        .bind(check.address_key)
        .fetch_optional(&mut *db)
        .await?;
    let Some(taken) = taken else { return Ok(None) };
    let key: Vec<u8> = get(&taken, "throttle_key")?;
    let failures = throttle::reserve(db, &key, check.allowance, check.now).await?;
    let standing =
        sqlx::query(concat!("SELECT ", standing!(), " FROM person p ", standing_joins!(), " WHERE p.id = $1"))
            .bind(get::<Vec<u8>>(&taken, "person_id")?)
            .fetch_one(db)
            .await?;
    Ok(Some(from_rows(&taken, &standing, failures)?))
}

fn from_rows(taken: &AnyRow, standing: &AnyRow, failures: Option<i64>) -> Result<Reserved, StoreError> {
    let epoch: i64 = get(taken, "epoch")?;
    let disabled: Option<i64> = get(standing, "disabled_at")?;
    let factor: Option<Vec<u8>> = get(standing, "factor_id")?;
    let authenticator = match factor {
        None => None,
        Some(id) => Some(Authenticator {
            id: id.try_into()?,
            secret: get(standing, "secret")?,
            last_step: get(standing, "last_step")?,
            active: get::<String>(standing, "state")? == "active",
        }),
    };
    Ok(Reserved {
        sign_in: get_id(taken, "id")?,
        person: get_id(taken, "person_id")?,
        email: get(standing, "email")?,
        epoch,
        throttle_key: get(taken, "throttle_key")?,
        known: get::<i64>(taken, "known")? == 1,
        attempts: get(taken, "attempts")?,
        failures,
        alive: disabled.is_none()
            && get::<i64>(standing, "companies")? > 0
            && get::<i64>(standing, "person_epoch")? == epoch,
        authenticator,
        recovery_saved: get::<Option<i64>>(standing, "acknowledged_at")?.is_some(),
    })
}

/// Marks the step, spends the sign-in, forgets the account's failures, opens the session and notes it.
///
/// # Errors
/// The database's.
pub async fn enter(db: &mut AnyConnection, entering: &Entering<'_>) -> Result<Entered, StoreError> {
    if db.backend_name() == "PostgreSQL" {
        enter_postgres(db, entering).await
    } else {
        enter_sqlite(db, entering).await
    }
}

async fn enter_sqlite(db: &mut AnyConnection, entering: &Entering<'_>) -> Result<Entered, StoreError> {
    if !factor::consume_step(db, entering.factor, entering.step).await? {
        return Ok(Entered::StepUsed);
    }
    if !sign_in::consume(db, entering.sign_in, entering.session.now).await? {
        return Ok(Entered::Spent);
    }
    throttle::reset(db, entering.throttle_key).await?;
    session::insert(db, &entering.session).await?;
    audit::insert(db, entering.event).await?;
    Ok(Entered::Done)
}

async fn enter_postgres(db: &mut AnyConnection, entering: &Entering<'_>) -> Result<Entered, StoreError> {
    let (session, event) = (&entering.session, entering.event);
    let row = sqlx::query(
        "WITH f AS (UPDATE factor SET last_step = $2, failures = 0 \
           WHERE id = $1 AND last_step < $2 AND state = 'active' RETURNING id), \
         s AS (UPDATE sign_in SET consumed_at = $4 \
           WHERE id = $3 AND consumed_at IS NULL AND EXISTS (SELECT 1 FROM f) RETURNING id), \
         t AS (UPDATE throttle SET failures = 0, paused_until = 0 WHERE key = $5 AND EXISTS (SELECT 1 FROM s)), \
         n AS (INSERT INTO session (id, token_hash, person_id, sign_in_id, epoch, proof, address, agent, \
             created_at, last_seen_at, expires_at) \
           SELECT $6, $7, $8, s.id, $9, $10, $11, $12, $4, $4, $13 FROM s), \
         e AS (INSERT INTO audit_event (id, at, kind, person_id, actor, address, detail, mac) \
           SELECT $14, $4, $15, $8, $16, $11, $17, $18 FROM s) \
         SELECT (SELECT COUNT(*) FROM f) AS marked, (SELECT COUNT(*) FROM s) AS spent",
    )
    .bind(entering.factor.bytes())
    .bind(entering.step)
    .bind(entering.sign_in.bytes())
    .bind(session.now.0)
    .bind(entering.throttle_key)
    .bind(session.id.bytes())
    .bind(session.token_hash)
    .bind(session.person.bytes())
    .bind(session.epoch)
    .bind(session.proof.as_str())
    .bind(session.address)
    .bind(session.agent)
    .bind(session.expires.0)
    .bind(event.id.as_slice())
    .bind(event.kind.as_str())
    .bind(event.actor.as_str())
    .bind(event.detail.as_str())
    .bind(event.mac.as_slice())
    .fetch_one(db)
    .await?;
    Ok(match (get::<i64>(&row, "marked")?, get::<i64>(&row, "spent")?) {
        (1, 1) => Entered::Done,
        (1, _) => Entered::Spent,
        _ => Entered::StepUsed,
    })
}
