//! `[sms]`: text messages.

use std::path::Path;

use app::model::Secret;
use url::Url;

use super::{reader::Reader, secret_file, source::Source};
use crate::{
    domain::{LONGEST_CODE, SmsLimits},
    sms::{TwilioSettings, WebhookSettings},
};

/// The least length of the secret of the `http` contract, in characters: 128 bits in hexadecimal.
const LEAST_SECRET: usize = 32;

/// A provider of text messages.
#[derive(Clone, Debug)]
pub enum SmsProvider {
    /// Twilio.
    Twilio(TwilioSettings),
    /// Any other one, by the contract of docs/sms.md.
    Http(WebhookSettings),
}

/// Which provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    None,
    Twilio,
    Http,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Twilio => "twilio",
            Self::Http => "http",
        })
    }
}

/// The providers in the order in which they are asked.
pub(super) fn providers(reader: &mut Reader) -> Vec<SmsProvider> {
    let mut kind = |name| {
        reader.text(name, "\"none\", \"twilio\" or \"http\"", Kind::None, |text| {
            [Kind::None, Kind::Twilio, Kind::Http].into_iter().find(|kind| kind.to_string() == text)
        })
    };
    let kinds = [kind("sms.gateway"), kind("sms.fallback")];
    if kinds[0] == kinds[1] && kinds[0] != Kind::None {
        reader.problem("sms.fallback: needs another gateway than sms.gateway".to_owned());
    }
    if kinds[0] == Kind::None && kinds[1] != Kind::None {
        reader.problem("sms.fallback: needs a first gateway, sms.gateway".to_owned());
    }
    let (twilio, http) = (twilio(reader, kinds.contains(&Kind::Twilio)), http(reader, kinds.contains(&Kind::Http)));
    kinds
        .into_iter()
        .filter_map(|kind| match kind {
            Kind::None => None,
            Kind::Twilio => twilio.clone().map(SmsProvider::Twilio),
            Kind::Http => http.clone().map(SmsProvider::Http),
        })
        .collect()
}

fn twilio(reader: &mut Reader, wanted: bool) -> Option<TwilioSettings> {
    let plain =
        |text: &str| (!text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| text.to_owned());
    let account = reader.optional("sms.twilio_account", "an account SID such as \"AC…\"", plain);
    let token = secret(reader, "sms.twilio_token_file", 1);
    let from =
        reader.optional("sms.twilio_from", "a number such as \"+15005550006\" or a service such as \"MG…\"", |text| {
            let number = text.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
            (number || text.starts_with("MG")).then(|| text.to_owned())
        });
    let default = Url::parse("https://api.twilio.com/").ok();
    let url = reader.optional("sms.twilio_url", "an address such as \"https://api.twilio.com\"", address).or(default);
    if !wanted {
        return None;
    }
    let complete = account.zip(token).zip(from).zip(url);
    if complete.is_none() {
        reader.problem("sms.gateway: twilio needs twilio_account, twilio_token_file and twilio_from".to_owned());
    }
    complete.map(|(((account, token), from), url)| TwilioSettings { account, token, from, url })
}

fn http(reader: &mut Reader, wanted: bool) -> Option<WebhookSettings> {
    let url = reader.optional("sms.http_url", "an address such as \"https://sms-bridge.example/messages\"", address);
    let secret = secret(reader, "sms.http_secret_file", LEAST_SECRET);
    if !wanted {
        return None;
    }
    let complete = url.zip(secret);
    if complete.is_none() {
        reader.problem("sms.gateway: http needs http_url and http_secret_file".to_owned());
    }
    complete.map(|(url, secret)| WebhookSettings { url, secret })
}

/// Codes travel there: plain HTTP stays on this machine.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let local = url.host_str().is_some_and(|host| ["127.0.0.1", "[::1]", "localhost"].contains(&host));
    let safe = url.scheme() == "https" || (url.scheme() == "http" && local);
    (safe && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// A secret in a file of its own.
fn secret(reader: &mut Reader, name: &'static str, least: usize) -> Option<Secret> {
    let path = reader.optional(name, "the path of a file", |text| (!text.is_empty()).then(|| text.to_owned()))?;
    match secret_file::read(Path::new(&path)) {
        Ok(text) if text.trim().len() >= least => Some(Secret::new(text.trim())),
        Ok(_) => {
            reader.refuse(name, Source::File(path), &format!("needs at least {least} characters in the file"));
            None
        }
        Err(error) => {
            reader.refuse(name, Source::File(path), &error.to_string());
            None
        }
    }
}

pub(super) fn limits(reader: &mut Reader) -> SmsLimits {
    let default = SmsLimits::default();
    SmsLimits {
        // No longer than what product.md, section 3 allows.
        code_ttl: reader.integer("sms.code_ttl", 60..=LONGEST_CODE, default.code_ttl),
        resend_after: reader.integer("sms.resend_after", 1..=60 * 60, default.resend_after),
        per_challenge: reader.integer("sms.per_challenge", 1..=100, default.per_challenge),
        per_person: reader.integer("sms.per_person", 1..=1000, default.per_person),
        per_number: reader.integer("sms.per_number", 1..=1000, default.per_number),
        per_prefix: reader.integer("sms.per_prefix", 1..=100_000, default.per_prefix),
        per_address: reader.integer("sms.per_address", 1..=1_000_000, default.per_address),
        per_day: reader.integer("sms.per_day", 1..=100_000_000, default.per_day),
        country_sample: reader.integer("sms.country_sample", 1..=1_000_000, default.country_sample),
        country_verified: reader.integer("sms.country_verified", 0..=100, default.country_verified),
        accounts_per_number: reader.integer("sms.accounts_per_number", 1..=1_000_000, default.accounts_per_number),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::SmsProvider;
    use crate::config::{FileText, Inputs, Loaded, load};

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn loaded(lines: &str) -> Loaded {
        let file = Some(FileText { name: "muster.toml".to_owned(), text: format!("[sms]\n{lines}") });
        load(&Inputs { file, ..Inputs::default() })
    }

    fn secret_file(folder: &tempfile::TempDir) -> String {
        let path = folder.path().join("secret");
        fs::write(&path, SECRET).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    }

    #[test]
    fn providers_come_in_the_order_in_which_they_are_asked() {
        let folder = tempfile::tempdir().unwrap();
        let file = secret_file(&folder);
        let text = format!(
            "gateway = \"http\"\nfallback = \"twilio\"\nhttp_url = \"https://sms.example/messages\"\nhttp_secret_file = {file:?}\n\
             twilio_account = \"AC1\"\ntwilio_token_file = {file:?}\ntwilio_from = \"+15005550006\"\n"
        );
        let loaded = loaded(&text);
        assert!(!format!("{loaded:?}").contains(SECRET));
        let providers = loaded.into_config().unwrap().sms_providers;
        assert!(matches!(providers.as_slice(), [SmsProvider::Http(_), SmsProvider::Twilio(_)]), "{providers:?}");
        assert!(!format!("{providers:?}").contains(SECRET));
    }

    #[test]
    fn what_does_not_fit_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = secret_file(&folder);
        for (lines, told) in [
            ("gateway = \"outbox\"\n".to_owned(), "\"none\", \"twilio\" or \"http\""),
            ("gateway = \"twilio\"\n".to_owned(), "twilio needs twilio_account, twilio_token_file and twilio_from"),
            ("gateway = \"http\"\n".to_owned(), "http needs http_url and http_secret_file"),
            ("fallback = \"http\"\n".to_owned(), "needs a first gateway"),
            ("gateway = \"http\"\nfallback = \"http\"\n".to_owned(), "needs another gateway"),
            (format!("http_secret_file = {:?}\n", format!("{file}.absent")), "there is no file"),
            ("http_url = \"http://sms.example/messages\"\n".to_owned(), "needs an address"),
            ("twilio_from = \"5005550006\"\n".to_owned(), "needs a number"),
            ("code_ttl = 1801\n".to_owned(), "from 60 to 1800"),
        ] {
            let text = loaded(&lines).into_config().map_or_else(|error| error.to_string(), |_| String::new());
            assert!(text.contains(told), "{lines}: {text}");
        }
    }
}
