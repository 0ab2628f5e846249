//! The sample in the README: what the program really prints for the bundled case.

use crate::findings::Findings;
use crate::tree::Tree;
use std::path::{Path, PathBuf};
use std::process::Command;

const README: &str = "README.md";
const BEGIN: &str = "<!-- sample:begin -->";
const END: &str = "<!-- sample:end -->";
const CASE: &str = "examples/xiaomi-us";

/// Compares the README with a run. A binary that is not built is said, not passed over.
pub(crate) fn check(root: &Path, tree: &Tree, findings: &mut Findings) -> Result<(), String> {
    let Some(text) = tree.text(README) else {
        findings.fault(README, 0, "is missing");
        return Ok(());
    };
    let written = match sample(text) {
        Ok(written) => written,
        Err(problem) => {
            findings.fault(README, 0, problem);
            return Ok(());
        }
    };
    let Some(program) = program()? else {
        findings.note(
            README,
            0,
            "the sample was NOT compared: the program `beachhead` is not built beside `dev`",
        );
        return Ok(());
    };
    if block(&run(root, &program)?) != written {
        findings.fault(README, 0, "the sample is not what the program prints; run `cargo run --release -p beachhead-dev -- readme`");
    }
    findings.looked_at("the sample in the README, against a run");
    Ok(())
}

/// Writes the sample anew.
pub(crate) fn write(root: &Path) -> Result<(), String> {
    let path = root.join(README);
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("cannot read {README}: {error}"))?;
    let program = program()?
        .ok_or("the program `beachhead` is not built; run `cargo build --release` first")?;
    let new = replaced(&text, &block(&run(root, &program)?))?;
    std::fs::write(&path, new).map_err(|error| format!("cannot write {README}: {error}"))
}

/// The binary `beachhead` beside this one.
pub(crate) fn program() -> Result<Option<PathBuf>, String> {
    let own =
        std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    let name = format!("beachhead{}", std::env::consts::EXE_SUFFIX);
    Ok(Some(own.with_file_name(name)).filter(|path| path.is_file()))
}

/// What the program prints for the bundled case, run in an empty folder so that nothing stored is shown again.
fn run(root: &Path, program: &Path) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let output = Command::new(program)
        .arg("run")
        .arg(root.join(CASE))
        .args(["--draws", "1"])
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .output()
        .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "`beachhead run {CASE}` failed ({}):\n{message}",
            output.status
        ));
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|_| "the program printed what is not UTF-8".to_string())?;
    // The scenario is given by its full path here, and by its relative one in the README.
    Ok(text.replace(&format!("{}/", root.display()), ""))
}

fn block(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().map(str::trim_end).collect();
    format!("```text\n{}\n```", lines.join("\n"))
}

/// The text between the marks.
fn sample(text: &str) -> Result<&str, String> {
    let problem = || format!("has no sample between {BEGIN} and {END}");
    let (_, rest) = text.split_once(BEGIN).ok_or_else(problem)?;
    let (inside, _) = rest.split_once(END).ok_or_else(problem)?;
    Ok(inside.trim())
}

fn replaced(text: &str, block: &str) -> Result<String, String> {
    sample(text).map_err(|problem| format!("{README} {problem}"))?;
    let (before, rest) = text.split_once(BEGIN).unwrap_or((text, ""));
    let (_, after) = rest.split_once(END).unwrap_or(("", rest));
    Ok(format!("{before}{BEGIN}\n{block}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "a\n<!-- sample:begin -->\nold\n<!-- sample:end -->\nb\n";

    #[test]
    fn what_is_written_is_what_is_compared() {
        let new = block("one  \ntwo\n\n");
        let page = replaced(PAGE, &new).unwrap();
        assert_eq!(sample(&page).unwrap(), new);
        assert_eq!(sample(PAGE).unwrap(), "old");
        assert!(page.starts_with("a\n") && page.ends_with("\nb\n"));
        assert_eq!(replaced(&page, &new).unwrap(), page);
    }

    #[test]
    fn a_page_without_marks_is_an_error() {
        assert!(sample("nothing").is_err());
        assert!(replaced("<!-- sample:begin --> only", "x").is_err());
    }
}
