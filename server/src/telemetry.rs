//! Structured logs, without secrets.
