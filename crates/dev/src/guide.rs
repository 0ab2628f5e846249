//! The guide: each of its console blocks is run, in their order and in one empty folder, and holds what came out.

use crate::findings::Findings;
use crate::readme::program;
use crate::tree::Tree;
use std::path::Path;
use std::process::Command;

const GUIDE: &str = "docs/guide.md";
const BEGIN: &str = "```console\n";
const END: &str = "```";

/// Compares the guide with what its commands print. A binary that is not built is said, not passed over.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) -> Result<(), String> {
    let Some(text) = tree.text(GUIDE) else {
        findings.fault(GUIDE, 0, "is missing");
        return Ok(());
    };
    let Some(program) = program()? else {
        findings.note(
            GUIDE,
            0,
            "its commands were NOT run: the program `beachhead` is not built beside `dev`",
        );
        return Ok(());
    };
    let run = rewritten(text, &program)?;
    if let Some(line) = (text.lines().zip(run.lines())).position(|(old, new)| old != new) {
        let fault =
            "is not what the program prints; run `cargo run --release -p beachhead-dev -- guide`";
        findings.fault(GUIDE, line + 1, fault);
    } else if text != run {
        findings.fault(GUIDE, 0, "lacks, or has too much of, what the program prints; run `cargo run --release -p beachhead-dev -- guide`");
    }
    findings.looked_at("the commands of docs/guide.md, all run");
    Ok(())
}

/// Runs the commands and writes what they print.
pub(crate) fn write(root: &Path) -> Result<(), String> {
    let path = root.join(GUIDE);
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("cannot read {GUIDE}: {error}"))?;
    let program = program()?
        .ok_or("the program `beachhead` is not built; run `cargo build --release` first")?;
    let new = rewritten(&text, &program)?;
    std::fs::write(&path, new).map_err(|error| format!("cannot write {GUIDE}: {error}"))
}

/// The page with the output of every block as it is now.
fn rewritten(text: &str, program: &Path) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let mut page = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, block)) = rest.split_once(BEGIN) {
        let (block, after) = block
            .split_once(&format!("\n{END}"))
            .ok_or_else(|| format!("{GUIDE} has a console block without an end"))?;
        page.push_str(before);
        page.push_str(BEGIN);
        for command in commands(block)? {
            page.push_str(&prompt(&command));
            for line in output(&command, program, folder.path())?.trim_end().lines() {
                page.push_str(line.trim_end());
                page.push('\n');
            }
        }
        page.push_str(END);
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// The commands of a block: a line after `$ `, and those after `> ` that go on with it.
fn commands(block: &str) -> Result<Vec<String>, String> {
    let mut commands: Vec<String> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.to_owned());
        } else if let (Some(more), Some(last)) = (continued(line), commands.last_mut()) {
            last.push('\n');
            last.push_str(more);
        }
    }
    if commands.is_empty() {
        return Err(format!(
            "{GUIDE} has a console block without a command: {block}"
        ));
    }
    Ok(commands)
}

/// What a line goes on with; an empty one has no blank behind its mark.
fn continued(line: &str) -> Option<&str> {
    line.strip_prefix("> ").or((line == ">").then_some(""))
}

fn prompt(command: &str) -> String {
    let lines: Vec<String> = command
        .lines()
        .map(|line| format!("> {line}").trim_end().to_owned())
        .collect();
    format!("${}\n", lines.join("\n").trim_start_matches('>'))
}

/// What a command prints, results and talk, in the folder; it must end well unless its output says otherwise.
fn output(command: &str, program: &Path, folder: &Path) -> Result<String, String> {
    let beside = program.parent().unwrap_or(Path::new("."));
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("exec 2>&1\n{command}"))
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", beside.display()))
        .env("NO_COLOR", "1")
        .env("LC_ALL", "C.UTF-8")
        .env_remove("COLUMNS")
        .output()
        .map_err(|error| format!("cannot run `{command}`: {error}"))?;
    let text = String::from_utf8(output.stdout)
        .map_err(|_| format!("`{command}` printed what is not UTF-8"))?;
    // A command shown for its error says so itself: `…; echo "exit $?"`.
    if output.status.success() {
        Ok(text)
    } else {
        Err(format!("`{command}` failed ({}):\n{text}", output.status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_what_its_commands_print() {
        let text = "a\n```console\n$ echo one\nold\n$ cat <<END\n>\n> two\n> END\n```\nb\n```text\n$ kept\n```\n";
        let page = rewritten(text, Path::new("none/beachhead")).unwrap();
        let wanted = "a\n```console\n$ echo one\none\n$ cat <<END\n>\n> two\n> END\n\ntwo\n```\nb\n```text\n$ kept\n```\n";
        assert_eq!(page, wanted);
        assert_eq!(rewritten(&page, Path::new("none/beachhead")).unwrap(), page);
    }

    #[test]
    fn a_command_that_fails_is_an_error() {
        let failing = "```console\n$ false\n```\n";
        assert!(rewritten(failing, Path::new("none/beachhead")).is_err());
        assert!(rewritten("```console\nnothing\n```\n", Path::new("x")).is_err());
    }
}
