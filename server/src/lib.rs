//! The Muster server. `http` calls `service`, which alone sees `domain`, `storage` and `crypto`.

pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod domain;
pub mod http;
mod lanes;
pub mod mail;
mod reason;
pub mod service;
pub mod sms;
pub mod startup;
pub mod storage;
pub mod telemetry;
