//! `beachhead new`: a small commented scenario that runs as it is.

use std::path::{Path, PathBuf};

/// The files of a new scenario.
const FILES: [(&str, &str); 4] = [
    (
        "scenario.toml",
        include_str!("../../templates/new/scenario.toml"),
    ),
    (
        "products.csv",
        include_str!("../../templates/new/products.csv"),
    ),
    (
        "compatibility.csv",
        include_str!("../../templates/new/compatibility.csv"),
    ),
    (
        "sources.csv",
        include_str!("../../templates/new/sources.csv"),
    ),
];

/// Why no new scenario was written.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// There is something already.
    #[error("{path} is not empty; name a folder that does not exist yet or is empty")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot write {path}: {error}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// Writes a new scenario into a folder that is empty or does not exist.
///
/// # Errors
/// A folder with something in it, or a system that refuses.
pub fn write_new(folder: &Path) -> Result<(), NewError> {
    let refused = |path: &Path| {
        let path = path.to_owned();
        move |error| NewError::Write { path, error }
    };
    if folder.exists() {
        let mut entries = std::fs::read_dir(folder).map_err(refused(folder))?;
        if entries.next().is_some() {
            return Err(NewError::NotEmpty {
                path: folder.to_owned(),
            });
        }
    }
    std::fs::create_dir_all(folder).map_err(refused(folder))?;
    for (name, text) in FILES {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(refused(&path))?;
    }
    Ok(())
}
