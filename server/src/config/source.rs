//! Where settings come from: the file, the environment, the command line.

use std::{collections::BTreeMap, fmt};

use super::{
    Inputs, Problem,
    known::{self, CONFIG_VARIABLE, KNOWN, PREFIX},
};

/// Where the value of a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The settings file of this name.
    File(String),
    /// This environment variable.
    Variable(String),
    /// This flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name) | Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value as it was given. Not `Debug`: it may hold a secret.
pub(super) struct Given {
    pub(super) value: toml::Value,
    pub(super) source: Source,
}

/// What was given for each setting; the command line wins over the environment, which wins over the file.
pub(super) fn collect(inputs: &Inputs, problems: &mut Vec<Problem>) -> BTreeMap<&'static str, Given> {
    let mut values = BTreeMap::new();
    if let Some(file) = &inputs.file {
        from_file(&file.name, &file.text, &mut values, problems);
    }
    from_environment(&inputs.environment, &mut values, problems);
    for (name, flag, text) in &inputs.flags {
        let source = Source::Flag(flag);
        values.insert(*name, Given { value: toml::Value::String(text.clone()), source });
    }
    values
}

fn from_file(name: &str, text: &str, values: &mut BTreeMap<&'static str, Given>, problems: &mut Vec<Problem>) {
    let tables = match text.parse::<toml::Table>() {
        Ok(tables) => tables,
        // The error's own text quotes the line, which may hold a secret: only its reason is used.
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(start).filter(|b| *b == b'\n').count() + 1;
            problems.push(Problem::new(format!("{name}, line {line}: not TOML: {}", error.message())));
            return;
        }
    };
    for (table, content) in tables {
        match content {
            toml::Value::Table(keys) if is_table(&table) => from_table(name, &table, keys, values, problems),
            _ => problems.push(unknown_table(name, &table)),
        }
    }
}

fn is_table(name: &str) -> bool {
    KNOWN.iter().any(|known| table_of(known.name) == name)
}

fn table_of(name: &str) -> &str {
    name.split_once('.').map_or(name, |(table, _)| table)
}

fn unknown_table(file: &str, table: &str) -> Problem {
    let shown = known::shown(table);
    let hint = known::nearest(table, KNOWN.iter().map(|k| table_of(k.name)));
    let hint = hint.map_or_else(|| "tables are such as [server]".to_owned(), |near| format!("did you mean [{near}]?"));
    Problem::new(format!("{file}: {shown} is not a table of settings; {hint}"))
}

fn from_table(
    file: &str,
    table: &str,
    keys: toml::Table,
    values: &mut BTreeMap<&'static str, Given>,
    problems: &mut Vec<Problem>,
) {
    for (key, value) in keys {
        let name = format!("{table}.{key}");
        if let Some(known) = known::find(&name) {
            values.insert(known.name, Given { value, source: Source::File(file.to_owned()) });
            continue;
        }
        let shown = known::shown(&key);
        let hint = known::nearest(&name, KNOWN.iter().map(|k| k.name));
        let hint = hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        problems.push(Problem::new(format!("{file}: {shown} is not a setting of [{table}]{hint}")));
    }
}

fn from_environment(
    environment: &[(String, Option<String>)],
    values: &mut BTreeMap<&'static str, Given>,
    problems: &mut Vec<Problem>,
) {
    for (variable, text) in environment {
        if !variable.starts_with(PREFIX) || variable == CONFIG_VARIABLE {
            continue;
        }
        let Some(known) = known::setting_of(variable) else {
            problems.push(unknown_variable(variable));
            continue;
        };
        let Some(text) = text else {
            problems.push(Problem::new(format!("{variable}: not UTF-8 text")));
            continue;
        };
        let given = Given { value: toml::Value::String(text.clone()), source: Source::Variable(variable.clone()) };
        if let Some(Given { source: Source::Variable(other), .. }) = values.insert(known.name, given) {
            problems.push(Problem::new(format!("{other} and {variable} set the same thing; keep one of them")));
        }
    }
}

fn unknown_variable(variable: &str) -> Problem {
    let variables: Vec<String> = KNOWN.iter().map(|k| known::variable_of(k.name)).collect();
    let hint = known::nearest(variable, variables.iter().map(String::as_str));
    let hint = hint.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    Problem::new(format!("environment: {} sets nothing in Muster{hint}", known::shown(variable)))
}
