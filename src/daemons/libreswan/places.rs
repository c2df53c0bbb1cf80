//! Where a pluto keeps its control socket, its pid file and its log: from its command line (ipsec-pluto(8)) and its configuration.

use std::path::{Path, PathBuf};

use super::Libreswan;
use crate::daemons::{DaemonPaths, DaemonPlaces, Loader, LogPlace, Proof, Settings, WorkThreads};

/// Name of the program, as in `/proc/PID/comm`; also what it calls itself in the journal.
const PROGRAM: &str = "pluto";

const RUN_DIRECTORY: &str = "/run/pluto";

const PID_FILE: &str = "pluto.pid";

pub(super) const CONFIGURATION: &str = "/etc/ipsec.conf";

impl DaemonPlaces for Libreswan {
    fn process_name(&self) -> &'static str {
        PROGRAM
    }

    fn process_names(&self) -> &'static [&'static str] {
        &[PROGRAM]
    }

    fn starter_name(&self) -> Option<&'static str> {
        None
    }

    /// Debian, Fedora, upstream.
    fn usual_units(&self) -> &'static [&'static str] {
        &["ipsec.service"]
    }

    fn is_run_by(&self, command: &[String]) -> bool {
        command.first().is_some_and(|program| Path::new(program).ends_with(PROGRAM))
    }

    fn threads(&self) -> WorkThreads {
        WorkThreads::Main
    }

    /// It reads what a connection sends, and waits until it comes.
    fn proof(&self) -> Proof {
        Proof::PidFile
    }

    fn usual_sockets(&self) -> &'static [&'static str] {
        &["/run/pluto/pluto.ctl"]
    }

    fn is_socket_name(&self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "ctl")
    }

    fn binds_each_address(&self) -> bool {
        true
    }

    fn run_directory(&self) -> &'static Path {
        Path::new(RUN_DIRECTORY)
    }

    /// Its start scripts run addconn(8).
    fn loader(&self, _socket: &Path) -> Option<Loader> {
        None
    }

    /// And where `make install` does.
    fn programs(&self) -> &'static [&'static str] {
        &[
            "/usr/libexec/ipsec/pluto",
            "/usr/lib/ipsec/pluto",
            "/usr/local/libexec/ipsec/pluto",
            "/usr/local/lib/ipsec/pluto",
        ]
    }

    fn pid_file_beside(&self, socket: &Path) -> PathBuf {
        socket.with_file_name(PID_FILE)
    }

    fn configuration(&self) -> &'static str {
        "ipsec.conf"
    }

    fn own_log(&self) -> &'static str {
        "logfile=/var/log/pluto.log under 'config setup' in ipsec.conf"
    }

    fn usual_arguments(&self) -> Vec<String> {
        [PROGRAM, "--config", CONFIGURATION].map(str::to_owned).into()
    }

    fn paths(
        &self,
        arguments: &[String],
        unit: Option<&str>,
        stderr: Option<&Path>,
        read: &mut dyn FnMut(&Path) -> Settings,
    ) -> DaemonPaths {
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
        DaemonPaths {
            socket: socket.unwrap_or_else(|| run_directory.join("pluto.ctl")),
            pid_file: Some(run_directory.join(PID_FILE)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn places(arguments: &[&str], unit: Option<&str>, stderr: Option<&str>) -> DaemonPaths {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        Libreswan.paths(&arguments, unit, stderr.map(Path::new), &mut |path| {
            let mut settings = Settings::default();
            if path == Path::new("/etc/x.conf") {
                settings.set("logfile", "/from/config".to_owned());
            }
            settings
        })
    }

    #[test]
    fn without_options_it_is_the_run_directory_and_the_journal() {
        let found = places(&["/usr/libexec/ipsec/pluto", "--leak-detective", "--nofork"], Some("ipsec.service"), None);
        assert_eq!(found.socket, Path::new("/run/pluto/pluto.ctl"));
        assert_eq!(found.pid_file.as_deref(), Some(Path::new("/run/pluto/pluto.pid")));
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
        let conf = "/etc/x.conf";
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
}
