//! How a daemon is known: by its process, or, where `/proc` does not show that, by its control socket alone.

use serde::{Deserialize, Serialize};

/// How a daemon is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KnownBy {
    /// `/proc` shows it.
    Process {
        pid: u32,
        /// Its start in clock ticks after boot (proc(5), `starttime`): tells two processes with one pid apart.
        start_ticks: u64,
    },
    /// It listens at the control socket that the configuration names, and `/proc` does not show it: it is in another PID namespace.
    /// It can be asked, and no more: it has no number here, no unit, and nobody here restarts or signals it.
    Socket {
        /// Number in sockfs of the socket that listens (sock_diag(7)): tells two daemons at one path apart.
        listener: u32,
    },
}

/// One look at a listening control socket. Sent while connections wait on it from one look to the next, and once when that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerLook {
    /// The socket's number.
    pub listener: u32,
    /// Connections that wait to be accepted.
    pub waiting: u64,
}

/// A daemon that was known by its control socket is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerLoss {
    /// The socket's number.
    pub listener: u32,
    /// How that shows.
    pub how: ListenerEnd,
}

/// How it shows that a daemon is gone from its control socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerEnd {
    /// The socket's file is gone.
    FileGone,
    /// The file is there, and nobody listens.
    NobodyListens,
    /// Another socket listens there now.
    Replaced,
    /// What is there now is not root's alone.
    NotRoots,
}

impl KnownBy {
    /// The number of its process, where that is known.
    pub const fn pid(self) -> Option<u32> {
        match self {
            Self::Process { pid, .. } => Some(pid),
            Self::Socket { .. } => None,
        }
    }

    /// Its control socket alone is known.
    pub const fn is_by_socket(self) -> bool {
        matches!(self, Self::Socket { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Daemon;
    use super::*;

    const OLD: &str = r#"{"kind":"libreswan","pid":17,"start_ticks":12,"since":"2023-11-14T22:30:00.000180Z","version":null,"unit":null,"log":"journal","socket":"/run/pluto/pluto.ctl","log_addresses":null,"debug":[]}"#;

    #[test]
    fn a_daemon_that_was_recorded_before_is_known_by_its_process_and_written_as_it_was() {
        let daemon: Daemon = serde_json::from_str(OLD).unwrap();
        assert_eq!(daemon.known, KnownBy::Process { pid: 17, start_ticks: 12 });
        assert_eq!(serde_json::to_string(&daemon).unwrap(), OLD);
        let known = KnownBy::Socket { listener: 4711 };
        assert_eq!((known.pid(), daemon.pid()), (None, Some(17)));
        let daemon = Daemon { known, ..daemon };
        let text = serde_json::to_string(&daemon).unwrap();
        assert!(!text.contains("pid"), "{text}");
        assert_eq!(serde_json::from_str::<Daemon>(&text).unwrap(), daemon);
    }

    #[test]
    fn one_that_is_neither_is_none() {
        for text in [OLD.replace("\"pid\":17,", ""), OLD.replace("\"start_ticks\":12,", "")] {
            assert!(serde_json::from_str::<Daemon>(&text).is_err(), "{text}");
        }
    }
}
