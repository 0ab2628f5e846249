//! Kills a run at random moments, goes on with the same command, and compares the bytes with a run that nobody killed.
//!
//! The tests of the command line include this file, so that CI does the same with fewer kills.

use beachhead_engine::futures::Address;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A run of four chunks that takes a second or two.
const RUN: [&str; 9] = [
    "run",
    "market",
    "--draws",
    "200",
    "--months",
    "8",
    "--set",
    "simulation.types=8",
    "--json",
];

/// Moments lie up to this far beyond the time that a whole run takes.
const BEYOND: f64 = 1.1;

/// What was seen.
#[derive(Debug)]
pub(crate) struct Survived {
    /// Processes that were killed before they had finished.
    pub(crate) kills: usize,
    /// Runs that came to their end in spite of it.
    pub(crate) finished: usize,
    /// Draws found stored after a kill, summed.
    pub(crate) draws_kept: usize,
}

/// Kills runs of `program` in an empty `folder` so many times; `seed` chooses the moments.
pub(crate) fn survive(
    program: &Path,
    folder: &Path,
    kills: usize,
    seed: u64,
) -> Result<Survived, String> {
    let (calm, rough) = (folder.join("calm"), folder.join("rough"));
    for place in [&calm, &rough] {
        fs::create_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
        finish(start(program, place, &["new", "market"])?)?;
    }
    let begin = Instant::now();
    finish(start(program, &calm, &RUN)?)?;
    let whole = begin.elapsed();
    let wanted = exported(&calm)?;
    let mut seen = Survived {
        kills: 0,
        finished: 0,
        draws_kept: 0,
    };
    let moments = Address::new(seed, 0);
    for attempt in 1.. {
        let moment = moments.uniform_at("kill", attempt) * BEYOND;
        let mut child = start(program, &rough, &RUN)?;
        if seen.kills == kills {
            finish(child)?;
        } else if is_killed(&mut child, whole.mul_f64(moment))? {
            seen.kills += 1;
            seen.draws_kept += draws_stored(program, &rough)?;
            continue;
        }
        seen.finished += 1;
        compare(&wanted, &exported(&rough)?)?;
        if seen.kills == kills {
            break;
        }
        // Finished before its moment: begin anew.
        fs::remove_dir_all(rough.join("runs")).map_err(|error| format!("runs: {error}"))?;
    }
    Ok(seen)
}

fn start(program: &Path, folder: &Path, arguments: &[&str]) -> Result<Child, String> {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", program.display()))
}

fn finish(mut child: Child) -> Result<(), String> {
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = stderr.read_to_string(&mut said);
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| format!("ended with {status}: {said}"))
}

/// Kills a process after some time; false if it had finished well before.
fn is_killed(child: &mut Child, after: Duration) -> Result<bool, String> {
    std::thread::sleep(after);
    if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
        return match status.success() {
            true => Ok(false),
            false => Err(format!("ended with {status} before it was killed")),
        };
    }
    child.kill().map_err(|error| error.to_string())?;
    let status = child.wait().map_err(|error| error.to_string())?;
    Ok(!status.success())
}

/// Draws of the run that the store holds, as `runs` tells.
fn draws_stored(program: &Path, folder: &Path) -> Result<usize, String> {
    let output = Command::new(program)
        .args(["runs", "--json"])
        .current_dir(folder)
        .output()
        .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`runs` after a kill: {said}"));
    }
    let count = text.split("\"draws_done\":").nth(1);
    let digits = count.map(|rest| rest.trim_start().chars().take_while(char::is_ascii_digit));
    Ok(digits.map_or(0, |digits| digits.collect::<String>().parse().unwrap_or(0)))
}

/// All files of the only export, by name.
fn exported(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = BTreeMap::new();
    for run in fs::read_dir(folder.join("runs")).map_err(fault)? {
        let run = run.map_err(fault)?;
        let name = run.file_name().to_string_lossy().into_owned();
        if !run.path().is_dir() || name.starts_with('.') {
            continue;
        }
        for file in fs::read_dir(run.path()).map_err(fault)? {
            let file = file.map_err(fault)?;
            let path = format!("{name}/{}", file.file_name().to_string_lossy());
            files.insert(path, fs::read(file.path()).map_err(fault)?);
        }
    }
    Ok(files)
}

fn compare(
    wanted: &BTreeMap<String, Vec<u8>>,
    found: &BTreeMap<String, Vec<u8>>,
) -> Result<(), String> {
    if wanted.is_empty() {
        return Err("the run that nobody killed left no files".to_owned());
    }
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    if names(wanted) != names(found) {
        return Err(format!(
            "other files: {:?}, wanted {:?}",
            names(found),
            names(wanted)
        ));
    }
    let differ = wanted
        .iter()
        .find(|(name, bytes)| found.get(*name) != Some(bytes));
    differ.map_or(Ok(()), |(name, _)| {
        Err(format!("{name} has other bytes after a kill"))
    })
}
