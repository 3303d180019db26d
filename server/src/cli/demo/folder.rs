//! Where a demo keeps its key and its database: in a folder that stays, or in one that is thrown away.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::super::Failure;
use crate::{
    clock::{SystemRng, random},
    startup::key_file::{self, KeyFileError},
};

/// The folder of a demo. A throw-away one is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    kept: bool,
}

impl Folder {
    /// Opens the named folder, made if it is missing, or makes a throw-away one.
    pub(super) fn open(named: Option<&Path>) -> Result<Self, Failure> {
        let failed = |path: &Path, error: &io::Error| {
            Failure::failed(
                format!("the folder {} cannot be made: {error}", path.display()),
                "name one that you can write to with `--data DIR`",
            )
        };
        if let Some(path) = named {
            if !path.is_dir() {
                make(path, true).map_err(|error| failed(path, &error))?;
            }
            return Ok(Self { path: path.to_owned(), kept: true });
        }
        let name: [u8; 8] = random(&SystemRng)
            .map_err(|error| Failure::failed(error.to_string(), "name a folder with `--data DIR`"))?;
        let name = format!("muster-demo-{:016x}", u64::from_be_bytes(name));
        let path = std::env::temp_dir().join(name);
        make(&path, false).map_err(|error| failed(&path, &error))?;
        Ok(Self { path, kept: false })
    }

    /// True when the folder stays.
    pub(super) fn is_kept(&self) -> bool {
        self.kept
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn key_file(&self) -> PathBuf {
        self.path.join("keys")
    }

    pub(super) fn database_url(&self) -> String {
        format!("sqlite:{}", self.path.join("muster.db").display())
    }

    /// Makes the key file at the first start.
    pub(super) fn make_key(&self) -> Result<(), KeyFileError> {
        match key_file::create(&self.key_file(), &SystemRng) {
            Err(KeyFileError::Exists(_)) if self.kept => Ok(()),
            made => made,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(folder = %self.path.display(), %error, "the demo's folder was not removed");
        }
    }
}

/// Makes a folder that only its owner can enter.
fn make(path: &Path, parents: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(parents);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn throw_away_folder_is_private_and_gone_afterwards() {
        let folder = Folder::open(None).unwrap();
        let path = folder.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(folder.key_file(), "x").unwrap();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn named_folder_is_made_private_and_stays() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let folder = Folder::open(Some(&path)).unwrap();
        fs::write(folder.key_file(), "x").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        drop(folder);
        assert!(path.join("keys").exists());
        drop(Folder::open(Some(&path)).unwrap());
        assert!(path.join("keys").exists());
    }

    #[test]
    fn file_in_place_of_the_folder_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Folder::open(Some(file.path())).unwrap_err().to_string().contains("--data DIR"));
    }
}
