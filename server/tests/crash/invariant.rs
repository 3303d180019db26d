//! What must hold in the database after any end of the server (catalogue, CRASH-01).

use std::collections::BTreeMap;

use sqlx::Row;

use crate::{
    record::{Proof, Record},
    support::Database,
};

/// Queries that count what must not be there.
const NOTHING: [(&str, &str); 9] = [
    (
        "I2: a session without its consumed challenge",
        "SELECT COUNT(*) FROM session s LEFT JOIN sign_in i ON i.id = s.sign_in_id \
         WHERE i.consumed_at IS NULL OR i.person_id <> s.person_id",
    ),
    (
        "I2: two sessions of one challenge",
        "SELECT COUNT(*) FROM (SELECT sign_in_id FROM session GROUP BY sign_in_id HAVING COUNT(*) > 1) twice",
    ),
    (
        "I3: a factor that counts and was never confirmed",
        "SELECT COUNT(*) FROM factor WHERE state <> 'pending' AND confirmed_at IS NULL",
    ),
    (
        "I3: two factors that count",
        "SELECT COUNT(*) FROM (SELECT person_id FROM factor WHERE state IN ('active', 'disabled') \
         GROUP BY person_id HAVING COUNT(*) > 1) twice",
    ),
    (
        "I3: a factor without a recovery code, or a recovery code without a factor",
        "SELECT COUNT(*) FROM person p WHERE \
         (SELECT COUNT(*) FROM factor f WHERE f.person_id = p.id AND f.state IN ('active', 'disabled')) <> \
         (SELECT COUNT(*) FROM recovery_code r WHERE r.person_id = p.id AND r.used_at IS NULL AND r.replaced_at IS NULL)",
    ),
    (
        "I3: a session of somebody whose factor is not there",
        "SELECT COUNT(*) FROM session s WHERE NOT EXISTS \
         (SELECT 1 FROM factor f WHERE f.person_id = s.person_id AND f.state IN ('active', 'disabled'))",
    ),
    (
        "I4: sessions and their events differ",
        "SELECT COUNT(*) FROM person p CROSS JOIN (SELECT 'authenticator' AS proof UNION SELECT 'recovery') k WHERE \
         (SELECT COUNT(*) FROM session s WHERE s.person_id = p.id AND s.proof = k.proof) <> \
         (SELECT COUNT(*) FROM audit_event e WHERE e.person_id = p.id AND e.kind = 'session.' || k.proof)",
    ),
    (
        "I4: confirmed factors and their events differ",
        "SELECT COUNT(*) FROM person p WHERE \
         (SELECT COUNT(*) FROM factor f WHERE f.person_id = p.id AND f.state <> 'pending') <> \
         (SELECT COUNT(*) FROM audit_event e WHERE e.person_id = p.id AND e.kind = 'factor.bound')",
    ),
    (
        "I4: recoveries and their letters differ",
        "SELECT COUNT(*) FROM person p WHERE \
         (SELECT COUNT(*) FROM recovery_code r WHERE r.person_id = p.id AND r.used_at IS NOT NULL) <> \
         (SELECT COUNT(*) FROM notice n WHERE n.person_id = p.id AND n.kind = 'recovery-code-used')",
    ),
];

/// Fails when anything in the database does not belong together, or is not what the clients were told.
pub(crate) async fn check(database: &Database, record: &Record) {
    for (what, sql) in NOTHING {
        assert_eq!(database.int(sql, Vec::new()).await, 0, "{what}");
    }
    if database.is_sqlite() {
        let mut connection = database.connect().await;
        let sound: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
        assert_eq!(sound, "ok", "I5");
        let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut connection).await.unwrap();
        assert!(orphans.is_empty(), "I5: rows without the row that they refer to");
    }
    let sessions = sessions(database).await;
    for (hash, whose) in record.told() {
        assert_eq!(
            sessions.get(&hash),
            Some(&(whose.0, whose.1.as_str().to_owned())),
            "a session was given and is lost"
        );
    }
    let mut opened: BTreeMap<_, usize> = BTreeMap::new();
    for whose in sessions.into_values() {
        *opened.entry(whose).or_default() += 1;
    }
    for ((email, proof), count) in opened {
        let proof = if proof == "recovery" { Proof::Recovery } else { Proof::Authenticator };
        let codes = record.count_sent(&email, proof);
        assert!(count <= codes, "I1: {codes} codes of {email} opened {count} sessions ({proof:?})");
    }
}

/// After an orderly end there is no session that nobody was given.
pub(crate) async fn nobody_is_in_unknowingly(database: &Database, record: &Record) {
    let told = record.told();
    for (hash, whose) in sessions(database).await {
        assert!(told.contains_key(&hash), "a session of {whose:?} was opened, and its request not answered");
    }
}

/// Every session: the hash of its token, whose it is and what opened it.
async fn sessions(database: &Database) -> BTreeMap<Vec<u8>, (String, String)> {
    let sql = "SELECT s.token_hash, p.email, s.proof FROM session s JOIN person p ON p.id = s.person_id";
    let rows = sqlx::query(sql).fetch_all(&mut database.connect().await).await.unwrap();
    rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()
}
