//! The tables of the settings file, with their defaults and ranges.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use app::model::Secret;
use ipnet::IpNet;
use url::Url;

use super::{Database, Log, LogFormat, Password, Server, database_url, reader::Reader, secret_file, source::Source};
use crate::{crypto::Cost, domain::Limits, storage::FEWEST_CONNECTIONS};

/// One day, in seconds.
const DAY: i64 = 24 * 60 * 60;
/// The queue in front of the password hashing (security.md, T9).
const HASH_QUEUE: i64 = 64;

const ADDRESS_NEEDS: &str = "an address and a port such as \"127.0.0.1:3000\"";

pub(super) fn server(reader: &mut Reader) -> Server {
    let seconds = |reader: &mut Reader, name, range, default| {
        Duration::from_secs(reader.integer(name, range, default).unsigned_abs())
    };
    Server {
        listen: reader
            .text("server.listen", ADDRESS_NEEDS, SocketAddr::from(([127, 0, 0, 1], 3000)), |text| text.parse().ok()),
        public_url: reader.optional(
            "server.public_url",
            "an address without a path such as \"https://muster.example\"",
            public_url,
        ),
        extra_hosts: reader.list(
            "server.extra_hosts",
            "host names such as [\"muster.internal\", \"127.0.0.1:3000\"]",
            host,
        ),
        trusted_proxies: reader.list(
            "server.trusted_proxies",
            "addresses or networks such as [\"10.0.0.7\", \"192.168.3.0/24\"]",
            network,
        ),
        max_connections: size(reader.integer("server.max_connections", 1..=100_000, 1024)),
        header_deadline: seconds(reader, "server.header_deadline", 1..=120, 10),
        request_deadline: seconds(reader, "server.request_deadline", 1..=600, 15),
        grace: seconds(reader, "server.grace", 0..=600, 10),
    }
}

/// Scheme, host and port alone: a path or a query would not survive in links.
fn public_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then_some(url)
}

fn host(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
    (!text.is_empty() && text.len() <= 255 && text.bytes().all(plain)).then(|| text.to_ascii_lowercase())
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

pub(super) fn database(reader: &mut Reader) -> Database {
    let (given, source) = reader.raw("database.url");
    let file = reader.raw("database.url_file");
    let url = match (given, &file.0) {
        (Some(_), Some(_)) => {
            let other = &file.1;
            let reason = format!("database.url_file (from {other}) names another one; keep one of them");
            reader.refuse("database.url", source, &reason);
            None
        }
        (given, None) => plain_url(reader, given, source),
        (None, Some(path)) => url_from_file(reader, Path::new(path)),
    };
    let shown = file.0.as_deref().unwrap_or("(not set)").to_owned();
    reader.note("database.url_file", &shown, file.1);
    Database {
        url: Secret::new(url.unwrap_or_default()),
        connections: u32::try_from(reader.integer("database.connections", i64::from(FEWEST_CONNECTIONS)..=1000, 40))
            .unwrap_or(1),
    }
}

const DATABASE_NEEDS: &str = "needs \"sqlite:FILE\" or \"postgres://USER@HOST/NAME\"";

fn plain_url(reader: &mut Reader, given: Option<String>, source: Source) -> Option<String> {
    let url = given.unwrap_or_else(|| "sqlite:muster.db".to_owned());
    match database_url::parse(&url) {
        Some(parsed) if parsed.has_password => {
            let reason = "holds a password, which only a file may; put the address into a file of mode 600 and name \
                          it in database.url_file";
            reader.refuse("database.url", source, reason);
            None
        }
        Some(parsed) => {
            reader.note("database.url", &parsed.shown, source);
            Some(url)
        }
        None => {
            reader.refuse("database.url", source, DATABASE_NEEDS);
            None
        }
    }
}

fn url_from_file(reader: &mut Reader, path: &Path) -> Option<String> {
    let source = Source::File(path.display().to_string());
    let text = match secret_file::read(path) {
        Ok(text) => text,
        Err(error) => {
            reader.refuse("database.url", source, &error.to_string());
            return None;
        }
    };
    let url = text.trim();
    let Some(parsed) = database_url::parse(url) else {
        reader.refuse("database.url", source, DATABASE_NEEDS);
        return None;
    };
    reader.note("database.url", &parsed.shown, source);
    Some(url.to_owned())
}

pub(super) fn key_file(reader: &mut Reader) -> Option<PathBuf> {
    let path = reader.optional("keys.file", "the path of a file", |text| (!text.is_empty()).then(|| text.to_owned()));
    path.map(PathBuf::from)
}

pub(super) fn site_name(reader: &mut Reader) -> String {
    // A colon parts issuer and account in the label of a key URI.
    let needs = "1 to 64 characters without colon and control characters";
    reader.text("site.name", needs, "Muster".to_owned(), |text| {
        let text = text.trim();
        let fits = (1..=64).contains(&text.chars().count()) && !text.chars().any(|c| c == ':' || c.is_control());
        fits.then(|| text.to_owned())
    })
}

pub(super) fn limits(reader: &mut Reader) -> Limits {
    let default = Limits::default();
    Limits {
        checks_per_challenge: reader.integer("limits.checks_per_challenge", 1..=100, default.checks_per_challenge),
        failures: reader.integer("limits.failures", 1..=100, default.failures),
        window: reader.integer("limits.window", 1..=DAY, default.window),
        pause: reader.integer("limits.pause", 1..=DAY, default.pause),
        // NIST SP 800-63B-4 §3.2.2: no more than 100.
        failures_in_a_row: reader.integer("limits.failures_in_a_row", 1..=100, default.failures_in_a_row),
        // NIST SP 800-63B-4 §3.2.2: no more than 100.
        passwords_by_strangers: reader.integer(
            "limits.passwords_by_strangers",
            1..=100,
            default.passwords_by_strangers,
        ),
        passwords_per_address: reader.integer(
            "limits.passwords_per_address",
            1..=1_000_000,
            default.passwords_per_address,
        ),
        codes_per_address: reader.integer("limits.codes_per_address", 1..=1_000_000, default.codes_per_address),
        resets_per_address: reader.integer("limits.resets_per_address", 1..=1_000_000, default.resets_per_address),
        resets_per_person: reader.integer("limits.resets_per_person", 1..=100, default.resets_per_person),
        password_changes: reader.integer("limits.password_changes", 1..=100, default.password_changes),
        new_cards: reader.integer("limits.new_cards", 1..=100, default.new_cards),
        challenge: reader.integer("limits.challenge", 1..=60 * 60, default.challenge),
        enrolment: reader.integer("limits.enrolment", 1..=DAY, default.enrolment),
        // NIST SP 800-63B-4 §2.2.3: 24 hours at AAL2.
        session: reader.integer("limits.session", 1..=DAY, default.session),
        session_idle: reader.integer("limits.session_idle", 1..=DAY, default.session_idle),
    }
}

pub(super) fn password(reader: &mut Reader) -> Password {
    let default = Cost::default();
    let mut number =
        |name, range, default: u32| u32::try_from(reader.integer(name, range, i64::from(default))).unwrap_or(default);
    let cost = Cost {
        memory: number("password.memory", 12_288..=65_536, default.memory),
        passes: number("password.passes", 1..=10, default.passes),
        lanes: number("password.lanes", 1..=4, default.lanes),
    };
    if !is_enough(cost) {
        reader.problem(
            "password.memory and password.passes: less than the OWASP minimum; raise them to 47104 and 1, 19456 and \
             2, or 12288 and 3"
                .to_owned(),
        );
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cores = i64::try_from(cores).unwrap_or(1).clamp(1, 256);
    Password {
        cost,
        permits: size(reader.integer("password.hash_permits", 1..=256, cores)),
        queue: size(reader.integer("password.hash_queue", 0..=10_000, HASH_QUEUE)),
    }
}

/// The OWASP minimum in its three equal forms (OWASP Password Storage; ASVS 5.0 appendix C).
fn is_enough(cost: Cost) -> bool {
    [(47_104, 1), (19_456, 2), (12_288, 3)]
        .iter()
        .any(|(memory, passes)| cost.memory >= *memory && cost.passes >= *passes)
}

pub(super) fn metrics(reader: &mut Reader) -> Option<SocketAddr> {
    reader.optional("metrics.listen", ADDRESS_NEEDS, |text| text.parse().ok())
}

pub(super) fn log(reader: &mut Reader) -> Log {
    let format = reader.text("log.format", "\"text\" or \"json\"", LogFormat::Text, |text| match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    });
    let needs = "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"";
    let level = reader.text("log.level", needs, Level(tracing::Level::INFO), |text| {
        let known = ["error", "warn", "info", "debug", "trace"].contains(&text);
        known.then(|| text.parse().ok().map(Level)).flatten()
    });
    Log { format, level: level.0 }
}

/// A level in the spelling of the settings.
struct Level(tracing::Level);

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.as_str().to_ascii_lowercase())
    }
}

/// A checked number as a size.
fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(1)
}
