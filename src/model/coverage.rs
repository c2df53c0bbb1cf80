//! Which sources work here, and what therefore cannot be known.

use serde::{Deserialize, Serialize};

/// Where observations come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// What the kernel can do, as it says itself.
    Kernel,
    /// The kernel's SAD and SPD: events, dumps, reads.
    Xfrm,
    /// The kernel's own word on why it did not offload: tracefs.
    Trace,
    /// Who has SAs and policies deleted, and who sends what is dropped: tracefs, too.
    Attribution,
    /// The drivers' lines in the kernel's log.
    KernelLog,
    /// Interfaces, their features and addresses.
    Links,
    /// The kernel's routes, where the NIC holds policies.
    Routes,
    /// What devices and the namespace count.
    Counters,
    /// The daemon's log, from a file or the journal.
    Log,
    /// The daemon's own tables.
    Daemon,
    /// The daemon's process.
    Process,
    /// The service manager's view of the daemon's unit.
    Systemd,
    /// Those who are to be told.
    Alerts,
    /// The recording, while one is made.
    Recording,
    /// What is kept over a restart of swanwatch.
    State,
    /// What remedies do and did.
    Remedy,
    /// The history of what was found.
    History,
    /// A conclusion of the engine itself.
    Engine,
    /// This process: its configuration, and that there is one of it.
    Swanwatch,
}

/// How well a source works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceState {
    /// As it should.
    Ok,
    /// Partly; the detail says what is missing.
    Degraded,
    Absent,
}

/// One line of coverage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub source: Source,
    /// How well it works.
    pub state: SourceState,
    /// What it reads, or what is missing and what cannot be known because of it. One sentence; where swanwatch knows a cure it
    /// stands at the end, behind [`Coverage::CURE`].
    pub detail: String,
}

impl Coverage {
    /// Between what is missing and what to do about it.
    pub const CURE: &'static str = "; do: ";

    /// What is missing, and what to do about it where that is known.
    pub fn with_cure(&self) -> (&str, Option<&str>) {
        match self.detail.split_once(Self::CURE) {
            Some((missing, cure)) => (missing, Some(cure)),
            None => (&self.detail, None),
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Kernel => "kernel",
            Self::Xfrm => "xfrm",
            Self::Trace => "trace",
            Self::Attribution => "attribution",
            Self::KernelLog => "kernel-log",
            Self::Links => "links",
            Self::Routes => "routes",
            Self::Counters => "counters",
            Self::Log => "log",
            Self::Daemon => "daemon",
            Self::Process => "process",
            Self::Systemd => "systemd",
            Self::Alerts => "alerts",
            Self::Recording => "recording",
            Self::State => "state",
            Self::Remedy => "remedy",
            Self::History => "history",
            Self::Engine => "engine",
            Self::Swanwatch => "swanwatch",
        })
    }
}
