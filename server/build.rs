//! Builds anew when the site's files or the migrations change.

fn main() {
    // The files are carried inside the binary. The folder is made here when there is none yet, since its
    // address has to be resolved when the program is compiled, and an absent one would be looked for each time.
    let site = "../target/site";
    if let Err(error) = std::fs::create_dir_all(site) {
        println!("cargo::warning=the folder {site} cannot be made: {error}");
    }
    println!("cargo::rerun-if-changed={site}");
    println!("cargo::rerun-if-changed=migrations");
}
