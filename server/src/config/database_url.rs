//! Addresses of databases: which are taken, which hold a password, and how they are shown.

use url::Url;

/// What is known of a database address.
pub(super) struct DatabaseUrl {
    /// Without password and options: may be shown.
    pub(super) shown: String,
    /// True when a password is in it.
    pub(super) has_password: bool,
}

/// Reads `sqlite:FILE` or `postgres://USER@HOST/NAME`.
pub(super) fn parse(text: &str) -> Option<DatabaseUrl> {
    if let Some(file) = text.strip_prefix("sqlite:") {
        let printable = !file.is_empty() && !file.chars().any(char::is_control);
        return printable.then(|| DatabaseUrl { shown: text.to_owned(), has_password: false });
    }
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return None;
    }
    let mut url = Url::parse(text).ok()?;
    let in_options = url.query_pairs().any(|(key, _)| key.to_ascii_lowercase().contains("pass"));
    let has_password = url.password().is_some() || in_options;
    // Fails only for addresses that cannot hold a password.
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    Some(DatabaseUrl { shown: url.to_string(), has_password })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_seen_and_not_shown() {
        for text in [
            "postgres://muster:hunter2@db.example:5432/muster?sslmode=require",
            "postgresql://muster@db.example/muster?password=hunter2",
            "postgres://muster@db.example/muster?sslpassword=hunter2",
        ] {
            let url = parse(text).unwrap();
            assert!(url.has_password, "{text}");
            assert!(!url.shown.contains("hunter2"), "{}", url.shown);
            assert!(url.shown.contains("muster@db.example"));
        }
    }

    #[test]
    fn address_without_password_is_taken() {
        for text in [
            "sqlite:muster.db",
            "sqlite:/var/lib/muster/muster.db",
            "postgres://muster@127.0.0.1:5433/muster",
            "postgres:///muster?host=/run/postgresql",
        ] {
            assert!(!parse(text).unwrap().has_password, "{text}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for text in ["", "muster.db", "sqlite:", "sqlite:a\0b", "mysql://h/db", "postgres:db", "postgres://[::1/db"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
