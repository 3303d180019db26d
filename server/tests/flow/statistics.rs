//! PostgreSQL with tables that were never analysed: a new installation, or one that was just restored.

use server::{
    clock::{Clock, Timestamp},
    storage::{NoticeId, PersonId, company, delivery, lost_answer},
};
use sqlx::{AnyConnection, Connection, Row};

use crate::support::{World, postgres_only};

postgres_only!(
    memberships_of_one_person_are_read_without_all_companies,
    one_mail_is_written_without_those_that_wait,
    lost_answer_is_looked_for_without_the_codes_of_others,
);

/// How many rows of a table a transaction has read so far, one after the other and by an index: its own figures are there at
/// once.
pub(crate) async fn rows_read(db: &mut AnyConnection, table: &str) -> (i64, i64) {
    let read = "SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = $1";
    let row = sqlx::query(read).bind(table).fetch_one(db).await.unwrap();
    (row.get(0), row.get(1))
}

async fn memberships_of_one_person_are_read_without_all_companies(world: World) {
    world.newcomer("ana@strict.example").await;
    for more in [
        "INSERT INTO company (id, name, mfa_available, require_mfa, created_at) \
         SELECT decode(md5('c' || i), 'hex'), 'Company ' || i, 1, 1, 0 FROM generate_series(1, 2000) i",
        "INSERT INTO person (id, email, name, created_at) \
         SELECT decode(md5('p' || i), 'hex'), 'person' || i || '@many.example', 'P', 0 FROM generate_series(1, 4000) i",
        "INSERT INTO membership (company_id, person_id, role) \
         SELECT decode(md5('c' || (i / 2 + 1)), 'hex'), decode(md5('p' || i), 'hex'), 'member' \
         FROM generate_series(1, 3999) i",
    ] {
        world.database.change(more, Vec::new()).await;
    }
    let id = world.database.blob("SELECT id FROM person WHERE email = 'ana@strict.example'", vec![]).await;
    let person = PersonId::try_from(id).unwrap();

    let mut connection = world.database.connect().await;
    let mut db = connection.begin().await.unwrap();
    let memberships = company::list_memberships(&mut db, person).await.unwrap();
    let (read, _) = rows_read(&mut db, "company").await;

    assert_eq!(memberships.len(), 1);
    assert_eq!(read, 0, "companies that were read one after the other");
}

async fn one_mail_is_written_without_those_that_wait(world: World) {
    world.newcomer("ana@strict.example").await;
    let more = "INSERT INTO notice (id, person_id, channel, recipient, kind, subject, body, created_at, event_id, attempts, \
                due_at, give_up_at) SELECT decode(md5('n' || i), 'hex'), p.id, 'mail', p.email, '', '', '', 0, \
                decode(md5('e' || i), 'hex'), 1, 0, 0 FROM person p, generate_series(1, 300) i";
    world.database.change(more, Vec::new()).await;
    let id = world.database.blob("SELECT decode(md5('n7'), 'hex')", vec![]).await;

    let mut connection = world.database.connect().await;
    let mut db = connection.begin().await.unwrap();
    let sent = delivery::consume_sent(&mut db, NoticeId::try_from(id).unwrap(), 1, world.clock.now()).await;
    let read = rows_read(&mut db, "notice").await;

    assert!(sent.unwrap());
    assert_eq!(read, (0, 1), "mails that were read");
}

async fn lost_answer_is_looked_for_without_the_codes_of_others(world: World) {
    let ana = world.enrolled("ana@strict.example").await;
    for more in [
        "INSERT INTO person (id, email, name, created_at) \
         SELECT decode(md5('p' || i), 'hex'), 'person' || i || '@many.example', 'P', 0 FROM generate_series(1, 300) i",
        "INSERT INTO recovery_code (id, person_id, number, mac, created_at) \
         SELECT p.id, p.id, 1, p.id, 0 FROM person p WHERE p.created_at = 0",
    ] {
        world.database.change(more, Vec::new()).await;
    }
    world.challenged(&ana).await;
    let token = world.database.blob("SELECT token_hash FROM sign_in WHERE consumed_at IS NULL", vec![]).await;

    let mut connection = world.database.connect().await;
    let mut db = connection.begin().await.unwrap();
    let found = lost_answer::find_unseen(&mut db, &token, Timestamp(0)).await;
    let read = rows_read(&mut db, "recovery_code").await;

    assert_eq!(found.unwrap(), None);
    assert_eq!(read, (0, 0), "codes that were read");
}
