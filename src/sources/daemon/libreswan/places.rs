//! Where a pluto keeps its control socket, its pid file and its log: from its command line (ipsec-pluto(8)) and its configuration.

use std::path::{Path, PathBuf};

use super::configuration::Setup;
use crate::sources::log::LogPlace;

/// Name of the program, as in `/proc/PID/comm`; also what it calls itself in the journal.
pub const PROGRAM: &str = "pluto";

/// Where a pluto that is told nothing else has its control socket and its pid file.
pub const RUN_DIRECTORY: &str = "/run/pluto";

const CONFIGURATION: &str = "/etc/ipsec.conf";

/// Where distributions install the program, and where `make install` does.
const PROGRAMS: [&str; 4] = [
    "/usr/libexec/ipsec/pluto",
    "/usr/lib/ipsec/pluto",
    "/usr/local/libexec/ipsec/pluto",
    "/usr/local/lib/ipsec/pluto",
];

/// The program, where it is still installed: this one, or where none is known one in its usual place.
pub fn installed(known: Option<&Path>) -> Option<PathBuf> {
    match known {
        Some(program) => Some(program.to_owned()).filter(|path| path.is_file()),
        None => PROGRAMS.iter().map(PathBuf::from).find(|path| path.is_file()),
    }
}

/// Where one pluto keeps things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Its control socket, for `whack --ctlsocket`.
    pub socket: PathBuf,
    /// The file with its process id.
    pub pid_file: PathBuf,
    /// Its configuration.
    pub configuration: PathBuf,
    /// Its log.
    pub log: LogPlace,
    /// `logip=`, where it is set.
    pub log_addresses: Option<bool>,
    /// Words of `plutodebug=`.
    pub debug: Vec<String>,
}

impl Default for Places {
    /// Where a pluto that is told nothing else keeps things.
    fn default() -> Self {
        Self::of_arguments(&[], None)
    }
}

impl Places {
    /// Where a pluto that was started by the distribution's unit keeps things; `unit` where one is known. Reads its configuration.
    pub fn usual(unit: Option<&str>) -> (Self, Option<String>) {
        let arguments = [PROGRAM, "--config", CONFIGURATION].map(str::to_owned);
        Self::of_command_line(&arguments, unit, None)
    }

    /// By its arguments alone (`/proc/PID/cmdline`, the program's name first): its log may be elsewhere.
    pub fn of_arguments(arguments: &[String], unit: Option<&str>) -> Self {
        Self::gather(arguments, unit, None, |_| Setup::default())
    }

    /// Where the pluto with these arguments keeps things. `unit` is the unit that runs it, `stderr` the file behind its standard error where
    /// that is a regular file (`/proc/PID/fd/2`). Reads the configuration, which may take seconds; also says what of that was left out.
    pub fn of_command_line(arguments: &[String], unit: Option<&str>, stderr: Option<&Path>) -> (Self, Option<String>) {
        let mut left_out = None;
        let places = Self::gather(arguments, unit, stderr, |path| {
            let setup = Setup::read(path);
            left_out = left_out.take().or_else(|| setup.left_out().map(str::to_owned));
            setup
        });
        (places, left_out)
    }

    fn gather(
        arguments: &[String],
        unit: Option<&str>,
        stderr: Option<&Path>,
        mut read: impl FnMut(&Path) -> Setup,
    ) -> Self {
        let mut run_directory = PathBuf::from(RUN_DIRECTORY);
        let mut socket = None;
        let mut configuration = PathBuf::from(CONFIGURATION);
        let mut log_file = None;
        let mut to_stderr = false;
        let mut log_addresses = None;
        let mut debug = Vec::new();
        let mut rest = arguments.iter().skip(1);
        while let Some(argument) = rest.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            let mut value = || value.clone().or_else(|| rest.next().cloned());
            // The later option wins, as in pluto itself.
            match name {
                "--rundir" => run_directory = value().map_or(run_directory, PathBuf::from),
                "--ctlsocket" => socket = value().map(PathBuf::from).or(socket),
                "--logfile" => log_file = value().map(PathBuf::from).or(log_file),
                "--stderrlog" => to_stderr = true,
                "--log-no-ip" => log_addresses = Some(false),
                "--debug" => debug.extend(value().iter().flat_map(|words| words_of(words))),
                "--config" => {
                    configuration = value().map_or(configuration, PathBuf::from);
                    let setup = read(&configuration);
                    log_file = setup.get("logfile").map(PathBuf::from).or(log_file);
                    log_addresses = setup.get("logip").map(|word| word != "no").or(log_addresses);
                    debug.extend(setup.get("plutodebug").into_iter().flat_map(words_of));
                }
                _ => {}
            }
        }
        let stderr = stderr.filter(|_| to_stderr).map(Path::to_path_buf);
        let log = match log_file.filter(|path| !path.as_os_str().is_empty()).or(stderr) {
            Some(path) => LogPlace::File(path),
            None => LogPlace::Journal { unit: unit.map(str::to_owned), identifier: PROGRAM.to_owned() },
        };
        Self {
            socket: socket.unwrap_or_else(|| run_directory.join("pluto.ctl")),
            pid_file: run_directory.join("pluto.pid"),
            configuration,
            log,
            log_addresses,
            debug,
        }
    }
}

/// `base,private` and `base private` alike.
fn words_of(list: &str) -> Vec<String> {
    list.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The version in the output of `ipsec --version` or `whack --version` (`Libreswan 4.10`, `Linux Libreswan v5.2 …`).
pub fn version_of(output: &str) -> Option<String> {
    let (_, rest) = output.split_once("Libreswan ")?;
    version_word(rest.strip_prefix("Version ").unwrap_or(rest))
}

/// `4.10` of `4.10 IKEv2 …`, of `v4.10` and of `U4.10/K6.12`.
pub(super) fn version_word(text: &str) -> Option<String> {
    let word = text.split([' ', '/', ')']).next()?.trim();
    let word = word.trim_start_matches(['v', 'U']);
    word.starts_with(|c: char| c.is_ascii_digit()).then(|| word.chars().take(64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(arguments: &[&str], unit: Option<&str>, stderr: Option<&str>) -> Places {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        Places::of_command_line(&arguments, unit, stderr.map(Path::new)).0
    }

    #[test]
    fn without_options_it_is_the_run_directory_and_the_journal() {
        let found = places(&["/usr/libexec/ipsec/pluto", "--leak-detective", "--nofork"], Some("ipsec.service"), None);
        assert_eq!(found.socket, Path::new("/run/pluto/pluto.ctl"));
        assert_eq!(found.pid_file, Path::new("/run/pluto/pluto.pid"));
        let journal = LogPlace::Journal { unit: Some("ipsec.service".into()), identifier: "pluto".into() };
        assert_eq!(found.log, journal);
    }

    #[test]
    fn options_are_read_in_both_spellings() {
        let found = places(&["pluto", "--rundir", "/run/a", "--logfile=/var/log/a.log"], None, None);
        assert_eq!(found.socket, Path::new("/run/a/pluto.ctl"));
        assert_eq!(found.log, LogPlace::File("/var/log/a.log".into()));
    }

    #[test]
    fn the_later_of_logfile_and_config_wins() {
        let dir = tempfile::tempdir().unwrap();
        let conf = dir.path().join("ipsec.conf");
        std::fs::write(&conf, "config setup\n\tlogfile=/from/config\n").unwrap();
        let conf = conf.to_str().unwrap();
        let log = |arguments: &[&str]| places(arguments, None, None).log.to_string();
        assert_eq!(log(&["pluto", "--config", conf]), "/from/config");
        assert_eq!(log(&["pluto", "--config", conf, "--logfile", "/x"]), "/x");
        assert_eq!(log(&["pluto", "--logfile", "/x", "--config", conf]), "/from/config");
    }

    #[test]
    fn standard_error_counts_only_when_told_to_log_there() {
        assert_eq!(places(&["pluto", "--stderrlog"], None, Some("/tmp/log")).log, LogPlace::File("/tmp/log".into()));
        assert!(matches!(places(&["pluto"], None, Some("/tmp/log")).log, LogPlace::Journal { .. }));
        assert!(matches!(places(&["pluto", "--stderrlog"], None, None).log, LogPlace::Journal { .. }));
    }

    #[test]
    fn an_option_without_its_value_changes_nothing() {
        assert_eq!(places(&["pluto", "--rundir"], None, None).socket, Path::new("/run/pluto/pluto.ctl"));
    }

    #[test]
    fn the_version_is_read_in_all_spellings() {
        for text in [
            "Libreswan 4.10\n",
            "Linux Libreswan v4.10 (XFRM) on 6.12",
            "Libreswan Version 4.10 IKEv2",
            "Linux Libreswan U4.10/K(no kernel code presently loaded) on 6.1",
        ] {
            assert_eq!(version_of(text).as_deref(), Some("4.10"), "{text}");
        }
        assert_eq!(version_of("strongSwan 5.9"), None);
    }
}
