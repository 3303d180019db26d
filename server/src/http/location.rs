//! Where an answer may send a browser: to a path of ours, nowhere else (ASVS 5.0 3.7.2).

use axum::http::{HeaderMap, HeaderValue, header::LOCATION};

use super::HttpSettings;

/// Makes a `Location` a path of ours. An absolute address on our own origin loses its origin; any other one is
/// taken out, and so is what only looks like a path (`//host`, `/\host`).
pub(super) fn keep_home(settings: &HttpSettings, headers: &mut HeaderMap) {
    let Some(location) = headers.remove(LOCATION) else { return };
    let Ok(text) = location.to_str() else { return };
    let path = match settings.path_on_our_origin(text) {
        Some("") => "/",
        Some(path) => path,
        None => text,
    };
    let is_path = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if let (true, Ok(value)) = (is_path, HeaderValue::from_str(path)) {
        headers.insert(LOCATION, value);
    }
}
