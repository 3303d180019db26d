//! Takes settings one by one, by type. An error names the setting and what it needs, never the value.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive};

use super::{
    Line, Problem,
    source::{Given, Source},
};

/// Reads what was given and keeps what `config check` shows.
pub(super) struct Reader {
    values: BTreeMap<&'static str, Given>,
    pub(super) lines: Vec<Line>,
    pub(super) problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn new(values: BTreeMap<&'static str, Given>, problems: Vec<Problem>) -> Self {
        Self { values, lines: Vec::new(), problems }
    }

    /// A whole number within a range.
    pub(super) fn integer(&mut self, name: &'static str, range: RangeInclusive<i64>, default: i64) -> i64 {
        let (value, source) = self.take(name);
        let read = match value {
            None => Some(default),
            Some(toml::Value::Integer(number)) => Some(number),
            Some(toml::Value::String(text)) if !matches!(source, Source::File(_)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        if let Some(number) = read.filter(|number| range.contains(number)) {
            self.note(name, &number, source);
            return number;
        }
        self.refuse(name, source, &format!("needs a whole number from {} to {}", range.start(), range.end()));
        default
    }

    /// A text that a parser takes, or nothing. `needs` completes the sentence "needs …".
    pub(super) fn optional<T: fmt::Display>(
        &mut self,
        name: &'static str,
        needs: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let (value, source) = self.take(name);
        let Some(value) = value else {
            self.note(name, &"(not set)", source);
            return None;
        };
        let read = value.as_str().and_then(parse);
        match &read {
            Some(read) => self.note(name, read, source),
            None => self.refuse(name, source, &format!("needs {needs}")),
        }
        read
    }

    /// A text that a parser takes.
    pub(super) fn text<T: fmt::Display>(
        &mut self,
        name: &'static str,
        needs: &str,
        default: T,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        if self.values.contains_key(name) {
            return self.optional(name, needs, parse).unwrap_or(default);
        }
        self.note(name, &default, Source::Default);
        default
    }

    /// A list of texts: an array in the file, separated by commas in a variable.
    pub(super) fn list<T: fmt::Display>(
        &mut self,
        name: &'static str,
        needs: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let (value, source) = self.take(name);
        let texts: Option<Vec<String>> = match value {
            None => Some(Vec::new()),
            Some(toml::Value::Array(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            Some(toml::Value::String(text)) if !matches!(source, Source::File(_)) => {
                Some(text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
            }
            Some(_) => None,
        };
        let read: Option<Vec<T>> = texts.and_then(|texts| texts.iter().map(|text| parse(text)).collect());
        let Some(read) = read else {
            self.refuse(name, source, &format!("needs {needs}"));
            return Vec::new();
        };
        let shown: Vec<String> = read.iter().map(T::to_string).collect();
        let shown = if shown.is_empty() { "(none)".to_owned() } else { shown.join(", ") };
        self.note(name, &shown, source);
        read
    }

    /// A text that is not shown; the caller notes it.
    pub(super) fn raw(&mut self, name: &'static str) -> (Option<String>, Source) {
        let (value, source) = self.take(name);
        match value {
            Some(toml::Value::String(text)) => (Some(text), source),
            Some(_) => {
                self.problems.push(Problem::new(format!("{name} (from {source}): needs a text")));
                (None, source)
            }
            None => (None, source),
        }
    }

    /// Writes down what is in force.
    pub(super) fn note(&mut self, name: &'static str, value: &dyn fmt::Display, source: Source) {
        self.lines.push(Line { name, value: value.to_string(), source });
    }

    /// Writes down what is wrong.
    pub(super) fn refuse(&mut self, name: &'static str, source: Source, reason: &str) {
        self.problems.push(Problem::new(format!("{name} (from {source}): {reason}")));
        self.note(name, &"(wrong, see below)", source);
    }

    /// Writes down what is wrong with several settings together.
    pub(super) fn problem(&mut self, text: String) {
        self.problems.push(Problem::new(text));
    }

    fn take(&mut self, name: &'static str) -> (Option<toml::Value>, Source) {
        self.values.remove(name).map_or((None, Source::Default), |given| (Some(given.value), given.source))
    }
}
