//! Speaking: results to standard output, everything else to standard error.

use crate::failure::Failure;
use crate::paint;
use crate::shown;
use crate::typed::Flags;
use beachhead_workbench::diagnostic::Diagnostic;
use beachhead_workbench::run::job::Progress;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

/// How often a bar moves without news.
const TICK: Duration = Duration::from_millis(120);

/// Both streams, with what the user asked of them.
#[derive(Debug)]
pub(crate) struct Talk {
    quiet: bool,
    colour: bool,
    /// Whether people read standard error on a terminal: there lines break at the width; what goes elsewhere keeps its lines whole.
    breaks: bool,
}

impl Talk {
    pub(crate) fn new(flags: &Flags) -> Self {
        Self {
            quiet: flags.quiet,
            colour: paint::is_wanted(&io::stderr()),
            breaks: io::stderr().is_terminal(),
        }
    }

    /// Writes results.
    pub(crate) fn result(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)
            .and_then(|()| out.flush())
            .map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
                _ => Failure::Environment(format!("cannot write to standard output: {error}")),
            })
    }

    /// Writes results that people read: tables and sentences, coloured where standard output shows colours.
    pub(crate) fn tell(&self, text: &str) -> Result<(), Failure> {
        if paint::is_wanted(&io::stdout()) {
            self.result(paint::painted(text).as_bytes())
        } else {
            self.result(text.as_bytes())
        }
    }

    /// Says something that is no result, unless asked to be quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.say_broken(text, &|line| shown::hung(line, "  "));
        }
    }

    /// Says something that is not wrong but should be known, unless asked to be quiet.
    pub(crate) fn warning(&self, warning: &Diagnostic) {
        if !self.quiet {
            self.say_broken(warning.render(self.colour).trim_end(), &said);
        }
    }

    /// Says why a command stopped.
    pub(crate) fn failure(&self, failure: &Failure) {
        match failure {
            Failure::Input(text) | Failure::Environment(text) => {
                let label = if self.colour {
                    "\u{1b}[1;31merror\u{1b}[0m"
                } else {
                    "error"
                };
                self.say(&format!("{label}: {text}"));
            }
            Failure::Scenario(diagnostics) => self.say(diagnostics.render(self.colour).trim_end()),
            Failure::Interrupted(left) => self.say(&format!("interrupted; {left}")),
            Failure::ClosedPipe => {}
        }
    }

    /// A bar on a terminal, silence elsewhere.
    pub(crate) fn progress(&self) -> Bar {
        let shown = !self.quiet && io::stderr().is_terminal();
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Bar(ProgressBar::with_draw_target(None, target))
    }

    /// Says lines, each broken where a terminal shows them.
    fn say_broken(&self, text: &str, broken: &dyn Fn(&str) -> String) {
        if self.breaks {
            let lines: Vec<String> = text.lines().map(broken).collect();
            self.say(&lines.join("\n"));
        } else {
            self.say(text);
        }
    }

    fn say(&self, text: &str) {
        // Nothing can be said about a closed standard error.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// A line of a diagnostic within the width: what is said of a place breaks between words, the place and its text stay as they are.
fn said(line: &str) -> String {
    let bare = shown::bare(line);
    let indented = bare.trim_start();
    if indented.starts_with("= ") {
        let blank = " ".repeat(bare.len() - indented.len() + 2);
        return shown::hung(line, &blank);
    }
    match bare.starts_with("warning: ") {
        true => shown::hung(line, "  "),
        false => line.to_owned(),
    }
}

/// Progress with an estimate of the time left.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// Says something beside the bar.
    pub(crate) fn note(&self, talk: &Talk, text: &str) {
        self.0.suspend(|| talk.note(text));
    }
}

impl Progress for Bar {
    fn stage(&self, name: &str, steps: u64) {
        let template = "{msg} {wide_bar} {pos}/{len} {left}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style.with_key("left", time_left));
        }
        self.0.reset();
        self.0.set_length(steps);
        self.0.set_message(name.to_owned());
        if !self.0.is_hidden() {
            self.0.enable_steady_tick(TICK);
        }
    }

    fn advance(&self, steps: u64) {
        self.0.inc(steps);
    }

    fn tell(&self, text: &str) {
        // No length, no bar: what is known, and for how long.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            self.0.set_style(style);
        }
        self.0.unset_length();
        self.0.set_message(text.to_owned());
        if !self.0.is_hidden() {
            self.0.enable_steady_tick(TICK);
        }
    }

    fn skip(&self, steps: u64) {
        self.0.inc(steps);
        self.0.reset_eta();
    }
}

/// The estimate once there is one: nothing is known before the first step is done.
fn time_left(state: &ProgressState, out: &mut dyn fmt::Write) {
    let (done, all) = (state.pos(), state.len().unwrap_or(0));
    let left = state.eta();
    let text = match (done, left.is_zero() && done < all) {
        (0, _) | (_, true) => format!("{} so far", HumanDuration(state.elapsed())),
        _ => format!("{} left", HumanDuration(left)),
    };
    // A bar that cannot be written is no fault of the run.
    let _ = out.write_str(&text);
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
