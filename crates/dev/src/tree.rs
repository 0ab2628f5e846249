//! The files of the repository that are, or would be, under version control.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Built or written by running the program; left out where git is not there to say so.
const IGNORED: [&str; 6] = [
    ".git",
    "target",
    "runs",
    "__pycache__",
    ".venv",
    "node_modules",
];

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Size in bytes.
    pub(crate) bytes: u64,
    /// Its text, unless it is not UTF-8 or is too large to be one of ours.
    pub(crate) text: Option<String>,
}

/// Files by path relative to the root, with `/` between folders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, File>,
}

impl Tree {
    /// Reads what git tracks or would track; without git, everything but the usual built folders.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let paths = match listed_by_git(root) {
            Some(paths) => paths,
            None => walked(root)?,
        };
        let mut files = BTreeMap::new();
        for path in paths {
            let full = root.join(&path);
            // A file that is tracked but deleted in the working tree is not there to be checked.
            let Ok(content) = std::fs::read(&full) else {
                continue;
            };
            let bytes = content.len() as u64;
            files.insert(
                path,
                File {
                    bytes,
                    text: String::from_utf8(content).ok(),
                },
            );
        }
        Ok(Self { files })
    }

    /// Files in the order of their paths.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Text files with one of these endings.
    pub(crate) fn texts<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.iter()
            .filter(move |(path, _)| path.ends_with(ending))
            .filter_map(|(path, file)| Some((path, file.text.as_deref()?)))
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.text.as_deref()
    }

    /// Whether a file or a folder of that path is there.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        path.is_empty()
            || self.files.contains_key(path)
            || self.files.keys().any(|p| p.starts_with(&folder))
    }

    /// A tree of texts, for tests.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |text: &str| File {
            bytes: text.len() as u64,
            text: Some(text.to_string()),
        };
        Self {
            files: files
                .iter()
                .map(|(path, text)| (path.to_string(), file(text)))
                .collect(),
        }
    }

    /// Adds a file without text, for tests.
    #[cfg(test)]
    pub(crate) fn with_binary(mut self, path: &str, bytes: u64) -> Self {
        self.files.insert(path.into(), File { bytes, text: None });
        self
    }
}

/// Paths that git tracks, and new ones that it does not ignore; `None` without git or outside a checkout.
fn listed_by_git(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8(output.stdout).ok()?;
    Some(
        text.split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_string)
            .collect(),
    )
}

fn walked(root: &Path) -> Result<Vec<String>, String> {
    let mut paths = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry
                .map_err(|error| format!("cannot list {}: {error}", folder.display()))?
                .path();
            if path
                .file_name()
                .is_some_and(|name| IGNORED.iter().any(|ignored| name == *ignored))
            {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str) {
                paths.push(relative.replace(std::path::MAIN_SEPARATOR, "/"));
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_git_built_folders_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["docs/a.md", "target/b.md", "runs/c.md"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "text").unwrap();
        }
        assert_eq!(walked(folder.path()).unwrap(), ["docs/a.md"]);
    }

    #[test]
    fn folders_count_as_held() {
        let tree = Tree::of(&[("docs/model.md", "")]);
        assert!(tree.holds("docs") && tree.holds("docs/") && tree.holds("docs/model.md"));
        assert!(!tree.holds("doc"));
    }
}
