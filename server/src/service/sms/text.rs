//! What the message says.

use app::{Language, model::OneTimeCode, t, text::Text};
use zeroize::Zeroizing;

use crate::service::Settings;

/// The text of a code. Nothing that anybody typed stands in it.
///
/// Its last line lets a phone offer the code on our own pages and nowhere else
/// (WICG "Origin-bound one-time codes delivered via SMS").
pub(super) fn code(code: &OneTimeCode, settings: &Settings, language: Language) -> Zeroizing<String> {
    let (digits, minutes) = (code.expose(), (settings.sms.code_ttl / 60).to_string());
    let values = [("code", digits), ("site", settings.issuer.as_str()), ("minutes", minutes.as_str())];
    let mut text = t::sms::CODE.fill_in(language, values);
    if let Some(host) = &settings.host {
        text.push_str("\n\n@");
        text.push_str(host);
        text.push_str(" #");
        text.push_str(digits);
    }
    Zeroizing::new(text)
}

/// The name of a country in the list.
pub(super) fn country(iso: &str) -> Option<Text> {
    Some(match iso {
        "US" => t::sms::COUNTRY_US,
        "CA" => t::sms::COUNTRY_CA,
        "MX" => t::sms::COUNTRY_MX,
        "GB" => t::sms::COUNTRY_GB,
        "IE" => t::sms::COUNTRY_IE,
        "FR" => t::sms::COUNTRY_FR,
        "DE" => t::sms::COUNTRY_DE,
        "ES" => t::sms::COUNTRY_ES,
        "IT" => t::sms::COUNTRY_IT,
        "AU" => t::sms::COUNTRY_AU,
        "NZ" => t::sms::COUNTRY_NZ,
        "SG" => t::sms::COUNTRY_SG,
        "HK" => t::sms::COUNTRY_HK,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::COUNTRIES;

    #[test]
    fn every_country_has_a_name() {
        assert!(COUNTRIES.iter().all(|listed| country(listed.iso).is_some()));
    }
}
