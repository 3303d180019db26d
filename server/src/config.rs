//! The settings: one TOML file and `MUSTER_*` variables.
