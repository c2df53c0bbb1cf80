//! Where a charon keeps its control socket, its pid file and its log (strongswan.conf(5)).

use std::path::{Path, PathBuf};

use super::Strongswan;
use crate::daemons::{DaemonPaths, DaemonPlaces, LogPlace, Settings};

const PROGRAM: &str = "charon-systemd";

const RUN_DIRECTORY: &str = "/run";

const CONFIGURATION: &str = "/etc/strongswan.conf";

impl DaemonPlaces for Strongswan {
    fn process_name(&self) -> &'static str {
        PROGRAM
    }

    fn usual_unit(&self) -> &'static str {
        "strongswan.service"
    }

    fn run_directory(&self) -> &'static Path {
        Path::new(RUN_DIRECTORY)
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "/usr/sbin/charon-systemd",
            "/usr/lib/ipsec/charon",
            "/usr/libexec/strongswan/charon",
            "/usr/libexec/ipsec/charon",
        ]
    }

    fn pid_file_beside(&self, socket: &Path) -> PathBuf {
        socket.with_file_name("charon.pid")
    }

    fn configuration(&self) -> &'static str {
        "swanctl.conf"
    }

    fn own_log(&self) -> &'static str {
        "a section under filelog in strongswan.conf"
    }

    fn usual_arguments(&self) -> Vec<String> {
        vec![PROGRAM.to_owned()]
    }

    fn paths(
        &self,
        _arguments: &[String],
        unit: Option<&str>,
        _stderr: Option<&Path>,
        _read: &mut dyn FnMut(&Path) -> Settings,
    ) -> DaemonPaths {
        DaemonPaths {
            socket: Path::new(RUN_DIRECTORY).join("charon.vici"),
            pid_file: Path::new(RUN_DIRECTORY).join("charon.pid"),
            configuration: PathBuf::from(CONFIGURATION),
            log: LogPlace::Journal { unit: unit.map(str::to_owned), identifier: PROGRAM.to_owned() },
            log_addresses: None,
            debug: Vec::new(),
        }
    }
}
