//! Reads the texts of `locales/`, refuses languages that do not say the same, and writes the constants
//! that pages use together with the tables behind them.

#[path = "build/catalogue.rs"]
mod catalogue;
#[path = "build/check.rs"]
mod check;
#[path = "build/generate.rs"]
mod generate;

use std::{env, fs, path::Path, process::ExitCode};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=locales");
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in problems {
                println!("cargo::error={problem}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Vec<String>> {
    let languages = catalogue::read(Path::new("locales"))?;
    check::check(&languages)?;
    let out = env::var_os("OUT_DIR").ok_or_else(|| vec!["OUT_DIR is not set".to_owned()])?;
    for (name, content) in generate::files(&languages) {
        let path = Path::new(&out).join(name);
        fs::write(&path, content).map_err(|error| vec![format!("{}: {error}", path.display())])?;
    }
    Ok(())
}
