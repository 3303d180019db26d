//! Builds anew when the site's files or the migrations change, and refuses migrations that no database could take.

use std::{collections::BTreeMap, path::Path};

fn main() {
    // The files are carried inside the binary. The folder is made here when there is none yet, since its
    // address has to be resolved when the program is compiled, and an absent one would be looked for each time.
    let site = "../target/site";
    if let Err(error) = std::fs::create_dir_all(site) {
        println!("cargo::warning=the folder {site} cannot be made: {error}");
    }
    println!("cargo::rerun-if-changed={site}");
    println!("cargo::rerun-if-changed=migrations");
    let (sqlite, postgres) = (migrations("sqlite"), migrations("postgres"));
    if sqlite != postgres {
        println!("cargo::error=the migrations of SQLite and PostgreSQL differ: {sqlite:?} and {postgres:?}");
    }
}

/// The names of the migrations for a database, by their numbers. Two that were written side by side may have one number.
fn migrations(database: &str) -> BTreeMap<String, String> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let files = std::fs::read_dir(Path::new("migrations").join(database)).into_iter().flatten().flatten();
    for name in files.map(|file| file.file_name().to_string_lossy().into_owned()) {
        let number = name.split('_').next().unwrap_or_default().to_owned();
        if let Some(other) = names.insert(number, name.clone()) {
            println!("cargo::error=two migrations have one number: {other} and {name}");
        }
    }
    names
}
