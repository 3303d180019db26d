//! In which language a browser is answered.

use app::Language;
use axum::http::{HeaderMap, header};

use super::cookie::{Cookies, Kind};

/// Most entries of an `Accept-Language` that are looked at; browsers send a handful.
const MAX_RANGES: usize = 32;

/// The language that a browser asks for: by its cookie, else by its `Accept-Language`, else English.
pub(super) fn asked_for(cookies: Cookies, headers: &HeaderMap) -> Language {
    let chosen = cookies.read(Kind::Language, headers);
    chosen.and_then(|code| Language::of_code(code.expose())).unwrap_or_else(|| accepted(headers))
}

/// The best of our languages by `Accept-Language` (RFC 9110 §12.5.4): the highest weight wins, the first one
/// among equals. `de-CH` counts as German; `*` is whatever is left, so English. What cannot be read is passed over.
fn accepted(headers: &HeaderMap) -> Language {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).into_iter().filter_map(|value| value.to_str().ok());
    let ranges = values.flat_map(|value| value.split(',')).take(MAX_RANGES);
    let mut best = None;
    for (language, weight) in ranges.filter_map(range) {
        if weight > best.map_or(0, |(_, weight)| weight) {
            best = Some((language, weight));
        }
    }
    best.map_or(Language::default(), |(language, _)| language)
}

/// A language of ours with its weight in thousandths.
fn range(text: &str) -> Option<(Language, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next()?;
    let primary = tag.split('-').next()?.to_ascii_lowercase();
    let language = if tag == "*" { Language::default() } else { Language::of_code(&primary)? };
    match parts.next() {
        None => Some((language, 1000)),
        Some(parameter) => {
            let (name, value) = parameter.split_once('=')?;
            let weight = weight(value.trim()).filter(|_| name.trim().eq_ignore_ascii_case("q"))?;
            Some((language, weight))
        }
    }
}

/// `qvalue` of RFC 9110 §12.4.2, in thousandths: `0.8`, `1`, `1.000`.
fn weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn accepting(values: &[&[u8]]) -> Language {
        let mut headers = HeaderMap::new();
        for value in values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok()) {
            headers.append(header::ACCEPT_LANGUAGE, value);
        }
        asked_for(Cookies::new(true), &headers)
    }

    #[test]
    fn best_language_of_the_header_is_taken() {
        for (header, language) in [
            ("", Language::En),
            ("de", Language::De),
            ("DE-ch", Language::De),
            ("es-419,es;q=0.9,en;q=0.8", Language::Es),
            ("en;q=0.5, it;q=0.9", Language::It),
            ("pl,uk;q=0.9,fr;q=0.2", Language::Fr),
            ("fr , de", Language::Fr),
            ("fr;q=0.3,de;q=0.3", Language::Fr),
            ("*", Language::En),
            ("*;q=0.9,de;q=0.8", Language::En),
            ("de;q=0.9,*;q=0.8", Language::De),
            ("de;q=0", Language::En),
            ("de;q=0,it;q=0.001", Language::It),
            ("de ; Q=0.5 , it ; q = 0.4", Language::De),
        ] {
            assert_eq!(accepting(&[header.as_bytes()]), language, "{header}");
        }
        assert_eq!(accepting(&[b"pl", b"fr;q=0.4"]), Language::Fr, "two headers are one list");
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        for header in [
            "de;q=2",
            "de;q=1.001",
            "de;q=-1",
            "de;q=0.1234",
            "de;q=",
            "de;q=NaN",
            "de;q=1e0",
            "de;x=1",
            "de;;q=1",
            "german",
            "d",
            "de_DE",
            ";q=1",
            "=",
            ",,,,",
            "de\u{e9}",
        ] {
            assert_eq!(accepting(&[header.as_bytes(), b"it;q=0.1"]), Language::It, "{header}");
        }
        let long = format!("{}de", "pl,".repeat(10_000));
        assert_eq!(accepting(&[long.as_bytes()]), Language::En, "a list without an end is not read to it");
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_panic(values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..4)) {
            accepting(&values.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }

        #[test]
        fn highest_weight_wins(weights in prop::array::uniform5(0_u16..=1000)) {
            let parts = Language::ALL.iter().zip(weights);
            let header: Vec<_> = parts.map(|(language, weight)| format!("{}-XX;q={}.{:03}", language.code(), weight / 1000, weight % 1000)).collect();
            let best = *weights.iter().max().unwrap();
            let first = weights.iter().position(|weight| *weight == best).filter(|_| best > 0).unwrap_or_default();
            prop_assert_eq!(accepting(&[header.join(",").as_bytes()]), Language::ALL[first]);
        }
    }
}
