//! Speaking with the daemon and reading its configuration: what it is told and how its words are read is its dialect's matter.

mod caller;
mod command;
pub mod configuration;
mod coverage;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod includes;
mod meanwhile;
mod program;
mod talks;
mod vici;
mod worked;

pub use self::caller::{CalledDaemon, Caller};

use std::path::{Path, PathBuf};

use crate::daemons::{Dialect, Talk};

/// The daemon's version by the program that asks it, as both are of one package; `program` where it is not in its usual place. The daemon is
/// not asked.
pub async fn version(dialect: &dyn Dialect, program: Option<PathBuf>) -> Option<String> {
    match dialect.talk() {
        Talk::Program(by) => program::Program::of(by, program).version().await,
        Talk::Vici => None,
    }
}

/// The daemon's program, where it is still installed: this one, or where none is known one in its usual place.
pub fn installed(dialect: &dyn Dialect, known: Option<&Path>) -> Option<PathBuf> {
    match known {
        Some(program) => Some(program.to_owned()).filter(|path| path.is_file()),
        None => dialect.programs().iter().map(PathBuf::from).find(|path| path.is_file()),
    }
}
