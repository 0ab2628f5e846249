//! `beachhead completions`: a script for a shell.

use crate::failure::Failure;
use crate::talk::Talk;
use crate::typed::Typed;
use clap::CommandFactory;

pub(super) fn run(shell: clap_complete::Shell, talk: &Talk) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Typed::command(), "beachhead", &mut script);
    talk.result(&script)
}
