//! Kills a run at random moments and interrupts it in each stage, goes on with the same command, and compares the bytes with a
//! run that nobody stopped.
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

/// Draws of it.
const DRAWS: usize = 200;

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

/// What a run does, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The market at central values is solved, and its answers to assumptions are measured.
    Calibration,
    /// Draws are computed.
    Draws,
    /// All draws are there and are asked what decides.
    Analysis,
}

/// Looks at a stage, and how often a run is begun anew that was through with one before it was seen in it.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
const TRIES: usize = 20;

/// Interrupts a run of `program` in an empty `folder` once in each stage, going on with the same command each time. How long
/// each took to stop.
pub(crate) fn interrupt(program: &Path, folder: &Path) -> Result<Vec<(Stage, Duration)>, String> {
    let (calm, rough) = (folder.join("calm"), folder.join("rough"));
    for place in [&calm, &rough] {
        fs::create_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
        finish(start(program, place, &["new", "market"])?)?;
    }
    finish(start(program, &calm, &RUN)?)?;
    let mut stops = Vec::new();
    for stage in [Stage::Calibration, Stage::Draws, Stage::Analysis] {
        let mut stopped = None;
        for _ in 0..TRIES {
            stopped = interrupted_in(stage, program, &rough)?;
            if stopped.is_some() {
                break;
            }
            // It was too quick to be seen: begin anew.
            fs::remove_dir_all(rough.join("runs")).map_err(|error| format!("runs: {error}"))?;
        }
        stops.push((stage, stopped.ok_or(format!("{stage:?} was never seen"))?));
    }
    finish(start(program, &rough, &RUN)?)?;
    compare(&exported(&calm)?, &exported(&rough)?)?;
    Ok(stops)
}

/// Begins or goes on with the run and interrupts it in a stage; how long it took to stop, none if it ended before.
fn interrupted_in(stage: Stage, program: &Path, folder: &Path) -> Result<Option<Duration>, String> {
    let mut child = start(program, folder, &RUN)?;
    let before = draws_stored(program, folder)?;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return match status.success() {
                true => Ok(None),
                false => Err(format!("ended with {status} before it was interrupted")),
            };
        }
        // It listens to interrupts when it takes its lock.
        let is_there = folder.join("runs/.locks").exists();
        let done = draws_stored(program, folder)?;
        let is_in = match stage {
            Stage::Calibration => is_there && done == 0,
            Stage::Draws => done > before && done < DRAWS,
            Stage::Analysis => done == DRAWS,
        };
        if is_in {
            break;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    let begin = Instant::now();
    let id = child.id().to_string();
    let told = Command::new("kill").args(["-INT", &id]).status();
    told.map_err(|error| format!("cannot run kill: {error}"))?;
    let status = child.wait().map_err(|error| error.to_string())?;
    match status.code() {
        Some(130) => Ok(Some(begin.elapsed())),
        Some(0) => Ok(None),
        _ => Err(format!("interrupted in {stage:?} it ended with {status}")),
    }
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
