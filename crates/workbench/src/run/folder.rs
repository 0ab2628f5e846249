//! The folder of a run: found complete, written beside its place and renamed, never half there.

use super::error::RunError;
pub use super::found::{Checksums, Found, Known, look};
use super::summary::Summary;
use crate::reader::is_name;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Summary of outcomes; its presence makes a folder ours.
pub const SUMMARY: &str = "summary.json";
/// Outcomes by plan and draw.
pub const DRAWS: &str = "draws.parquet";
/// Values of uncertain quantities by draw.
pub const ASSUMPTIONS: &str = "assumptions.parquet";
/// Series by plan and month.
pub const SERIES: &str = "series.parquet";
/// The resolved scenario.
pub const SCENARIO: &str = "scenario.json";
/// What the report shows besides, to render it again.
pub const MATERIAL: &str = "report.json";
/// The report.
pub const REPORT: &str = "report.html";

/// What the draws were asked beside their outcomes; not in every folder.
pub const ANALYSIS: &str = "analysis.json";

/// All files of a complete folder.
pub const FILES: [&str; 7] = [
    SUMMARY,
    DRAWS,
    ASSUMPTIONS,
    SERIES,
    SCENARIO,
    MATERIAL,
    REPORT,
];

/// Where an export into an exact folder is written before its files are renamed.
pub(super) const PARTIAL: &str = ".partial";
/// How often an unfinished folder without its mark is looked at before it is called somebody else's.
const LOOKS: usize = 10;
/// Between two looks.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

/// Held locked in the unfinished folder by the process that writes it.
const MARK: &str = ".writing";

/// Content of a file: bytes at hand, or a stream that is written piece by piece.
pub enum Content<'a> {
    /// Bytes.
    Bytes(Vec<u8>),
    /// Writes itself.
    Stream(Box<Stream<'a>>),
}

/// Writes a content to wherever it goes.
pub type Stream<'a> = dyn Fn(&mut (dyn Write + Send)) -> Result<(), RunError> + Sync + 'a;

/// A file to write.
pub struct Artefact<'a> {
    /// Name in the folder.
    pub name: &'static str,
    /// Content.
    pub content: Content<'a>,
}

impl<'a> Artefact<'a> {
    /// A file with a content at hand.
    pub fn new(name: &'static str, bytes: Vec<u8>) -> Self {
        let content = Content::Bytes(bytes);
        Self { name, content }
    }

    /// A file with a content that writes itself.
    pub fn stream(
        name: &'static str,
        write: impl Fn(&mut (dyn Write + Send)) -> Result<(), RunError> + Sync + 'a,
    ) -> Self {
        let content = Content::Stream(Box::new(write));
        Self { name, content }
    }

    /// The whole content.
    ///
    /// # Errors
    /// What a stream could not read or say.
    pub fn bytes(&self) -> Result<Vec<u8>, RunError> {
        match &self.content {
            Content::Bytes(bytes) => Ok(bytes.clone()),
            Content::Stream(write) => {
                let mut bytes = Vec::new();
                write(&mut bytes)?;
                Ok(bytes)
            }
        }
    }
}

/// `<root>/<name>-<hash>`.
///
/// # Errors
/// A name that is more than a name: the folder would not lie in `root`.
pub fn place(root: &Path, name: &str, hash: &str) -> Result<PathBuf, RunError> {
    if is_name(name) {
        Ok(root.join(format!("{name}-{hash}")))
    } else {
        Err(RunError::Name {
            name: name.to_owned(),
        })
    }
}

/// Writes a run's folder: all files beside it in `<folder>.partial`, then one rename.
///
/// What else lay in a folder of ours that is replaced stays in it. If another process finished the
/// same run meanwhile, its folder stays (unless `fresh`).
///
/// `known` says what the store knows of the folder. Returns the checksums of what was written, none if another process's
/// folder stays.
///
/// # Errors
/// A full disk or missing rights; nothing that looks complete is left then.
pub fn write(
    folder: &Path,
    hash: &str,
    artefacts: &[Artefact<'_>],
    known: &Known,
    fresh: bool,
) -> Result<Checksums, RunError> {
    write_with(folder, (hash, known), artefacts, fresh, &write_file)
}

/// Writes a run's files into exactly this folder, which may hold a store and other files: all of them below it first, then
/// each is renamed, the summary last. The caller holds the lock of the folder's store.
///
/// # Errors
/// A folder that is not ours, a full disk, missing rights; nothing that looks complete is left then.
pub fn write_exact(
    folder: &Path,
    hash: &str,
    artefacts: &[Artefact<'_>],
    known: &Known,
) -> Result<Checksums, RunError> {
    look(folder, hash, &known.of_summary())?;
    let partial = folder.join(PARTIAL);
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(environment("remove", &partial))?;
    }
    fs::create_dir_all(&partial).map_err(environment("create", &partial))?;
    let placed = fill(&partial, artefacts, &write_file).and_then(|checksums| {
        let summary = folder.join(SUMMARY);
        if summary.exists() {
            fs::remove_file(&summary).map_err(environment("remove", &summary))?;
        }
        let analysis = folder.join(ANALYSIS);
        if analysis.exists() {
            fs::remove_file(&analysis).map_err(environment("remove", &analysis))?;
        }
        let is_there = |name: &&&str| partial.join(name).exists();
        for name in [ANALYSIS].iter().chain(FILES.iter().rev()).filter(is_there) {
            let place = folder.join(name);
            fs::rename(partial.join(name), &place).map_err(environment("rename to", &place))?;
        }
        Ok(checksums)
    });
    let _ = fs::remove_dir_all(&partial);
    placed
}

/// How a file gets its content, of which the checksum comes back; tests give one that fails.
pub(super) type WriteFile<'a> = &'a dyn Fn(&Path, &Artefact<'_>) -> Result<Vec<u8>, RunError>;

pub(super) fn write_with(
    folder: &Path,
    (hash, known): (&str, &Known),
    artefacts: &[Artefact<'_>],
    fresh: bool,
    write_file: WriteFile<'_>,
) -> Result<Checksums, RunError> {
    // Through links and dots to the folder itself, so that it has a name and a parent.
    let resolved = if folder.exists() {
        fs::canonicalize(folder).map_err(environment("read", folder))?
    } else {
        folder.to_owned()
    };
    let folder = resolved.as_path();
    // What is not ours, or of another release, is never replaced, whoever asks.
    look(folder, hash, &known.of_summary())?;
    let partial = beside(folder, "partial");
    if let Some(parent) = folder
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        fs::create_dir_all(parent).map_err(environment("create", parent))?;
    }
    let mark = claim(&partial)?;
    // Another process may have finished the same run while this one waited for the mark.
    let done = !fresh && matches!(look(folder, hash, known)?, Found::Complete(_));
    let written = if done {
        Ok(Checksums::new())
    } else {
        fill(&partial, artefacts, write_file)
    };
    let placed = match written {
        Ok(checksums) if !done => replace(folder, &partial).map(|()| checksums),
        other => other,
    };
    if placed.is_err() || done {
        // Best effort: what cannot be removed is called `.partial` and is cleared by the next run.
        let _ = fs::remove_dir_all(&partial);
    } else {
        let _ = fs::remove_file(folder.join(MARK));
    }
    drop(mark);
    placed
}

/// Whether a folder is there that no run has begun: looked at more than once, because another process may be removing its own just now.
fn is_foreign(partial: &Path, mark: &Path) -> bool {
    (0..LOOKS).all(|look| {
        if look > 0 {
            std::thread::sleep(PAUSE);
        }
        partial.exists() && !mark.exists() && !is_empty(partial)
    })
}

/// Makes the unfinished folder empty and ours, waiting for a process that is writing it now.
fn claim(partial: &Path) -> Result<File, RunError> {
    let mark_path = partial.join(MARK);
    if is_foreign(partial, &mark_path) {
        let reason = "it was not left by an interrupted run".to_owned();
        return Err(RunError::NotOurs {
            path: partial.to_owned(),
            reason,
        });
    }
    fs::create_dir_all(partial).map_err(environment("create", partial))?;
    let mark = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&mark_path)
        .map_err(environment("create", &mark_path))?;
    // File systems without locks: two processes at once are then not kept apart.
    let _ = mark.lock();
    if !mark_path.exists() {
        // The other process finished and renamed the folder away: start one of our own.
        return claim(partial);
    }
    for entry in fs::read_dir(partial)
        .map_err(environment("read", partial))?
        .flatten()
    {
        if entry.file_name() != MARK {
            let path = entry.path();
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(environment("remove", &path))?;
        }
    }
    Ok(mark)
}

fn fill(
    partial: &Path,
    artefacts: &[Artefact<'_>],
    write_file: WriteFile<'_>,
) -> Result<Checksums, RunError> {
    // The summary comes last: without it a folder is not ours, let alone complete.
    let (last, first): (Vec<&Artefact<'_>>, _) = artefacts
        .iter()
        .partition(|artefact| artefact.name == SUMMARY);
    let mut checksums = Checksums::new();
    for artefact in first.into_iter().chain(last) {
        let checksum = write_file(&partial.join(artefact.name), artefact)?;
        checksums.insert(artefact.name.to_owned(), checksum);
    }
    Ok(checksums)
}

/// A file that is hashed as it is written.
struct Hashed {
    file: File,
    digest: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn write_file(path: &Path, artefact: &Artefact<'_>) -> Result<Vec<u8>, RunError> {
    let failed = || environment("write", path);
    let file = File::create(path).map_err(failed())?;
    let digest = Sha256::new();
    let mut writer = BufWriter::new(Hashed { file, digest });
    match &artefact.content {
        Content::Bytes(bytes) => writer.write_all(bytes).map_err(failed())?,
        Content::Stream(write) => write(&mut writer)?,
    }
    let Hashed { file, digest } = writer
        .into_inner()
        .map_err(|error| failed()(error.into_error()))?;
    file.sync_all().map_err(failed())?;
    Ok(digest.finalize().to_vec())
}

/// Puts the finished folder in its place. An earlier one of ours steps aside first, and its foreign
/// files move over.
fn replace(folder: &Path, partial: &Path) -> Result<(), RunError> {
    let old = beside(folder, "old.partial");
    if is_empty(folder) {
        fs::remove_dir(folder).map_err(environment("replace", folder))?;
    }
    if folder.exists() {
        // A process that was killed in the middle of this left it.
        take_over(&old, folder)?;
        fs::rename(folder, &old).map_err(environment("rename", folder))?;
    }
    if let Err(error) = fs::rename(partial, folder) {
        let _ = fs::rename(&old, folder);
        return Err(environment("rename to", folder)(error));
    }
    take_over(&old, folder)
}

/// Moves the foreign files of a folder that stepped aside into the one in its place, and removes it.
fn take_over(old: &Path, folder: &Path) -> Result<(), RunError> {
    let entries = match fs::read_dir(old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(environment("read", old))?,
    };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if !FILES.iter().chain([&ANALYSIS]).any(|known| name == *known) {
            fs::rename(&path, folder.join(&name)).map_err(environment("move", &path))?;
        }
    }
    fs::remove_dir_all(old).map_err(environment("remove", old))
}

/// A run whose export lies in a folder of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its folder.
    pub folder: PathBuf,
    /// Its summary.
    pub summary: Summary,
}

/// Complete runs below `root`, by the name of their folder. A root that does not exist has none.
///
/// # Errors
/// A root that cannot be read.
pub fn list(root: &Path) -> Result<Vec<Listed>, RunError> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(not_a_folder(root).unwrap_or_else(|| environment("read", root)(error)));
        }
    };
    let mut listed: Vec<Listed> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|folder| folder.extension().is_none_or(|ending| ending != "partial"))
        .filter(|folder| FILES.iter().all(|name| folder.join(name).is_file()))
        .filter_map(|folder| {
            let summary = Summary::parse(&fs::read(folder.join(SUMMARY)).ok()?).ok()?;
            Some(Listed { folder, summary })
        })
        .collect();
    listed.sort_by(|a, b| a.folder.cmp(&b.folder));
    Ok(listed)
}

/// The bytes of a file of a complete folder.
///
/// # Errors
/// A file that cannot be read.
pub fn read(folder: &Path, name: &str) -> Result<Vec<u8>, RunError> {
    let path = folder.join(name);
    fs::read(&path).map_err(environment("read", &path))
}

/// Writes a file that the user named: beside its place first, then renamed.
///
/// # Errors
/// A folder of that name, missing rights, a full disk.
pub fn write_named(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    if path.is_dir() || path.file_name().is_none() {
        return Err(RunError::NoFile {
            path: path.to_owned(),
        });
    }
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        fs::create_dir_all(parent).map_err(environment("create", parent))?;
    }
    let partial = beside(path, "partial");
    let written = fs::write(&partial, bytes)
        .map_err(environment("write", path))
        .and_then(|()| fs::rename(&partial, path).map_err(environment("write", path)));
    if written.is_err() {
        // Best effort: nothing half written stays.
        let _ = fs::remove_file(&partial);
    }
    written
}

fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    folder.with_file_name(name)
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// The error of a folder that cannot be, because it or something above it is a file.
pub(super) fn not_a_folder(folder: &Path) -> Option<RunError> {
    let file = folder.ancestors().find(|path| path.is_file())?;
    Some(RunError::NotAFolder {
        path: file.to_owned(),
    })
}

pub(super) fn environment(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RunError {
    let path = path.to_owned();
    move |source| RunError::Environment {
        action,
        path,
        source,
    }
}
