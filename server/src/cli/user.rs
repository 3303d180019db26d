//! `muster user`

use std::{
    fs::File,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use app::model::{Email, Secret};
use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::{Failure, SettingsFile, address, name, output, with_service, with_service_that_tells};
use crate::{
    config::secret_file,
    domain::Role,
    service::{Added, NewPerson, PersonRow},
};

pub(super) const HELP: &str = "Examples:
  muster user add ana@harbor.example --name \"Ana Ruiz\" --company \"Harbor & Sons\" --role member
  muster user set-password ana@harbor.example < first-password
  muster user list --company \"Harbor & Sons\"

On SQLite, stop the server first: one process at a time has the database.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a person, or give one a further role
    #[command(after_help = "Examples:
  muster user add ana@harbor.example --name \"Ana Ruiz\" --company \"Harbor & Sons\" --role member
  muster user add cy@harbor.example --name \"Cy Okafor\" --company \"Harbor & Sons\" --role payments-admin --password-file -

Without a password the person cannot sign in until `muster user set-password` sets one.")]
    Add(Add),
    /// List everybody, or everybody of one company
    #[command(after_help = "Examples:
  muster user list
  muster user list --company \"Harbor & Sons\"")]
    List {
        /// Only the people of this company
        #[arg(long)]
        company: Option<String>,
    },
    /// The addresses that a person's messages go to
    #[command(subcommand, after_help = address::HELP)]
    Address(address::Command),
    /// Change the address that a person signs in with, and tell the old and the new one
    #[command(after_help = "Example:
  muster user email ana@harbor.example ana.ruiz@harbor.example

Signs the person out everywhere. The old address gets every message about the account for 30 days more.")]
    Email {
        /// E-mail that the person signs in with
        #[arg(value_parser = email)]
        email: Email,
        /// The new one
        #[arg(value_parser = email)]
        to: Email,
    },
    /// Set a person's password and sign the person out everywhere
    #[command(after_help = "Examples:
  muster user set-password ana@harbor.example --password-file first-password
  muster user set-password ana@harbor.example < first-password

A password has at least 12 characters and at most 1,024 bytes. It is never taken from the command \
line, where other users of this machine could read it.")]
    SetPassword {
        /// E-mail of the person
        #[arg(value_parser = email)]
        email: Email,
        /// File that holds the password, or - for standard input
        #[arg(long, value_name = "FILE", default_value = "-")]
        password_file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// E-mail of the person
    #[arg(value_parser = email)]
    email: Email,
    /// Name of the person
    #[arg(long)]
    name: String,
    /// Name of the company, which must be there
    #[arg(long)]
    company: String,
    /// Role in the company
    #[arg(long, value_parser = roles())]
    role: Role,
    /// File that holds the first password, or - for standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(super) fn email(text: &str) -> Result<Email, &'static str> {
    Email::parse(text).ok_or("not an e-mail address such as ana@harbor.example")
}

fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str)).try_map(|text| Role::parse(&text).ok_or("not a role"))
}

/// `muster user …`
pub(super) fn run(command: &Command, settings: &SettingsFile) -> Result<(), Failure> {
    match command {
        Command::Add(add) => add_person(add, settings),
        Command::List { company } => list(company.as_deref(), settings),
        Command::Address(command) => address::run(command, settings),
        Command::Email { email, to } => address::change(email, to, settings),
        Command::SetPassword { email, password_file } => set_password(email, password_file, settings),
    }
}

fn add_person(add: &Add, settings: &SettingsFile) -> Result<(), Failure> {
    let name = name::parse(&add.name, "a person's")?;
    let person = NewPerson {
        email: add.email.clone(),
        name: name.to_owned(),
        company: add.company.clone(),
        role: add.role,
        password: add.password_file.as_deref().map(read_password).transpose()?,
    };
    with_service(settings, async |service| {
        let (email, role, company) = (&person.email, person.role, &person.company);
        match service.add_person(&person).await? {
            Added::Role { name } if name == person.name => {
                output::print(&format!("{email} is now {role} of {company}."))
            }
            Added::Role { name } => output::print(&format!(
                "{email} is now {role} of {company}. The person was there already and is still called {name}."
            )),
            Added::Person => {
                output::print(&format!("Added {email}: {role} of {company}."))?;
                match person.password {
                    Some(_) => Ok(()),
                    None => output::print(&format!("Next: muster user set-password {email}")),
                }
            }
        }
    })
}

fn list(company: Option<&str>, settings: &SettingsFile) -> Result<(), Failure> {
    with_service(settings, async |service| {
        let people = service.list_people(company).await?;
        if people.is_empty() {
            return output::print("There is nobody yet: add people with `muster user add`.");
        }
        let rows: Vec<_> = people.iter().map(row).collect();
        output::print(&output::table(["E-mail", "Name", "Company", "Role", "2FA", "State"], &rows))
    })
}

fn row(person: &PersonRow) -> [String; 6] {
    [
        person.email.clone(),
        person.name.clone(),
        person.company.clone(),
        person.role.to_string(),
        factors(person),
        if person.disabled { "disabled" } else { "active" }.to_owned(),
    ]
}

/// What there is, as far as it was not switched off by too many wrong codes.
fn factors(person: &PersonRow) -> String {
    let names = [("app", person.authenticator), ("phone", person.phone)]
        .into_iter()
        .filter_map(|(name, active)| Some(if active? { name.to_owned() } else { format!("{name} (switched off)") }));
    let names: Vec<_> = names.collect();
    if names.is_empty() { "not yet".to_owned() } else { names.join(", ") }
}

fn set_password(email: &Email, file: &Path, settings: &SettingsFile) -> Result<(), Failure> {
    let password = read_password(file)?;
    with_service_that_tells(settings, async |service| {
        service.set_password(email, &password).await?;
        output::print(&format!("Set the password of {email} and signed {email} out everywhere."))
    })
}

/// Reads a password from a file or standard input. One line end at its end is not part of it.
fn read_password(file: &Path) -> Result<Secret, Failure> {
    let from_terminal = file == Path::new("-") && io::stdin().is_terminal();
    if from_terminal {
        let hint = "send it in, such as with `< FILE`: typed here it would be seen";
        return Err(Failure::unusable("the password is not read from a terminal", hint));
    }
    let text = if file == Path::new("-") {
        secret_file::read_text(io::stdin().lock())
    } else {
        File::open(file).and_then(secret_file::read_text)
    };
    let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
    let text = text.map_err(|error| {
        Failure::failed(format!("{name} cannot be read: {error}"), "name a file that holds the password")
    })?;
    let text = text.ok_or_else(|| {
        Failure::unusable(format!("{name} holds no password"), "a password is UTF-8 text of at most 1,024 bytes")
    })?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(Failure::unusable(format!("{name} is empty"), "a password has at least 12 characters"));
    }
    Ok(Secret::new(line))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn password_file_loses_one_line_end_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        for (content, password) in [
            ("correct horse battery", "correct horse battery"),
            ("correct horse battery\n", "correct horse battery"),
            ("correct horse battery\r\n", "correct horse battery"),
            (" correct horse \n\n", " correct horse \n"),
        ] {
            fs::write(&path, content).unwrap();
            assert_eq!(read_password(&path).unwrap().expose(), password);
        }
    }

    #[test]
    fn empty_binary_and_missing_password_files_are_refused_without_their_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        for content in [&b""[..], b"\n", b"hunter2\xff"] {
            fs::write(&path, content).unwrap();
            let error = read_password(&path).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(read_password(&folder.path().join("none")).is_err());
    }
}
