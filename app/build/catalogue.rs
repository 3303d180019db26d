//! The texts as they lie in `locales/<language>/<area>.json`.

use std::{collections::BTreeMap, fs, path::Path};

/// The texts of one file, by key.
pub type Texts = BTreeMap<String, String>;

/// One language.
#[derive(Clone, Debug, Default)]
pub struct Language {
    /// The name of its folder, such as `de`.
    pub code: String,
    /// Areas that the browser gets, by name.
    pub pages: BTreeMap<String, Texts>,
    /// Areas of the folder `server`: mails, text messages and pages without a script.
    pub server: BTreeMap<String, Texts>,
}

impl Language {
    /// All areas, those of the browser first, each with `true` where it stays on the server.
    pub fn areas(&self) -> impl Iterator<Item = (&str, &Texts, bool)> {
        let pages = self.pages.iter().map(|(area, texts)| (area.as_str(), texts, false));
        pages.chain(self.server.iter().map(|(area, texts)| (area.as_str(), texts, true)))
    }
}

/// Reads every language, in the order of their codes.
pub fn read(root: &Path) -> Result<Vec<Language>, Vec<String>> {
    let mut problems = Vec::new();
    let mut languages = Vec::new();
    for code in names(root, &mut problems) {
        let folder = root.join(&code);
        let pages = read_areas(&folder, &mut problems);
        let server = read_areas(&folder.join("server"), &mut problems);
        languages.push(Language { code, pages, server });
    }
    if problems.is_empty() { Ok(languages) } else { Err(problems) }
}

fn read_areas(folder: &Path, problems: &mut Vec<String>) -> BTreeMap<String, Texts> {
    let mut areas = BTreeMap::new();
    for name in names(folder, problems) {
        let Some(area) = name.strip_suffix(".json") else {
            if !folder.join(&name).is_dir() {
                problems.push(format!("{}: only files that end in .json belong here", folder.join(name).display()));
            }
            continue;
        };
        match read_texts(&folder.join(&name)) {
            Ok(texts) => {
                areas.insert(area.to_owned(), texts);
            }
            Err(problem) => problems.push(problem),
        }
    }
    areas
}

fn read_texts(path: &Path) -> Result<Texts, String> {
    let content = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&content)
        .map_err(|error| format!("{}: {error}; it has to be one object of texts", path.display()))
}

/// What lies in a folder, sorted; a folder that is not there holds nothing.
fn names(folder: &Path, problems: &mut Vec<String>) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names = Vec::new();
    for entry in entries {
        match entry.map(|entry| entry.file_name().into_string()) {
            Ok(Ok(name)) => names.push(name),
            Ok(Err(_)) => problems.push(format!("{}: a name is not UTF-8", folder.display())),
            Err(error) => problems.push(format!("{}: {error}", folder.display())),
        }
    }
    names.sort();
    names
}
