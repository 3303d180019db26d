//! The built `muster` program, as a person runs it.
#![cfg(unix)]

mod command_line;
mod demo;
mod directory;
mod key;
mod place;
mod serve;
mod setting;
