//! The settings: one TOML file and `MUSTER_*` variables.
//!
//! A variable is the table and the key in capitals, joined with two underscores:
//! `MUSTER_SERVER__LISTEN` sets `listen` of `[server]`. `MUSTER_DATABASE_URL` is short for
//! `MUSTER_DATABASE__URL`. Unknown names are refused. Secrets come from files only, so a database
//! address with a password is taken from `database.url_file` alone. No error repeats a value.

mod database_url;
mod known;
mod reader;
pub mod secret_file;
mod section;
mod sms;
mod smtp;
mod source;
#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use app::model::Secret;
use ipnet::IpNet;
use url::Url;

pub use known::{CONFIG_VARIABLE, KNOWN, Known, sets_database, variable_of};
pub use sms::SmsProvider;
pub use source::Source;

use crate::{
    crypto::Cost,
    domain::{Limits, SmsLimits},
    mail::SmtpSettings,
    storage::DatabaseSettings,
};

/// The settings file that is read when none is named and it is there.
const DEFAULT_FILE: &str = "muster.toml";
/// The longest settings file, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[database]`
    pub database: Database,
    /// `keys.file`
    pub key_file: Option<PathBuf>,
    /// `site.name`: in mails and text messages, and the issuer in authenticator apps.
    pub site_name: String,
    /// `[limits]`
    pub limits: Limits,
    /// `[sms]`: the limits.
    pub sms: SmsLimits,
    /// `[sms]`: the providers, in the order in which they are asked.
    pub sms_providers: Vec<SmsProvider>,
    /// `[password]`
    pub password: Password,
    /// `[smtp]`; `None` when no mail is sent.
    pub smtp: Option<SmtpSettings>,
    /// `metrics.listen`: where the monitoring system asks; `None` when it does not.
    pub metrics: Option<SocketAddr>,
    /// `[log]`
    pub log: Log,
}

/// `[server]`
#[derive(Clone, Debug)]
pub struct Server {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address that people type; links and the origin check are made from it.
    pub public_url: Option<Url>,
    /// Further host names that are answered.
    pub extra_hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Open connections at once.
    pub max_connections: usize,
    /// Time for the head of a request.
    pub header_deadline: Duration,
    /// Time for a whole request.
    pub request_deadline: Duration,
    /// Time for open requests when the server ends.
    pub grace: Duration,
}

/// `[database]`
#[derive(Clone, Debug)]
pub struct Database {
    url: Secret,
    connections: u32,
}

impl Database {
    /// What the store needs.
    pub fn settings(&self) -> DatabaseSettings {
        DatabaseSettings::new(self.url.expose().to_owned(), self.connections)
    }
}

/// `[password]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Password {
    /// Cost of a hash.
    pub cost: Cost,
    /// Passwords hashed at once.
    pub permits: usize,
    /// Passwords that wait.
    pub queue: usize,
}

/// `[log]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// Lines for people, or JSON for programs.
    pub format: LogFormat,
    /// The least severe level that is written.
    pub level: tracing::Level,
}

/// `log.format`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One line an event, for people.
    Text,
    /// One JSON object an event, for programs.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// Something wrong with the settings, in a sentence without values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(String);

impl Problem {
    fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything that is wrong with the settings, one line each.
#[derive(Debug)]
pub struct ConfigError(Vec<Problem>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings cannot be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigError {}

/// A setting in force, as `config check` shows it. Never a secret.
#[derive(Clone, Debug)]
pub struct Line {
    /// `table.key`.
    pub name: &'static str,
    /// The value.
    pub value: String,
    /// Where it came from.
    pub source: Source,
}

/// The settings file. Not `Debug`: a slip may have put a secret there.
pub struct FileText {
    /// As it was named.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Everything that settings are made from. Not `Debug`: it may hold secrets.
#[derive(Default)]
pub struct Inputs {
    /// The settings file.
    pub file: Option<FileText>,
    /// Environment variables; `None` for a value that is not UTF-8.
    pub environment: Vec<(String, Option<String>)>,
    /// Setting, flag and value from the command line.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

impl Inputs {
    /// The process's environment, without a file.
    pub fn environment() -> Self {
        let environment = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.into_string().ok()))
            .collect();
        Self { environment, ..Self::default() }
    }

    /// The process's environment and the settings file: the named one, else `muster.toml` if it is there.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read.
    pub fn gather(named: Option<&Path>) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        let name = path.display().to_string();
        let file = match read_file(path) {
            Ok(text) => Some(FileText { name, text }),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(ConfigError(vec![Problem::new(format!("{name} cannot be read: {error}"))])),
        };
        Ok(Self { file, ..Self::environment() })
    }
}

fn read_file(path: &Path) -> io::Result<String> {
    use io::Read;

    let mut text = String::new();
    std::fs::File::open(path)?.take(MAX_FILE + 1).read_to_string(&mut text)?;
    let fits = u64::try_from(text.len()).is_ok_and(|len| len <= MAX_FILE);
    if fits { Ok(text) } else { Err(io::Error::other("it is longer than 1 MiB")) }
}

/// What came of reading the settings: always complete, usable only without problems.
#[derive(Debug)]
pub struct Loaded {
    config: Config,
    lines: Vec<Line>,
    problems: Vec<Problem>,
}

impl Loaded {
    /// Every setting in force.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What is wrong.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// True when nobody set this one.
    pub fn is_default(&self, name: &str) -> bool {
        self.lines.iter().any(|line| line.name == name && line.source == Source::Default)
    }

    /// The settings.
    ///
    /// # Errors
    /// [`ConfigError`] with every problem at once.
    pub fn into_config(self) -> Result<Config, ConfigError> {
        if self.problems.is_empty() { Ok(self.config) } else { Err(ConfigError(self.problems)) }
    }
}

/// Reads the settings. Never fails at the first problem, so that all can be told at once.
pub fn load(inputs: &Inputs) -> Loaded {
    let mut problems = Vec::new();
    let values = source::collect(inputs, &mut problems);
    let mut reader = reader::Reader::new(values, problems);
    let config = Config {
        server: section::server(&mut reader),
        database: section::database(&mut reader),
        key_file: section::key_file(&mut reader),
        site_name: section::site_name(&mut reader),
        limits: section::limits(&mut reader),
        sms_providers: sms::providers(&mut reader),
        sms: sms::limits(&mut reader),
        password: section::password(&mut reader),
        smtp: smtp::smtp(&mut reader),
        metrics: section::metrics(&mut reader),
        log: section::log(&mut reader),
    };
    Loaded { config, lines: reader.lines, problems: reader.problems }
}
