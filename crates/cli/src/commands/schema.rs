//! `beachhead schema`: what `scenario.toml` may say, for editors.

use crate::failure::Failure;
use crate::shown;
use crate::talk::Talk;

pub(super) fn run(talk: &Talk) -> Result<(), Failure> {
    talk.result(&shown::json(&beachhead_workbench::scenario::schema())?)
}
