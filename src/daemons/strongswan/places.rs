//! Where a charon keeps its control socket and its pid file, and what it is called (strongswan.conf(5), ipsec(8)).

use std::path::{Path, PathBuf};

use super::Strongswan;
use super::logs::{debug_words, log_place};
use super::sections::{CHARON, SYSTEMD, Sections};
use crate::daemons::{DaemonPaths, DaemonPlaces, Loader, Proof, Settings, WorkThreads};

const STARTER: &str = "starter";

const RUN_DIRECTORY: &str = "/run";

const PID_FILE: &str = "/run/charon.pid";

/// The environment's `STRONGSWAN_CONF` is closed to others.
const CONFIGURATION: &str = "/etc/strongswan.conf";

/// `${piddir}` of Debian and upstream, of Fedora, and where an older one was built otherwise.
const SOCKETS: [&str; 3] = ["/run/charon.vici", "/run/strongswan/charon.vici", "/var/run/charon.vici"];

/// What swanctl loads connections from (swanctl(8)).
pub(super) const SWANCTL_CONF: &str = "/etc/swanctl/swanctl.conf";

impl DaemonPlaces for Strongswan {
    fn process_name(&self) -> &'static str {
        CHARON
    }

    fn process_names(&self) -> &'static [&'static str] {
        &[SYSTEMD, CHARON]
    }

    fn starter_name(&self) -> Option<&'static str> {
        Some(STARTER)
    }

    /// Debian's starter package calls its unit by the other daemon's name, too.
    fn usual_units(&self) -> &'static [&'static str] {
        &["strongswan.service", "strongswan-starter.service", "ipsec.service"]
    }

    /// `charon-systemd`, `starter --nofork`, `ipsec start --nofork`.
    fn is_run_by(&self, command: &[String]) -> bool {
        let [program, arguments @ ..] = command else { return false };
        let is = |name| Path::new(program).ends_with(name);
        let starts = |name| is(name) && arguments.iter().any(|word| word == "start");
        is(SYSTEMD) || is(CHARON) || is(STARTER) || starts("ipsec") || starts("strongswan")
    }

    fn threads(&self) -> WorkThreads {
        WorkThreads::All
    }

    /// One thread serves all connections, and an idle one costs nothing (libcharon/plugins/vici).
    fn proof(&self) -> Proof {
        Proof::Listener
    }

    fn usual_sockets(&self) -> &'static [&'static str] {
        &SOCKETS
    }

    fn is_socket_name(&self, path: &Path) -> bool {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains("vici"))
    }

    /// One socket for all addresses of a family (libcharon/plugins/socket_default).
    fn binds_each_address(&self) -> bool {
        false
    }

    fn run_directory(&self) -> &'static Path {
        Path::new(RUN_DIRECTORY)
    }

    /// As its unit does in ExecStartPost= (swanctl(8)).
    fn loader(&self, socket: &Path) -> Option<Loader> {
        let address = format!("unix://{}", socket.display());
        Some(Loader {
            programs: &["/usr/sbin/swanctl", "/sbin/swanctl", "/usr/bin/swanctl", "/usr/local/sbin/swanctl"],
            arguments: ["--load-all", "--noprompt", "--uri", &address].map(str::to_owned).into(),
        })
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "/usr/sbin/charon-systemd",
            "/usr/lib/ipsec/charon",
            "/usr/libexec/strongswan/charon",
            "/usr/libexec/ipsec/charon",
        ]
    }

    fn pid_file_beside(&self, _socket: &Path) -> PathBuf {
        PathBuf::from(PID_FILE)
    }

    fn configuration(&self) -> &'static str {
        "swanctl.conf"
    }

    fn own_log(&self) -> &'static str {
        "a section under filelog in strongswan.conf"
    }

    fn usual_arguments(&self) -> Vec<String> {
        vec![SYSTEMD.to_owned()]
    }

    fn paths(
        &self,
        arguments: &[String],
        unit: Option<&str>,
        stderr: Option<&Path>,
        read: &mut dyn FnMut(&Path) -> Settings,
    ) -> DaemonPaths {
        let settings = read(Path::new(CONFIGURATION));
        let sections = Sections::of(&settings, is_systemds(arguments));
        DaemonPaths {
            socket: socket(&sections),
            // A stale one keeps no charon from starting (charon/charon.c, `check_pidfile`).
            pid_file: None,
            configuration: PathBuf::from(SWANCTL_CONF),
            log: log_place(&sections, unit, stderr),
            log_addresses: None,
            debug: debug_words(&sections),
        }
    }
}

/// What a process with these arguments is called; the likelier one where they are not known.
fn is_systemds(arguments: &[String]) -> bool {
    arguments.first().is_none_or(|program| program.is_empty() || Path::new(program).ends_with(SYSTEMD))
}

/// `unix:///run/charon.vici`. Another kind of address is no path, and nobody is believed to be there.
fn socket(sections: &Sections<'_>) -> PathBuf {
    let named = sections.get("plugins.vici.socket");
    let usual = || SOCKETS.first().copied().unwrap_or_default();
    PathBuf::from(named.map_or_else(usual, |named| named.strip_prefix("unix://").unwrap_or(named)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(lines: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        lines.iter().for_each(|(name, value)| settings.set(name, (*value).to_owned()));
        settings
    }

    fn places(program: &str, lines: &[(&str, &str)]) -> DaemonPaths {
        Strongswan.paths(&[program.to_owned()], None, None, &mut |path| {
            assert_eq!(path, Path::new(CONFIGURATION));
            settings(lines)
        })
    }

    #[test]
    fn charon_systemd_has_a_section_of_its_own_before_charons() {
        let none = places("/usr/sbin/charon-systemd", &[]);
        assert_eq!((none.socket.as_path(), none.pid_file), (Path::new("/run/charon.vici"), None));
        let lines = [
            ("charon.plugins.vici.socket", "unix:///run/a.vici"),
            ("charon-systemd.plugins.vici.socket", "unix:///run/b.vici"),
        ];
        assert_eq!(places("charon-systemd", &lines).socket, Path::new("/run/b.vici"));
        assert_eq!(places("charon-systemd", &lines[..1]).socket, Path::new("/run/a.vici"));
        assert_eq!(places("/usr/lib/ipsec/charon", &lines).socket, Path::new("/run/a.vici"));
        let elsewhere = places("charon", &[("charon.plugins.vici.socket", "tcp://127.0.0.1:4502")]);
        assert!(elsewhere.socket.is_relative());
    }

    #[test]
    fn a_unit_is_known_by_its_command() {
        let is =
            |words: &[&str]| Strongswan.is_run_by(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert!(is(&["/usr/sbin/charon-systemd"]));
        assert!(is(&["/usr/sbin/ipsec", "start", "--nofork"]));
        assert!(is(&["/usr/libexec/ipsec/starter", "--daemon", "charon", "--nofork"]));
        assert!(!is(&["/usr/libexec/ipsec/pluto", "--config", "/etc/ipsec.conf", "--nofork"]));
        assert!(!is(&["/usr/sbin/ipsec", "addconn"]) && !is(&[]));
    }
}
