//! Nobody learns from outside who has an account, or what kind (FLOW-24, FLOW-25): not from an answer, and not from its
//! time. Times are no matter for a test, so this one looks at what takes the time: the same hashes, statements and
//! writes for everybody. `make bench` prints the times themselves.

use app::routes;
use axum::http::HeaderMap;

use crate::support::{Answer, Browser, Database, NUMBER, Observer, PASSWORD, Plan, Work, World};

const WRONG: &str = "wrong wrong wrong";

/// Somebody, their address, and what is typed as their password. The addresses are of one length.
const PEOPLE: [(&str, &str, &str); 10] = [
    ("unknown", "p0@strict.example", WRONG),
    ("not enrolled", "p1@strict.example", WRONG),
    ("with an app", "p2@strict.example", WRONG),
    ("with a phone", "p3@strict.example", WRONG),
    ("without a password", "p4@strict.example", WRONG),
    ("disabled", "p5@strict.example", WRONG),
    ("disabled, right password", "p6@strict.example", PASSWORD),
    ("of a suspended company", "p7@strict.example", WRONG),
    ("of a suspended company, right password", "p8@strict.example", PASSWORD),
    ("of an identity provider", "p9@single.example", WRONG),
];

async fn people(world: &World) {
    world.newcomer(PEOPLE[1].1).await;
    world.enrolled(PEOPLE[2].1).await;
    world.with_phone(PEOPLE[3].1, NUMBER).await;
    for (_, email, _) in &PEOPLE[4..7] {
        world.newcomer(email).await;
    }
    world.strict_company("Suspended").await;
    for (_, email, _) in &PEOPLE[7..9] {
        world.person(email, "Suspended", server::domain::Role::Member).await;
    }
    world.newcomer(PEOPLE[9].1).await;
    world.sso_domain("single.example", "Strict").await;
    let db = &world.database;
    db.change("UPDATE person SET password = NULL WHERE email = 'p4@strict.example'", vec![]).await;
    db.change("UPDATE person SET disabled_at = 1 WHERE email IN ('p5@strict.example', 'p6@strict.example')", vec![])
        .await;
    db.change("UPDATE company SET suspended_at = 1 WHERE name = 'Suspended'", vec![]).await;
}

/// Everything that can be seen of an answer; of what is random by nature, the length.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    status: u16,
    headers: Vec<(String, String)>,
    body: usize,
}

impl From<&Answer> for Seen {
    fn from(answer: &Answer) -> Self {
        Self { status: answer.status.as_u16(), headers: headers(&answer.headers), body: answer.body.len() }
    }
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |name: &str, value: &str| match name {
        "set-cookie" | "content-security-policy" => format!("{} characters", value.len()),
        _ => value.to_owned(),
    };
    headers.iter().map(|(name, value)| (name.to_string(), shown(name.as_str(), value.to_str().unwrap()))).collect()
}

/// One try of somebody, and the pages round it, with a script and without one; and what the server did for the try.
async fn attempt(one: &Browser, observer: &Observer, email: &str, password: &str) -> (Vec<Seen>, Work) {
    let mut browser = one.beside();
    let mut seen = vec![Seen::from(&browser.call("sign-in/email", &[("email", email)]).await)];
    seen.push((&browser.get(routes::PASSWORD).await).into());
    observer.take().await;
    let fields = [("email", email), ("password", password)];
    seen.push((&browser.call("sign-in/password", &fields).await).into());
    let work = observer.take().await;
    // What comes of it when a text message is asked for all the same.
    for endpoint in ["sign-in/phone", "sign-in/phone/resend"] {
        seen.push((&browser.call(endpoint, &[]).await).into());
    }
    let (page, answer) = browser.submit(routes::PASSWORD, "sign-in/password", &fields).await;
    assert!([routes::PASSWORD, routes::PAUSE].iter().any(|place| page.starts_with(place)), "{email}: {page}");
    seen.push((&answer).into());
    (seen, work)
}

async fn all_alike(one: &Browser, observer: &Observer) -> Work {
    let (_, unknown, password) = PEOPLE[0];
    let (seen, work) = attempt(one, observer, unknown, password).await;
    for (who, email, password) in &PEOPLE[1..] {
        let other = attempt(one, observer, email, password).await;
        assert_eq!(other.0, seen, "{who}: seen");
        assert_eq!(other.1, work, "{who}: done");
    }
    work
}

/// Each round is two tries of everybody: after the third one they are paused at this network address, those who are not
/// there too.
async fn flow_24_25_wrong_password_is_the_same_answer_and_the_same_work(database: Database) {
    let mut plan = Plan::of("flow_24_25");
    plan.limits.failures = 6;
    let world = World::new(database.clone(), plan).await;
    people(&world).await;
    let observer = Observer::new(&database).await;
    let texts = world.phones.count();
    // Whoever has signed in before has a counter already, which the same statement updates: so everybody gets one.
    let one = world.browser();
    let first = attempt(&one, &observer, PEOPLE[0].1, WRONG).await;
    for (who, email, password) in &PEOPLE[1..] {
        assert_eq!(attempt(&one, &observer, email, password).await.0, first.0, "{who}: seen");
    }
    let work = all_alike(&one, &observer).await;
    // Counters of the account at this address and anywhere, one of the network address: before the comparison and after it,
    // and the event.
    let counters = ["UPDATE throttle"; 3];
    let writes = [&counters[..], &["INSERT audit_event"], &counters].concat();
    assert_eq!((work.hashes, work.writes.iter().map(String::as_str).collect()), (1, writes));
    assert_eq!(work.statements.is_empty(), database.is_sqlite(), "{:?}", work.statements);
    for (_, email, password) in &PEOPLE {
        attempt(&one, &observer, email, password).await;
    }
    // What the pauses bring with them comes after the answers.
    let noted = "SELECT COUNT(*) FROM audit_event WHERE kind = 'password.paused'";
    world.until(noted, i64::try_from(PEOPLE.len()).unwrap()).await;
    let work = all_alike(&one, &observer).await;
    let noted = ["UPDATE throttle", "INSERT audit_event"].map(String::from);
    assert_eq!((work.hashes, &*work.writes), (0, &noted[..]), "the first refusal of a pause");
    let work = all_alike(&one, &observer).await;
    assert_eq!((work.hashes, work.writes), (0, Vec::new()), "while paused");
    assert_eq!(world.phones.count(), texts, "no message was sent");
    database.remove().await;
}

#[tokio::test]
async fn flow_24_25_wrong_password_sqlite() {
    flow_24_25_wrong_password_is_the_same_answer_and_the_same_work(Database::sqlite().await).await;
}

#[tokio::test]
async fn flow_24_25_wrong_password_postgres() {
    flow_24_25_wrong_password_is_the_same_answer_and_the_same_work(Database::postgres().await).await;
}

/// The same where a table cannot be locked: with that of people away the answer comes all the same.
#[tokio::test]
async fn flow_24_reset_is_answered_without_the_people_sqlite() {
    let world = World::new(Database::sqlite().await, Plan::of("flow_24_reset_sqlite")).await;
    people(&world).await;
    world.database.define("ALTER TABLE person RENAME TO person_away").await;
    let mut answers = Vec::new();
    for (_, email, _) in PEOPLE {
        answers.push(Seen::from(&world.browser().call("password/ask", &[("email", email)]).await));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.status == 200), "{answers:?}");
}

/// A request for a new password is answered before anybody looks for the account: with the table of people locked, the
/// answer comes all the same. So its time cannot tell.
#[tokio::test]
async fn flow_24_reset_is_answered_before_the_account_is_looked_for() {
    use sqlx::Connection;

    let database = Database::postgres().await;
    // Every request holds a connection while it waits for that table.
    let plan = Plan { connections: 40, ..Plan::of("flow_24_reset") };
    let world = World::new(database.clone(), plan).await;
    people(&world).await;
    let observer = Observer::new(&database).await;
    let mut lock = database.connect().await;
    let mut held = lock.begin().await.unwrap();
    sqlx::query("LOCK TABLE person IN ACCESS EXCLUSIVE MODE").execute(&mut *held).await.unwrap();
    let mut answers = Vec::new();
    for (_, email, _) in PEOPLE {
        answers.push(Seen::from(&world.browser().call("password/ask", &[("email", email)]).await));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].status, 200);
    held.rollback().await.unwrap();
    let asked = "SELECT COUNT(*) FROM audit_event WHERE kind = 'password.reset_asked'";
    world.until(asked, i64::try_from(PEOPLE.len()).unwrap()).await;
    assert_eq!(observer.take().await.hashes, 0);
    let mails = "SELECT COUNT(*) FROM notice WHERE kind = 'password-reset'";
    assert_eq!(world.count(mails).await, 3, "of ten, three can sign in with a password");
    database.remove().await;
}
