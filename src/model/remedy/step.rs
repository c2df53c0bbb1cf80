//! Single steps of remedies, and what they came to.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::target::RemedyId;
use crate::model::{AskId, Direction, Offload, OffloadMode, SaId, Serial, micros};

/// Two address ranges, in the direction in which packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressPair {
    pub src: IpAddr,
    /// Bits of the source that count.
    pub src_prefix: u8,
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
        unit: String,
        /// Its main process now; where it has another one by then, somebody was faster.
        #[serde(default)]
        main_pid: Option<u32>,
    },
    /// Run the configured command (`daemon: {restart: …}`).
    RestartCommand,
    /// Send SIGCONT to a process that is stopped.
    Continue {
        pid: u32,
        /// Its start, so that no other process with this pid is meant.
        start_ticks: u64,
    },
    /// See whether a device takes an SA of the same kind as this one, with a random key, and take it away again.
    Probe {
        sa: SaId,
        /// The device.
        ifindex: u32,
        /// Which kind of offload.
        mode: OffloadMode,
    },
    /// Take an SA out of the kernel and put it back.
    Reinstall {
        sa: SaId,
        /// Which way its packets go.
        direction: Direction,
        /// With this offload; none for software.
        offload: Option<Offload>,
    },
    /// Take an SA off its device, in software from then on.
    Evacuate {
        sa: SaId,
        /// Which way its packets go.
        direction: Direction,
        /// The kernel moves it where it is (`XFRM_MSG_MIGRATE_STATE`). Where it does not, it is deleted and added again all the same.
        in_place: bool,
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
    pub ask: AskId,
    pub remedy: RemedyId,
    /// What was to be done.
    pub step: Step,
    /// What it came to.
    pub result: StepResult,
    /// Microseconds that it took.
    pub took: u64,
}

impl Outcome {
    /// Of a step that took so long.
    pub fn of(ask: AskId, remedy: RemedyId, step: Step, result: StepResult, took: Duration) -> Self {
        Self { ask, remedy, step, result, took: micros(took) }
    }
}

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
            Self::Evacuate { sa, in_place: true, .. } => {
                write!(f, "move {sa} to software in its place: it is never away")
            }
            Self::Evacuate { sa, in_place: false, .. } => {
                write!(
                    f,
                    "delete {sa} and add it again in software: it is away for some milliseconds, and what comes for it then is lost"
                )
            }
            Self::Fence { protect, release, .. } => {
                write!(f, "fence {} address pairs, release {}", protect.len(), release.len())
            }
        }
    }
}

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
