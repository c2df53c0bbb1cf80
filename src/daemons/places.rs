//! Where a daemon keeps things.

use std::path::{Path, PathBuf};

use super::{LogPlace, Settings};

/// Where one running daemon keeps things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonPaths {
    /// Its control socket.
    pub socket: PathBuf,
    /// The file with its process id.
    pub pid_file: PathBuf,
    pub configuration: PathBuf,
    pub log: LogPlace,
    /// Whether it writes addresses to its log, where that is set.
    pub log_addresses: Option<bool>,
    /// What it was told to debug.
    pub debug: Vec<String>,
}

/// What a kind of daemon is called, and where it keeps things.
pub trait DaemonPlaces {
    /// Name of its process, as in `/proc/PID/comm`; also what it calls itself in the journal.
    fn process_name(&self) -> &'static str;

    /// The unit that runs it where nothing else is known.
    fn usual_unit(&self) -> &'static str;

    /// Where it has its control socket and its pid file if it is told nothing else.
    fn run_directory(&self) -> &'static Path;

    /// Where distributions install it.
    fn programs(&self) -> &'static [&'static str];

    /// The pid file of the daemon with this control socket.
    fn pid_file_beside(&self, socket: &Path) -> PathBuf;

    /// What people call its configuration.
    fn configuration(&self) -> &'static str;

    /// What has it write a log that nobody else writes into.
    fn own_log(&self) -> &'static str;

    /// The arguments with which its distribution starts it, the program's name first.
    fn usual_arguments(&self) -> Vec<String>;

    /// Where the daemon with these arguments (`/proc/PID/cmdline`, the program's name first) keeps things. `unit` is the unit that runs it,
    /// `stderr` the file behind its standard error where that is a regular file (`/proc/PID/fd/2`); `read` reads a configuration.
    fn paths(
        &self,
        arguments: &[String],
        unit: Option<&str>,
        stderr: Option<&Path>,
        read: &mut dyn FnMut(&Path) -> Settings,
    ) -> DaemonPaths;

    /// By its arguments alone: its log may be elsewhere.
    fn paths_by_arguments(&self, arguments: &[String], unit: Option<&str>) -> DaemonPaths {
        self.paths(arguments, unit, None, &mut |_| Settings::default())
    }
}
