//! What the tests stand on: databases, a world round them, browsers, codes.

mod browser;
mod clock;
pub(crate) mod cluster;
mod code;
mod database;
mod log;
mod mail_server;
pub(crate) mod node;
mod oracle;
mod parallel;
mod person;
mod phone;
mod post;
pub(crate) mod provider;
mod qr;
mod work;
mod world;

pub(crate) use browser::{Answer, Browser, SESSION_COOKIE, SIGN_IN_COOKIE};
pub(crate) use clock::{FakeClock, SeededRng};
pub(crate) use code::{code_at, code_of_oathtool};
pub(crate) use database::{Bind, Database};
pub(crate) use log::{listen, logged};
pub(crate) use mail_server::{MailServer, free_port, tls_file};
pub(crate) use node::Node;
pub(crate) use oracle::{Otpauth, Question, ask_otplib, ask_pyotp};
pub(crate) use parallel::{accepted, at_once, is_put_off};
pub(crate) use person::{Enrolled, PASSWORD, groups_of, mistyped, somebody};
pub(crate) use phone::{NUMBER, Phones};
pub(crate) use qr::decode_svg_path;
pub(crate) use work::{Observer, Work};
pub(crate) use world::{Plan, World};

/// Runs each named test, an `async fn(World)` of the same module, on SQLite and on PostgreSQL. Each draws ids of its own:
/// what they log stands in one place.
macro_rules! both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::support::{Database, Plan, World};

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let world = World::new(Database::sqlite().await, Plan::of(stringify!($name))).await;
                super::$name(world).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let database = Database::postgres().await;
                let world = World::new(database.clone(), Plan::of(concat!(stringify!($name), ", postgres"))).await;
                super::$name(world).await;
                database.remove().await;
            }
        }
    )+};
}

/// Runs each named test on PostgreSQL only.
macro_rules! postgres_only {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::support::{Database, Plan, World};

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let database = Database::postgres().await;
                let world = World::new(database.clone(), Plan::of(stringify!($name))).await;
                super::$name(world).await;
                database.remove().await;
            }
        }
    )+};
}

/// Runs each named test on SQLite only.
macro_rules! sqlite_only {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::support::{Database, Plan, World};

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let world = World::new(Database::sqlite().await, Plan::of(stringify!($name))).await;
                super::$name(world).await;
            }
        }
    )+};
}

pub(crate) use both;
pub(crate) use postgres_only;
pub(crate) use sqlite_only;
