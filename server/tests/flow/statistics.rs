//! PostgreSQL with tables that were never analysed: a new installation, or one that was just restored.

use server::storage::{PersonId, company};
use sqlx::{Connection, Row};

use crate::support::{World, postgres_only};

postgres_only!(memberships_of_one_person_are_read_without_all_companies);

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

    // In one transaction, whose own figures are there at once.
    let mut connection = world.database.connect().await;
    let mut db = connection.begin().await.unwrap();
    let memberships = company::list_memberships(&mut db, person).await.unwrap();
    let read = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'company'";
    let read: i64 = sqlx::query(read).fetch_one(&mut *db).await.unwrap().get(0);

    assert_eq!(memberships.len(), 1);
    assert_eq!(read, 0, "companies that were read one after the other");
}
