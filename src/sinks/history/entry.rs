//! One thing that happened.

use serde::{Deserialize, Serialize};

use crate::model::{Change, Daemon, DaemonKind, Finding, RealTime, RemedyChange};

/// When, and what. Its JSON is one row of the file, one line of `/v1/history` and of `history --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub time: RealTime,
    #[serde(flatten)]
    pub past: PastEvent,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum PastEvent {
    /// A finding opened, changed or closed.
    Finding {
        change: Change,
        /// As it was then.
        finding: Box<Finding>,
    },
    /// A remedy has come further.
    Remedy { remedy: Box<RemedyChange> },
    /// A daemon is seen running, or its process is gone.
    Daemon {
        /// `up` or `gone`.
        state: String,
        /// Its process; none where its control socket alone is known.
        pid: Option<u32>,
        /// Which daemon, where it came.
        daemon: Option<DaemonKind>,
        version: Option<String>,
        unit: Option<String>,
        /// Start of its process.
        since: Option<RealTime>,
        /// Its program, where its command line has the path.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        program: Option<String>,
    },
    /// The service itself began or ended in order. A beginning that follows a beginning: it was killed between the two.
    Service {
        /// `started` or `ended`.
        state: String,
        version: String,
    },
    /// Entries before this one could not be written.
    Lost { entries: u64, why: String },
}

impl PastEvent {
    /// A daemon that runs.
    pub fn daemon_up(daemon: &Daemon, program: Option<String>) -> Self {
        Self::Daemon {
            state: "up".to_owned(),
            pid: daemon.pid(),
            daemon: Some(daemon.kind),
            version: daemon.version.clone(),
            unit: daemon.unit.clone(),
            since: Some(daemon.since),
            program,
        }
    }

    /// A daemon whose process is gone.
    pub fn daemon_gone(pid: Option<u32>) -> Self {
        Self::Daemon {
            state: "gone".to_owned(),
            pid,
            daemon: None,
            version: None,
            unit: None,
            since: None,
            program: None,
        }
    }

    /// The service began (`started`) or ends (`ended`).
    pub fn service(state: &str) -> Self {
        Self::Service { state: state.to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }

    /// Whether it is about this connection: a finding of it, or one that touches it. What was lost may have been.
    pub fn concerns(&self, connection: &str) -> bool {
        match self {
            Self::Finding { finding, .. } => {
                finding.subject.connection.as_deref() == Some(connection)
                    || finding.affected.list.iter().any(|name| name == connection)
            }
            Self::Remedy { remedy } => remedy.target.connection() == Some(connection),
            Self::Lost { .. } => true,
            Self::Daemon { .. } | Self::Service { .. } => false,
        }
    }
}
