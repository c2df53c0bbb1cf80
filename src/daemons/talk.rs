//! How a daemon is asked, and made to do something.

use std::ffi::OsString;
use std::fmt::Debug;
use std::path::Path;

use crate::model::{Answer, Question, Step};

#[derive(Clone, Copy, Debug)]
pub enum Talk {
    /// A program that is run for each question.
    Program(&'static dyn AskedByProgram),
    /// Over its control socket, by ourselves.
    Vici,
}

/// A daemon that is asked through a program of its own package.
pub trait AskedByProgram: Debug + Send + Sync {
    /// Where distributions put the program.
    fn usual_programs(&self) -> &'static [&'static str];

    /// What is run where it is in none of these places: a name to be searched for, and its first arguments.
    fn fallback(&self) -> (&'static str, &'static [&'static str]);

    /// Arguments that show the program's version without touching the daemon.
    fn version_arguments(&self) -> Vec<OsString>;

    /// The version in what it shows then.
    fn version_of(&self, output: &str) -> Option<String>;

    /// The arguments for a question to the daemon behind this control socket.
    fn question(&self, question: Question, socket: &Path, version: Option<&str>) -> Vec<OsString>;

    /// The arguments for a step of a remedy; none where it is not the daemon's to do.
    fn step(&self, step: &Step, socket: &Path, version: Option<&str>) -> Option<Vec<OsString>>;

    /// The answer in its output, and how many lines were not understood.
    fn answer(&self, question: Question, output: &[u8]) -> (Answer, u32);
}
