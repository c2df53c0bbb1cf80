//! What can be done about a finding: kinds, states, single steps, and what they came to. Nothing here can hold a key.

mod kept;
mod step;
mod told;

use serde::{Deserialize, Serialize};

pub use self::kept::*;
pub use self::step::*;
pub use self::told::*;

/// What can be done. The names stand in `act:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyKind {
    /// The daemon makes a new pair of SAs.
    Rekey,
    /// An SA is taken out of the kernel and put back, on the NIC or off it.
    Reinstall,
    /// A daemon that died is started again, and its tunnels are seen back.
    Restart,
    /// A daemon that hangs is continued or started again.
    RestartHung,
    /// Traffic that policies protect is kept from leaving in clear while there are none.
    Fence,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyState {
    /// It may not act: the command stands in `why`.
    Advised,
    /// It may act and will.
    Queued,
    /// It waits: for self-healing, for its turn, for a limit, after a failure.
    Waiting,
    /// A step is being done.
    Running,
    /// Its steps are done; whether they helped is being seen.
    Verifying,
    /// It helped, as was seen.
    Done,
    /// It did not help; there is another try where the limits allow one.
    Failed,
    /// It was not begun: it would do harm, cannot help, or what was wrong is over without it.
    Refused,
    /// It was tried as often as it may be: a person has to look.
    GivenUp,
}

/// What a finding says of its remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// What is, was or could be done.
    pub kind: RemedyKind,
    /// How far it has come.
    pub state: RemedyState,
    /// Why it is there. One sentence; for one that is advised with the command that does it.
    pub why: String,
}

/// Names one run of a remedy, over restarts of swanwatch too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemedyId(pub u64);

/// What a remedy works on: there is one remedy at a time for each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyTarget {
    /// All pairs of a connection, or of one instance of it.
    Tunnel {
        connection: String,
        /// The rest of the prefix, verbatim.
        instance: Option<String>,
    },
    Daemon,
    /// The whole namespace.
    Host,
}

impl RemedyKind {
    pub const ALL: [Self; 5] = [Self::Rekey, Self::Reinstall, Self::Restart, Self::RestartHung, Self::Fence];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rekey => "rekey",
            Self::Reinstall => "reinstall",
            Self::Restart => "restart",
            Self::RestartHung => "restart-hung",
            Self::Fence => "fence",
        }
    }
}

impl std::fmt::Display for RemedyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl RemedyState {
    /// Those of a remedy that has not come to its end.
    pub const IN_PROGRESS: [Self; 4] = [Self::Queued, Self::Waiting, Self::Running, Self::Verifying];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Advised => "advised",
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Verifying => "verifying",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::GivenUp => "given-up",
        }
    }
}

impl std::fmt::Display for RemedyState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl RemedyTarget {
    /// The connection, where it is a tunnel.
    pub fn connection(&self) -> Option<&str> {
        match self {
            Self::Tunnel { connection, .. } => Some(connection),
            Self::Daemon | Self::Host => None,
        }
    }
}

impl std::fmt::Display for RemedyTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tunnel { connection, instance } => write!(f, "{connection}{}", instance.as_deref().unwrap_or("")),
            Self::Daemon => f.write_str("the daemon"),
            Self::Host => f.write_str("this host"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_they_are_said() {
        for kind in RemedyKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for state in [RemedyState::Advised, RemedyState::GivenUp, RemedyState::Done] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }

    #[test]
    fn a_target_is_named_as_the_daemon_names_it() {
        let tunnel = RemedyTarget::Tunnel { connection: "rw".into(), instance: Some("[1] 192.0.2.9".into()) };
        assert_eq!(tunnel.to_string(), "rw[1] 192.0.2.9");
        assert_eq!(tunnel.connection(), Some("rw"));
        assert_eq!(RemedyTarget::Daemon.to_string(), "the daemon");
    }
}
