//! The router, its middleware and its headers.
