//! What `state.json` keeps over a restart of swanwatch.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::kind::RemedyKind;
use super::target::{RemedyId, RemedyTarget};
use crate::model::{Boottime, Netns, RealTime, SaId};

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
    /// Devices whose SAs were taken off them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evacuated: Vec<Evacuation>,
    /// Tunnels last known up.
    #[serde(default)]
    pub tunnels: Vec<UpTunnel>,
    /// The daemon's process that they were tunnels of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<KeptProcess>,
    /// The daemon was stopped by order, and nobody has started it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<KeptStop>,
    /// Tunnels that have received something, ever, as people read their names. They are true in any boot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answered: Vec<String>,
    /// Tunnels of which it was told within a week that they never have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unanswered_told: BTreeMap<String, Boottime>,
}

/// An end that somebody wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptStop {
    pub at: RealTime,
}

/// A process of the daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptProcess {
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
    pub target: RemedyTarget,
    /// When, in the last hour, oldest first.
    pub at: Vec<Boottime>,
    /// The same by kind, with every restart of the daemon as a restart; where it is absent `at` counts for each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tried: BTreeMap<RemedyKind, Vec<Boottime>>,
    /// How many in a row did not help, of the kind that has most of them.
    pub failures: u32,
    /// The same by kind; where it is absent `failures` counts for each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<RemedyKind, u32>,
    /// Not before this: the latest of `waits`, or after it helped.
    pub not_before: Boottime,
    /// Where the last try did not help: when the next one of this kind may be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waits: BTreeMap<RemedyKind, Boottime>,
}

/// A remedy that has begun. Written before its first step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub id: RemedyId,
    pub kind: RemedyKind,
    pub target: RemedyTarget,
    /// Because of which finding; none where a person asked.
    pub finding: Option<String>,
    pub began: Boottime,
    /// SAs that it takes away or replaces.
    #[serde(default)]
    pub sas: Vec<SaId>,
    /// Whose SAs they are, where it does not work on one tunnel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<RemedyTarget>,
}

/// A device whose SAs were taken off it, by a person's order, and are kept off it until then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evacuation {
    pub device: String,
    pub ifindex: u32,
    /// It ends then by itself.
    pub until: Boottime,
    /// SAs in packet mode stay on it.
    pub leave_packet_mode: bool,
    /// They are being put back.
    pub returns: bool,
    /// What was taken off it and is still there.
    pub moved: BTreeSet<SaId>,
    /// What did not let itself be taken off it, and is not tried again before somebody asks.
    pub left: BTreeSet<SaId>,
}

/// A tunnel that was up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UpTunnel {
    pub connection: String,
    /// The rest of the prefix, verbatim.
    pub instance: Option<String>,
    /// When it was last known to be up.
    pub at: Boottime,
}
