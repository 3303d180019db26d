//! Every setting by name, and the nearest one to a name that is none.

/// The start of every environment variable that Muster reads.
pub(super) const PREFIX: &str = "MUSTER_";
/// The variable that names the settings file.
pub const CONFIG_VARIABLE: &str = "MUSTER_CONFIG";
/// The short name of `MUSTER_DATABASE__URL`.
pub(super) const DATABASE_VARIABLE: &str = "MUSTER_DATABASE_URL";

/// A setting.
#[derive(Debug)]
pub struct Known {
    /// `table.key`.
    pub name: &'static str,
    /// What it is for, and its unit.
    pub about: &'static str,
}

const fn known(name: &'static str, about: &'static str) -> Known {
    Known { name, about }
}

/// Every setting, in the order of the documentation.
pub const KNOWN: &[Known] = &[
    known("server.listen", "address and port to listen on"),
    known("server.public_url", "the address that people type"),
    known("server.extra_hosts", "further host names that are answered"),
    known("server.trusted_proxies", "networks of the proxies in front"),
    known("server.max_connections", "open connections at once"),
    known("server.header_deadline", "seconds for the head of a request"),
    known("server.request_deadline", "seconds for a whole request"),
    known("server.grace", "seconds for open requests at the end"),
    known("database.url", "SQLite file or PostgreSQL server"),
    known("database.url_file", "file that holds the address with its password"),
    known("database.connections", "connections to PostgreSQL"),
    known("keys.file", "key file, made by `muster key new`"),
    known("site.name", "name of the installation, in mails, text messages and apps"),
    known("limits.checks_per_challenge", "codes that one challenge allows"),
    known("limits.failures", "failures that pause an account's step"),
    known("limits.window", "seconds in which they are counted"),
    known("limits.pause", "seconds of the pause"),
    known("limits.failures_in_a_row", "failures that disable a factor"),
    known("limits.passwords_by_strangers", "wrong passwords of an account in unknown browsers"),
    known("limits.passwords_per_address", "password checks a minute and address"),
    known("limits.codes_per_address", "code checks a minute and address"),
    known("limits.resets_per_address", "requests for a new password in ten minutes and address"),
    known("limits.resets_per_person", "mails for a new password in half an hour and person"),
    known("limits.password_changes", "new passwords that a signed-in person sets in an hour"),
    known("limits.new_cards", "new recovery cards in an hour in place of one that was not saved"),
    known("limits.challenge", "seconds that a challenge lives"),
    known("limits.enrolment", "seconds that an enrolment waits"),
    known("limits.session", "seconds that a session lives at most"),
    known("limits.session_idle", "seconds that a session may be idle"),
    known("sms.gateway", "`none`, `twilio` or `http`"),
    known("sms.fallback", "the gateway that is asked second"),
    known("sms.twilio_account", "account SID"),
    known("sms.twilio_token_file", "file that holds the auth token"),
    known("sms.twilio_from", "number or messaging service"),
    known("sms.twilio_url", "another address of the interface"),
    known("sms.http_url", "address that messages are posted to"),
    known("sms.http_secret_file", "file that holds the shared secret"),
    known("sms.code_ttl", "seconds that a code of a text message lives"),
    known("sms.resend_after", "seconds between two of a person's codes"),
    known("sms.per_challenge", "codes of one sign-in or enrolment"),
    known("sms.per_person", "codes a day and person"),
    known("sms.per_number", "codes a day and number"),
    known("sms.per_prefix", "codes a day to numbers alike but for four digits"),
    known("sms.per_address", "codes a day and network address"),
    known("sms.per_day", "codes a day in all"),
    known("sms.country_sample", "codes a day to a country before their use matters"),
    known("sms.country_verified", "percent of them that must be used"),
    known("sms.accounts_per_number", "accounts that may have one number"),
    known("password.memory", "argon2id: KiB of memory"),
    known("password.passes", "argon2id: passes"),
    known("password.lanes", "argon2id: lanes"),
    known("password.hash_permits", "passwords checked at once"),
    known("password.hash_queue", "passwords that wait; more are told to try again"),
    known("smtp.host", "the mail server; without it no mail is sent"),
    known("smtp.security", "`starttls`, `tls`, or `plain` on this machine"),
    known("smtp.port", "its port"),
    known("smtp.from", "the sender of every mail"),
    known("smtp.user", "user name at the mail server"),
    known("smtp.password_file", "file that holds the password there"),
    known("smtp.ca_file", "certificate authority to trust beside the web's"),
    known("smtp.timeout", "seconds for one mail"),
    known("metrics.listen", "address and port for the monitoring system"),
    known("log.format", "`text` or `json`"),
    known("log.level", "`error`, `warn`, `info`, `debug` or `trace`"),
];

/// The setting of this name.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

/// The variable of a setting: table and key in capitals, joined with two underscores.
pub fn variable_of(name: &str) -> String {
    format!("{PREFIX}{}", name.replace('.', "__").to_ascii_uppercase())
}

/// The setting that a variable sets.
pub(super) fn setting_of(variable: &str) -> Option<&'static Known> {
    if variable == DATABASE_VARIABLE {
        return find("database.url");
    }
    KNOWN.iter().find(|known| variable_of(known.name) == variable)
}

/// True for the variables that say where the database is.
pub fn sets_database(variable: &str) -> bool {
    setting_of(variable).is_some_and(|known| ["database.url", "database.url_file"].contains(&known.name))
}

/// The name in the list that is most like this one, if any is like it at all.
pub(super) fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    among
        .map(|candidate| (strsim::jaro(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// A name from outside as an error may show it. Anything that does not look like a name is not
/// repeated: a slip of the quotation marks can turn a secret into a key.
pub(super) fn shown(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.len() <= 60 && name.chars().all(plain) {
        format!("`{name}`")
    } else {
        "a key that is not shown here".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_name_joins_table_and_key_with_two_underscores() {
        assert_eq!(variable_of("server.public_url"), "MUSTER_SERVER__PUBLIC_URL");
        assert_eq!(setting_of("MUSTER_SERVER__PUBLIC_URL").map(|k| k.name), Some("server.public_url"));
        assert_eq!(setting_of("MUSTER_DATABASE_URL").map(|k| k.name), Some("database.url"));
        assert!(setting_of("MUSTER_SERVER_PUBLIC_URL").is_none());
    }

    #[test]
    fn misspelt_name_finds_the_nearest() {
        let names = || KNOWN.iter().map(|k| k.name);
        assert_eq!(nearest("server.listne", names()), Some("server.listen"));
        assert_eq!(nearest("zzz", names()), None);
    }

    #[test]
    fn name_that_is_no_name_is_not_repeated() {
        assert_eq!(shown("lisstn"), "`lisstn`");
        assert!(!shown("postgres://u:hunter2@h").contains("hunter2"));
    }
}
