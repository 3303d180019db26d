//! Files that hold a secret: read only when nobody else can read them.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

/// The longest file of a secret, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// Why a file of a secret was not read. Names the file, never what is in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// No such file.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// Other users of the machine may read or change it (SEC-03).
    #[error("{} is open to other users of this machine (mode {mode:03o}); close it with `chmod 600 {}`", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Longer than [`MAX_BYTES`], or not UTF-8.
    #[error("{} is not a text of at most 64 KiB", .0.display())]
    NotText(PathBuf),
    /// The system refused.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
}

/// Reads a file that only its owner can read.
///
/// # Errors
/// [`SecretFileError`].
pub fn read(path: &Path) -> Result<Zeroizing<String>, SecretFileError> {
    let unreadable = |reason: io::Error| match reason.kind() {
        io::ErrorKind::NotFound => SecretFileError::Missing(path.to_owned()),
        _ => SecretFileError::Unreadable { path: path.to_owned(), reason },
    };
    let file = File::open(path).map_err(unreadable)?;
    check_mode(path, &file)?;
    read_text(file).map_err(unreadable)?.ok_or_else(|| SecretFileError::NotText(path.to_owned()))
}

/// Reads a short text; `None` when it is too long or not UTF-8.
///
/// # Errors
/// Those of the source.
pub fn read_text(source: impl Read) -> io::Result<Option<Zeroizing<String>>> {
    let limit = u64::try_from(MAX_BYTES + 1).unwrap_or(u64::MAX);
    // Room for everything at once: growing would leave copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 2));
    source.take(limit).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_BYTES {
        return Ok(None);
    }
    Ok(std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned())))
}

/// The mode of the opened file, not of the name: nothing can be swapped in between.
#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<(), SecretFileError> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = file.metadata().map_err(|reason| SecretFileError::Unreadable { path: path.to_owned(), reason })?;
    let mode = metadata.permissions().mode() & 0o777;
    let of_others = mode & 0o077;
    if of_others == 0 { Ok(()) } else { Err(SecretFileError::Exposed { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _file: &File) -> Result<(), SecretFileError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[cfg(unix)]
    fn file(mode: u32, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[cfg(unix)]
    #[test]
    fn sec_03_file_of_the_owner_alone_is_read_and_any_wider_mode_refused() {
        for mode in [0o600, 0o400] {
            let (_folder, path) = file(mode, b"hunter2");
            assert_eq!(read(&path).unwrap().as_str(), "hunter2");
        }
        for mode in [0o640, 0o604, 0o620, 0o660, 0o644, 0o666, 0o610] {
            let (_folder, path) = file(mode, b"hunter2");
            let error = read(&path).unwrap_err();
            assert!(matches!(error, SecretFileError::Exposed { .. }), "{mode:o}");
            assert!(error.to_string().contains("chmod 600") && !error.to_string().contains("hunter2"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn sec_03_missing_long_and_binary_files_are_refused_without_their_content() {
        assert!(matches!(read(Path::new("/nonexistent/key")), Err(SecretFileError::Missing(_))));
        for content in [vec![b'k'; MAX_BYTES + 1], b"hunter2\xff".to_vec()] {
            let (_folder, path) = file(0o600, &content);
            let error = read(&path).unwrap_err();
            assert!(matches!(error, SecretFileError::NotText(_)));
            assert!(!error.to_string().contains("hunter2"));
        }
        let (_folder, path) = file(0o600, &vec![b'k'; MAX_BYTES]);
        assert_eq!(read(&path).unwrap().len(), MAX_BYTES);
        let folder = tempfile::tempdir().unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        }
        assert!(matches!(read(folder.path()), Err(SecretFileError::Unreadable { .. })));
    }
}
