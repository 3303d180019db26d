//! The site's files: style, script, program and icons, carried inside the binary.

use std::{borrow::Cow, collections::BTreeMap};

use app::{Language, pages::Assets};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

/// What the build of the site leaves: in a debug build read from the folder, else inside the binary.
#[derive(rust_embed::Embed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Carried;

/// The list of the names that change with their content.
const LIST: &str = "assets.txt";
/// Encodings made when the site is built, best first, with the ending of their files.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// For files whose name changes with their content.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// For the others.
const AN_HOUR: &str = "public, max-age=3600";

/// The site's files.
pub struct Files(Source);

enum Source {
    Carried,
    Given(BTreeMap<String, Bytes>),
}

impl Files {
    /// The files that the program carries.
    pub fn embedded() -> Self {
        Self(Source::Carried)
    }

    /// These files, by their path without the leading slash.
    pub fn given(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        Self(Source::Given(files.into_iter().collect()))
    }

    /// The addresses of style, script, program and texts. Without a built site: a style alone, so pages work without
    /// JavaScript.
    pub(super) fn assets(&self) -> Assets {
        let list = self.read(LIST).unwrap_or_default();
        let list = String::from_utf8_lossy(&list);
        let named = |key: &str| {
            list.lines()
                .find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))
                .map(|path| path.trim().to_owned())
        };
        Assets {
            css: named("css").unwrap_or_else(|| "/pkg/muster.css".to_owned()),
            js: named("js"),
            wasm: named("wasm"),
            texts: Language::ALL
                .into_iter()
                .filter_map(|language| Some((language, named(&format!("texts-{}", language.code()))?)))
                .collect(),
        }
    }

    /// The file at this path, in the best encoding that the browser takes.
    pub(super) fn answer(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let name = path.strip_prefix('/').filter(|name| is_public(name))?;
        let file = self.read(name)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type(name)?);
        let caching = if is_hashed(name) { FOREVER } else { AN_HOUR };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        let mut encoded: Vec<_> = ENCODINGS
            .into_iter()
            .filter_map(|(encoding, ending)| Some((encoding, self.read(&format!("{name}{ending}"))?)))
            .collect();
        if !encoded.is_empty() {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        encoded.retain(|(encoding, _)| takes(request, encoding));
        let body = match encoded.into_iter().next() {
            Some((encoding, body)) => {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
                body
            }
            None => file,
        };
        Some((headers, Body::from(body)).into_response())
    }

    fn read(&self, name: &str) -> Option<Bytes> {
        match &self.0 {
            Source::Given(files) => files.get(name).cloned(),
            Source::Carried => Carried::get(name).map(|file| match file.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            }),
        }
    }
}

/// Whether a name may be asked for: a plain one, and neither the list nor an encoded twin.
fn is_public(name: &str) -> bool {
    let is_plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    name != LIST && name.split('/').all(is_plain) && ENCODINGS.iter().all(|(_, ending)| !name.ends_with(ending))
}

/// Whether the build put a digest into the name: `pkg/muster.<digest>.css`.
fn is_hashed(name: &str) -> bool {
    let Some(file) = name.strip_prefix("pkg/") else { return false };
    let mut parts = file.rsplit('.').skip(1);
    let is_digest =
        |part: &str| part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    parts.next().is_some_and(is_digest) && parts.next().is_some()
}

/// The content type, by the ending.
fn content_type(name: &str) -> Option<HeaderValue> {
    let guess = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = guess.type_() == "text" || guess.subtype() == "json";
    let text = if is_text { format!("{guess}; charset=utf-8") } else { guess.to_string() };
    HeaderValue::from_str(&text).ok()
}

/// Whether the browser takes an encoding: named, and not with weight zero (RFC 9110 §12.5.3).
fn takes(request: &HeaderMap, encoding: &str) -> bool {
    let offers = request.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    offers.flat_map(|value| value.split(',')).any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts.filter_map(|part| part.strip_prefix("q=")).any(|weight| weight.parse() == Ok(0.0_f32));
        named && !refused
    })
}
