//! `[smtp]`: the mail server.

use std::{path::Path, time::Duration};

use app::model::Secret;
use lettre::message::Mailbox;
use url::Host;

use super::{reader::Reader, secret_file, source::Source};
use crate::mail::{Security, SmtpSettings, is_this_machine};

/// The mail server; `None` without `smtp.host`, and then nothing else may be set either.
pub(super) fn smtp(reader: &mut Reader) -> Option<SmtpSettings> {
    let host = reader.optional("smtp.host", "a host name or address such as \"mail.example\"", host);
    let security =
        reader.text("smtp.security", "\"starttls\", \"tls\" or \"plain\"", Security::StartTls, Security::parse);
    let port = reader.integer("smtp.port", 1..=65_535, i64::from(security.port()));
    let from = reader.optional("smtp.from", "a sender such as \"Muster <muster@example.com>\"", sender);
    let credentials = credentials(reader);
    let authority = authority(reader);
    let timeout = reader.integer("smtp.timeout", 5..=120, 60);
    let Some(host) = host else {
        if from.is_some() || credentials.is_some() || authority.is_some() {
            reader.problem("smtp.host: is not set, and the other settings of [smtp] need it".to_owned());
        }
        return None;
    };
    if security == Security::Plain && !is_this_machine(&host) {
        reader.problem(
            "smtp.security: \"plain\" is for a mail server on this machine only (127.0.0.1, [::1], localhost); \
             over a network mail and password could be read on the way"
                .to_owned(),
        );
    }
    let Some(from) = from else {
        reader.problem(
            "smtp.from: is not set; the mail server needs a sender such as \"Muster <muster@example.com>\"".to_owned(),
        );
        return None;
    };
    Some(SmtpSettings {
        host,
        port: u16::try_from(port).unwrap_or_default(),
        security,
        credentials,
        from,
        authority,
        timeout: Duration::from_secs(timeout.unsigned_abs()),
    })
}

fn host(text: &str) -> Option<String> {
    Host::parse(text).ok().map(|host| match host {
        Host::Domain(name) => name,
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    })
}

/// The longest name of the sender, characters: it is in a header of every mail.
const LONGEST_NAME: usize = 100;

/// A name, if there is one, and an address in ASCII.
fn sender(text: &str) -> Option<Mailbox> {
    let mailbox: Mailbox = text.parse().ok()?;
    let plain = !text.chars().any(char::is_control) && mailbox.email.to_string().is_ascii();
    let short = mailbox.name.as_deref().is_none_or(|name| name.chars().count() <= LONGEST_NAME);
    (plain && short).then_some(mailbox)
}

fn credentials(reader: &mut Reader) -> Option<(String, Secret)> {
    let user = reader.optional("smtp.user", "a user name", |text| (!text.is_empty()).then(|| text.to_owned()));
    let (path, source) = reader.raw("smtp.password_file");
    reader.note("smtp.password_file", &path.as_deref().unwrap_or("(not set)"), source.clone());
    match (user, path) {
        (Some(user), Some(path)) => password(reader, &path, source).map(|password| (user, password)),
        (Some(_), None) => {
            reader.problem("smtp.password_file: is not set, and smtp.user needs it".to_owned());
            None
        }
        (None, Some(_)) => {
            reader.problem("smtp.user: is not set, and smtp.password_file needs it".to_owned());
            None
        }
        (None, None) => None,
    }
}

/// The first line of the file.
fn password(reader: &mut Reader, path: &str, source: Source) -> Option<Secret> {
    let text = match secret_file::read(Path::new(path)) {
        Ok(text) => text,
        Err(error) => {
            reader.refuse("smtp.password_file", source, &error.to_string());
            return None;
        }
    };
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        reader.refuse("smtp.password_file", source, "names an empty file");
        return None;
    }
    Some(Secret::new(line))
}

fn authority(reader: &mut Reader) -> Option<Vec<u8>> {
    let (path, source) = reader.raw("smtp.ca_file");
    reader.note("smtp.ca_file", &path.as_deref().unwrap_or("(not set)"), source.clone());
    let path = path?;
    match std::fs::read(&path) {
        Ok(pem) => Some(pem),
        Err(error) => {
            reader.refuse("smtp.ca_file", source, &format!("{path} cannot be read: {error}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FileText, Inputs, Loaded, load};
    use super::*;

    const FULL: &str = "[smtp]\nhost = \"mail.example\"\nfrom = \"Müller & Söhne <muster@mail.example>\"\n";

    fn loaded(file: &str) -> Loaded {
        let file = Some(FileText { name: "muster.toml".to_owned(), text: file.to_owned() });
        load(&Inputs { file, ..Inputs::default() })
    }

    fn problems(file: &str) -> String {
        loaded(file).into_config().map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[cfg(unix)]
    fn password_file(folder: &tempfile::TempDir, mode: u32, text: &str) -> std::path::PathBuf {
        use std::{fs, os::unix::fs::PermissionsExt};
        let path = folder.path().join("password");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn nothing_set_sends_nothing() {
        assert!(loaded("").into_config().unwrap().smtp.is_none());
    }

    #[test]
    fn host_and_sender_are_enough() {
        let smtp = loaded(FULL).into_config().unwrap().smtp.unwrap();
        assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("mail.example", 587, Security::StartTls));
        assert_eq!(smtp.from.email.to_string(), "muster@mail.example");
        assert_eq!(smtp.from.name.as_deref(), Some("Müller & Söhne"));
        for (security, port) in [("tls", 465), ("starttls", 587)] {
            let smtp = loaded(&format!("{FULL}security = \"{security}\"\n")).into_config().unwrap().smtp.unwrap();
            assert_eq!(smtp.port, port);
        }
        let local = "[smtp]\nhost = \"127.0.0.1\"\nsecurity = \"plain\"\nport = 2525\nfrom = \"muster@mail.example\"\n";
        assert_eq!(loaded(local).into_config().unwrap().smtp.unwrap().port, 2525);
    }

    #[test]
    fn what_does_not_fit_is_told_with_what_to_do() {
        let host = "[smtp]\nhost = \"mail.example\"\n";
        for (file, told) in [
            (host.to_owned(), "smtp.from: is not set"),
            ("[smtp]\nfrom = \"muster@mail.example\"\n".to_owned(), "smtp.host: is not set"),
            (format!("{FULL}security = \"plain\"\n"), "on this machine only"),
            (format!("{FULL}security = \"none\"\n"), "\"starttls\", \"tls\" or \"plain\""),
            (format!("{FULL}user = \"muster\"\n"), "smtp.password_file: is not set"),
            (format!("{FULL}password_file = \"/nonexistent\"\n"), "smtp.user: is not set"),
            (format!("{FULL}user = \"m\"\npassword_file = \"/nonexistent\"\n"), "there is no file /nonexistent"),
            (format!("{FULL}ca_file = \"/nonexistent\"\n"), "/nonexistent cannot be read"),
            (format!("{FULL}timeout = 600\n"), "from 5 to 120"),
            (format!("{host}from = \"Muster <muster>\"\n"), "needs a sender"),
            (format!("{host}from = \"Muster\\r\\nBcc: eve@evil.example <muster@mail.example>\"\n"), "needs a sender"),
            ("[smtp]\nhost = \"mail example\"\nfrom = \"m@mail.example\"\n".to_owned(), "needs a host name"),
        ] {
            let text = problems(&file);
            assert!(text.contains(told), "{file}: {text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn password_comes_from_its_file_and_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        for (mode, content, fits) in [
            (0o600, "hunter2\n", true),
            (0o644, "hunter2\n", false),
            (0o600, "\n", false),
            (0o600, "hunter2\r\n", true),
        ] {
            let path = password_file(&folder, mode, content);
            let file = format!("{FULL}user = \"muster\"\npassword_file = {:?}\n", path.display().to_string());
            let loaded = loaded(&file);
            assert!(!format!("{loaded:?}").contains("hunter2"));
            match loaded.into_config() {
                Ok(config) => {
                    let (user, password) = config.smtp.unwrap().credentials.unwrap();
                    assert!(fits && (user.as_str(), password.expose()) == ("muster", "hunter2"));
                }
                Err(error) => assert!(!fits && !error.to_string().contains("hunter2"), "{error}"),
            }
        }
    }
}
