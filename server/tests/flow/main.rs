//! The sign-in and the enrolment, through the whole router, on SQLite and on PostgreSQL.
//!
//! The ids in the names (`totp_03`, `race_01`, …) are rows of the project's catalogue of abuse and faults; SECURITY.md explains those that state a promise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation ends a test; clippy knows only functions marked as tests"
)]

mod support;

mod arrival;
mod audit_head;
mod bomb;
mod broken_connection;
mod card;
mod card_again;
mod card_elsewhere;
mod checks_under_way;
mod clock_ahead;
mod company_sessions;
mod deadline;
mod double_submit;
mod enrolment;
mod enumeration;
mod failure_window;
mod fault;
mod flood;
mod full_disk;
mod gateway;
mod housekeeping;
mod injection;
mod known_browser;
mod language;
mod limit;
mod lost_answer;
mod mail;
mod mail_answer;
mod mail_nodes;
mod markup;
mod method_table;
mod migration;
mod model;
mod node;
mod notice;
mod password;
mod password_load;
mod pause;
mod plain_form;
mod postgres;
mod profile;
mod purge;
mod qr_code;
mod race;
mod recovery;
mod recovery_limit;
mod refusal;
mod reset;
mod reset_pause;
mod rotation;
mod secrecy;
mod session;
mod sign_out;
mod sms;
mod spray;
mod sso;
mod statistics;
mod step;
mod sweep;
mod tampering;
mod token;
mod totp;
mod untouched;
mod wrong_codes;
