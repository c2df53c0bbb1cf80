//! What can be done about a finding: kinds, states, single steps, and what they came to. Nothing here can hold a key.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AskId, Boottime, Direction, Netns, Offload, OffloadMode, SaId, Serial};

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
    /// It would do harm, or cannot help.
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
        /// Connection name.
        connection: String,
        /// The rest of the prefix, verbatim.
        instance: Option<String>,
    },
    /// The daemon.
    Daemon,
    /// The whole namespace.
    Host,
}

/// Two address ranges, in the direction in which packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressPair {
    /// Source.
    pub src: IpAddr,
    /// Bits of the source that count.
    pub src_prefix: u8,
    /// Destination.
    pub dst: IpAddr,
    /// Bits of the destination that count.
    pub dst_prefix: u8,
}

/// One thing that hands can do. It says all that has to be known for it; none of them decides anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Have the daemon rekey the Child SA of a connection.
    Rekey {
        /// As the daemon knows it.
        connection: String,
        /// This state of it alone; none for all of the connection's newest.
        state: Option<Serial>,
    },
    /// Have the daemon bring a connection up.
    Initiate {
        /// As the daemon knows it.
        connection: String,
    },
    /// Ask systemd to restart the daemon's unit.
    RestartUnit {
        /// Its name.
        unit: String,
        /// Its main process now; where it has another one by then, somebody was faster.
        #[serde(default)]
        main_pid: Option<u32>,
    },
    /// Run the configured command (`daemon: {restart: …}`).
    RestartCommand,
    /// Send SIGCONT to a process that is stopped.
    Continue {
        /// The process.
        pid: u32,
        /// Its start, so that no other process with this pid is meant.
        start_ticks: u64,
    },
    /// See whether a device takes an SA of the same kind as this one, with a random key, and take it away again.
    Probe {
        /// Whose kind.
        sa: SaId,
        /// The device.
        ifindex: u32,
        /// Which kind of offload.
        mode: OffloadMode,
    },
    /// Take an SA out of the kernel and put it back.
    Reinstall {
        /// Which.
        sa: SaId,
        /// Which way its packets go.
        direction: Direction,
        /// With this offload; none for software.
        offload: Option<Offload>,
    },
    /// Set and refresh elements of the fence, and take some away.
    Fence {
        /// What is protected from now on, for so long as `lasts` says.
        protect: Vec<AddressPair>,
        /// What is not any more.
        release: Vec<AddressPair>,
        /// Elements expire after so many seconds unless they are set again.
        lasts: u32,
    },
}

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepResult {
    /// It was done. Whether it helped is another matter.
    Done(String),
    /// It was not begun, and nothing is changed.
    Refused(String),
    /// It was begun and did not come about; what was there before is there now.
    Failed(String),
    /// It was begun, and what was there before is gone.
    Lost(String),
    /// No answer before the deadline: it may still happen.
    Timeout,
}

/// The end of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whose answer.
    pub ask: AskId,
    /// Of which remedy.
    pub remedy: RemedyId,
    /// What was to be done.
    pub step: Step,
    /// What it came to.
    pub result: StepResult,
    /// Microseconds that it took.
    pub took: u64,
}

/// A person asks for a remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// A connection's name or a finding's id.
    pub what: String,
    /// Which remedy; the usual one where none is named.
    #[serde(default)]
    pub kind: Option<RemedyKind>,
}

/// What a remedy would do, or does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemedyPlan {
    /// Which.
    pub kind: RemedyKind,
    /// On what.
    pub target: RemedyTarget,
    /// Because of which finding.
    pub finding: Option<String>,
    /// How far it is.
    pub state: RemedyState,
    /// Why it is there. One sentence.
    pub why: String,
    /// Its steps in order, a sentence each.
    pub steps: Vec<String>,
    /// How it is seen that it helped. One sentence.
    pub proof: String,
}

/// A remedy has come further. Told to people, and kept in the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemedyChange {
    /// Which run.
    pub id: RemedyId,
    /// Which remedy.
    pub kind: RemedyKind,
    /// On what.
    pub target: RemedyTarget,
    /// Because of which finding; none where a person asked.
    pub finding: Option<String>,
    /// How far it is now.
    pub state: RemedyState,
    /// The step at hand, where there is one.
    pub step: Option<Step>,
    /// One sentence.
    pub text: String,
}

/// What is kept over a restart of swanwatch, in `state.json`. Times are of the boot that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// The boot that it was written in.
    pub boot_id: String,
    /// The namespace.
    pub netns: Netns,
    /// The last run of a remedy that had a number.
    pub last: RemedyId,
    /// What was tried lately, for the limits.
    #[serde(default)]
    pub tries: Vec<Tries>,
    /// What is not finished.
    #[serde(default)]
    pub intents: Vec<Intent>,
    /// Tunnels last known up.
    #[serde(default)]
    pub tunnels: Vec<UpTunnel>,
    /// The daemon's process that they were tunnels of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<KeptProcess>,
}

/// A process of the daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptProcess {
    /// Its number.
    pub pid: u32,
    /// Its start in clock ticks after boot.
    pub start_ticks: u64,
    /// The unit that ran it.
    pub unit: Option<String>,
    /// How often systemd had restarted that unit by itself.
    pub restarts: u32,
    /// It has died, and nobody wanted it.
    pub crashed: bool,
}

/// What was tried on one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// On what.
    pub target: RemedyTarget,
    /// When, in the last hour, oldest first.
    pub at: Vec<Boottime>,
    /// How many in a row did not help.
    pub failures: u32,
    /// Not before this.
    pub not_before: Boottime,
}

/// A remedy that has begun. Written before its first step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Which run.
    pub id: RemedyId,
    /// Which remedy.
    pub kind: RemedyKind,
    /// On what.
    pub target: RemedyTarget,
    /// Because of which finding; none where a person asked.
    pub finding: Option<String>,
    /// Since when.
    pub began: Boottime,
    /// SAs that it takes away or replaces.
    #[serde(default)]
    pub sas: Vec<SaId>,
}

/// A tunnel that was up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UpTunnel {
    /// Connection name.
    pub connection: String,
    /// The rest of the prefix, verbatim.
    pub instance: Option<String>,
    /// When it was last known to be up.
    pub at: Boottime,
}

// === impl RemedyKind ===

impl RemedyKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Rekey, Self::Reinstall, Self::Restart, Self::RestartHung, Self::Fence];

    /// Its name.
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

// === impl RemedyState ===

impl RemedyState {
    /// Its name.
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

// === impl RemedyTarget ===

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

// === impl Outcome ===

impl Outcome {
    /// Of a step that took so long.
    pub fn of(ask: AskId, remedy: RemedyId, step: Step, result: StepResult, took: Duration) -> Self {
        Self { ask, remedy, step, result, took: u64::try_from(took.as_micros()).unwrap_or(u64::MAX) }
    }
}

// === impl Step ===

impl std::fmt::Display for Step {
    /// As an imperative, for plans and stories.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rekey { connection, state: None } => write!(f, "have the daemon rekey {connection}"),
            Self::Rekey { connection, state: Some(state) } => {
                write!(f, "have the daemon rekey state #{} of {connection}", state.0)
            }
            Self::Initiate { connection } => write!(f, "have the daemon bring {connection} up"),
            Self::RestartUnit { unit, .. } => write!(f, "ask systemd to restart {unit}"),
            Self::RestartCommand => f.write_str("run the configured restart command"),
            Self::Continue { pid, .. } => write!(f, "continue process {pid} (SIGCONT)"),
            Self::Probe { sa, mode, .. } => write!(f, "see whether the device takes an SA like {sa} ({mode} offload)"),
            Self::Reinstall { sa, offload: Some(offload), .. } => {
                write!(f, "put {sa} back with {} offload", offload.mode)
            }
            Self::Reinstall { sa, offload: None, .. } => write!(f, "put {sa} back in software"),
            Self::Fence { protect, release, .. } => {
                write!(f, "fence {} address pairs, release {}", protect.len(), release.len())
            }
        }
    }
}

// === impl StepResult ===

impl std::fmt::Display for StepResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done(text) => write!(f, "done: {text}"),
            Self::Refused(text) => write!(f, "not begun: {text}"),
            Self::Failed(text) => write!(f, "failed: {text}"),
            Self::Lost(text) => write!(f, "failed, and what was there is gone: {text}"),
            Self::Timeout => f.write_str("no answer in time"),
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
