//! Where a daemon keeps things.

use std::path::{Path, PathBuf};

use super::{LogPlace, Settings};

/// Where one running daemon keeps things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonPaths {
    /// Its control socket.
    pub socket: PathBuf,
    /// The file with its process id, where one that is left over keeps the next from starting.
    pub pid_file: Option<PathBuf>,
    /// Where its connections are written down.
    pub configuration: PathBuf,
    pub log: LogPlace,
    /// Whether it writes addresses to its log, where that is set.
    pub log_addresses: Option<bool>,
    /// What it was told to debug.
    pub debug: Vec<String>,
}

/// What shows that a process is the one behind a control socket that is root's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The pid file beside it. Whoever connects keeps the daemon waiting.
    PidFile,
    /// The kernel's word to whoever connects (unix(7), `SO_PEERCRED`). A connection that says nothing is nothing to the daemon.
    Listener,
}

/// Which threads of a daemon do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkThreads {
    /// The main one: while it works, nothing else is done.
    Main,
    /// Any; the main one waits.
    All,
}

/// A program that has a daemon load its connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loader {
    /// Where distributions put it.
    pub programs: &'static [&'static str],
    pub arguments: Vec<String>,
}

/// What a kind of daemon is called, and where it keeps things.
pub trait DaemonPlaces {
    /// What people call it.
    fn process_name(&self) -> &'static str;

    /// Names of its process, as in `/proc/PID/comm`; also what it calls itself in the journal.
    fn process_names(&self) -> &'static [&'static str];

    /// Name of a process that starts it again and again, and is the main one of its unit; none where there is no such.
    fn starter_name(&self) -> Option<&'static str>;

    /// The units that may run it where nothing else is known, the likeliest first.
    fn usual_units(&self) -> &'static [&'static str];

    /// Whether a unit with this command (`ExecStart=`) runs this daemon, and no other.
    fn is_run_by(&self, command: &[String]) -> bool;

    /// Who does its work.
    fn threads(&self) -> WorkThreads;

    /// What proves its process.
    fn proof(&self) -> Proof;

    /// Where its control socket may be, if it is told nothing else, the likeliest first.
    fn usual_sockets(&self) -> &'static [&'static str];

    /// Whether a listening socket with this path may be its control socket, wherever that was put.
    fn is_socket_name(&self, path: &Path) -> bool;

    /// It binds IKE's port at each address of the host apart, and not once at all of them.
    fn binds_each_address(&self) -> bool;

    /// Where it has its control socket and its pid file if it is told nothing else.
    fn run_directory(&self) -> &'static Path;

    /// What has one that was just started load its connections, where it does not by itself; the control socket stands behind it.
    fn loader(&self, socket: &Path) -> Option<Loader>;

    /// Where distributions install it.
    fn programs(&self) -> &'static [&'static str];

    /// The pid file of the daemon with this control socket; where it has none, nothing is there.
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
