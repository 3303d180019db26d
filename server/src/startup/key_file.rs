//! The key file: made once, read at every start.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    clock::Rng,
    config::secret_file::{self, SecretFileError},
    crypto::{CryptoError, KeyError, Keyring},
};

/// Why there are no keys. Names the file, never what is in it (SEC-03).
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read, or others can read it.
    #[error("key file: {0}")]
    File(#[from] SecretFileError),
    /// It holds something else than keys.
    #[error("key file {}: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: KeyError,
    },
    /// A new one would take the place of another file.
    #[error("{} is there already and was left as it is", .0.display())]
    Exists(PathBuf),
    /// A new one cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// A key could not be made.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// Reads the keys.
///
/// # Errors
/// [`KeyFileError`].
pub fn read(path: &Path) -> Result<Keyring, KeyFileError> {
    let text = secret_file::read(path)?;
    Keyring::parse(&text).map_err(|reason| KeyFileError::Content { path: path.to_owned(), reason })
}

/// Writes a new key file that only its owner can read. Never overwrites: with the old keys everything that
/// they sealed would be lost.
///
/// # Errors
/// [`KeyFileError`].
pub fn create(path: &Path, rng: &dyn Rng) -> Result<(), KeyFileError> {
    let text = Keyring::generate(rng)?;
    write_new(path, text.as_bytes())
}

fn write_new(path: &Path, content: &[u8]) -> Result<(), KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |reason: io::Error| KeyFileError::Write { path: path.to_owned(), reason };
    let mut file = options.open(path).map_err(|reason| match reason.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
        _ => failed(reason),
    })?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(|reason| {
        // Half a key file would be refused at the next start; the error that matters is the first one.
        let _ = fs::remove_file(path);
        failed(reason)
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn new_file_is_closed_to_others_and_never_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        write_new(&path, b"first").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(write_new(&path, b"second"), Err(KeyFileError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[test]
    fn missing_folder_is_told() {
        let error = write_new(Path::new("/nonexistent/keys"), b"").unwrap_err();
        assert!(error.to_string().starts_with("/nonexistent/keys cannot be written"), "{error}");
    }

    #[test]
    fn sec_03_missing_and_open_files_are_refused_before_they_are_parsed() {
        assert!(matches!(read(Path::new("/nonexistent/keys")), Err(KeyFileError::File(SecretFileError::Missing(_)))));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        write_new(&path, b"1:hunter2").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = read(&path).err().unwrap();
        assert!(matches!(error, KeyFileError::File(SecretFileError::Exposed { mode: 0o644, .. })));
        assert!(!error.to_string().contains("hunter2"));
    }
}
