//! The daemon's process, seen from outside.

use serde::{Deserialize, Serialize};

use super::{DaemonKind, KnownBy, RealTime};

/// A daemon that runs in the watched namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Daemon {
    pub kind: DaemonKind,
    /// How it is known.
    #[serde(flatten)]
    pub known: KnownBy,
    /// Start of the process; where it is known by its control socket, when that was bound.
    pub since: RealTime,
    /// Its version, where it was asked or found (`4.10`).
    pub version: Option<String>,
    /// The unit that runs it, by its cgroup.
    pub unit: Option<String>,
    /// Where its log goes, in words: a file's path or `journal`.
    pub log: String,
    /// Its control socket.
    pub socket: String,
    /// `logip=`, where its configuration says.
    #[serde(default)]
    pub log_addresses: Option<bool>,
    /// What it was told to debug, in its own words.
    #[serde(default)]
    pub debug: Vec<String>,
}

impl Daemon {
    /// The number of its process, where that is known.
    pub const fn pid(&self) -> Option<u32> {
        self.known.pid()
    }

    /// Its control socket alone is known.
    pub const fn is_by_socket(&self) -> bool {
        self.known.is_by_socket()
    }
}

/// proc(5), third field of `/proc/PID/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// R or S: as it should be.
    Running,
    /// T: stopped by a signal.
    Stopped,
    /// t: held by a debugger.
    Traced,
    /// D: waits in the kernel and cannot be woken.
    Uninterruptible,
    /// Z or X: dead, not yet reaped.
    Dead,
}

/// Bytes that wait unread in the daemon's sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// UDP 500 and 4500.
    pub ike: u64,
    /// Its netlink sockets.
    pub netlink: u64,
    /// Connections that wait on its control socket.
    pub control: u64,
}

/// One look at the process. Sent when something is unusual or has just become usual again, at most once a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessLook {
    pub pid: u32,
    pub state: RunState,
    /// What waits for it.
    pub unread: Unread,
}

/// What the service manager says about the unit (org.freedesktop.systemd1(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitLook {
    pub unit: String,
    /// `ActiveState`: active, inactive, failed, activating, …
    pub active: String,
    /// `SubState`.
    pub sub: String,
    /// `Result`: success, signal, exit-code, core-dump, watchdog, start-limit-hit, …
    pub result: String,
    /// `NRestarts`.
    pub restarts: u32,
    /// `MainPID`, none for 0.
    pub main_pid: Option<u32>,
    /// The unit's `Restart=` setting.
    pub restart_policy: String,
    /// One of its commands for the stop flushes SAs and policies (as Debian's ipsec.service does).
    pub flushes_on_stop: bool,
    /// `LoadState` is masked: nobody may start it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// `UnitFileState` is enabled: the machine's start starts it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub enabled: bool,
    /// A job of it waits in the service manager's queue, or is under way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub queued: bool,
    /// It was active in this boot, and has ceased to be (`ActiveExitTimestamp`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ran: bool,
}

impl UnitLook {
    /// It is on its way up.
    pub fn is_starting(&self) -> bool {
        matches!(self.active.as_str(), "activating" | "reloading" | "refreshing")
            || (self.queued && self.active != "deactivating" && self.active != "active")
    }

    /// Whether the service manager starts it again by itself after this result (systemd.service(5), `Restart=`).
    pub fn restarts_after_this(&self) -> bool {
        let result = self.result.as_str();
        match self.restart_policy.as_str() {
            "always" => true,
            "on-success" => result == "success",
            "on-failure" => result != "success",
            "on-abnormal" => matches!(result, "signal" | "core-dump" | "timeout" | "watchdog"),
            "on-abort" => matches!(result, "signal" | "core-dump"),
            "on-watchdog" => result == "watchdog",
            _ => false,
        }
    }
}

/// What is known of how a process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Death {
    pub pid: u32,
}
