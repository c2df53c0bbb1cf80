//! A finding: something that is wrong, with its code, its subject and its evidence.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Boottime, Direction, RealTime, Reason, Remedy, Source, Spi};

/// What is wrong. People write alert rules on these names; they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The daemon's process ended out of order.
    DaemonCrashed,
    /// The daemon's process is there and does nothing.
    DaemonHung,
    /// The daemon dies again and again, or its service manager gave it up.
    DaemonCrashLoop,
    /// The daemon ended in order.
    DaemonDown,
    /// Selectors that a policy protected have none.
    ClearTextWindow,
    /// A permanent tunnel that was up before the daemon's death did not come back with it.
    TunnelNotRestored,
    /// The kernel or its driver refused an SA for its offload, and nothing came of it.
    OffloadRejected,
    /// A device refused what it took before.
    OffloadCapacity,
    /// The NIC dropped its SAs.
    OffloadLost,
    /// The traffic of a policy on a device leaves by another one, unprotected.
    ClearTextRoute,
    /// SA and policy disagree: one is on the device, the other is not.
    PolicyMismatch,
    /// The kernel refused an SA for a cause that is not offload.
    SaAddFailed,
    /// The newest established Child SA of a tunnel has no such SA in the kernel.
    SaMissing,
    /// The kernel has one direction and the daemon claims no pair.
    SaHalfOpen,
    /// A connection that should be up has no pair.
    TunnelDown,
    /// A tunnel carried both ways and now carries one way alone, or this end drops what comes.
    EspBlackhole,
    /// An SA is in software though offload was expected.
    SaNotOffloaded,
    /// SAs claim the NIC and the counters say the CPU, or the reverse.
    HwSwMismatch,
    /// Packet offload was expected, crypto offload is there.
    OffloadDowngraded,
    /// Offload on this device is dangerous on this kernel.
    DeviceUnsafe,
    /// The kernel has an SA that the daemon does not know.
    SaOrphaned,
    /// One tunnel holds more pairs than a rekey explains.
    SaDuplicates,
    /// An SA is close to a limit and has no successor.
    SaExpiring,
    /// Traffic asked for an SA and none came.
    AcquireUnanswered,
    /// Packets come on SAs that the kernel has not.
    NoStateDrops,
    /// Packets of a tunnel are refused by the replay window, while others pass.
    ReplayDrops,
    /// Packets of a tunnel fail their integrity check, while others pass.
    AuthFailures,
    /// The NIC drops packets of its SAs.
    NicDrops,
    /// The kernel dropped events.
    EventsLost,
    /// The configuration of swanwatch is wrong.
    ConfigurationWrong,
    /// swanwatch cannot see what most findings need, though the daemon runs.
    SourceBlind,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Somebody should look at it.
    Warning,
    /// Traffic is lost, or not protected as required.
    Critical,
}

/// Which SA, tunnel, device or host it is about. What does not apply is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Connection name.
    pub connection: Option<String>,
    /// The rest of the prefix, verbatim.
    pub instance: Option<String>,
    /// The SA at hand. Evidence, never identity.
    pub spi: Option<Spi>,
    /// Destination of that SA.
    pub dst: Option<IpAddr>,
    /// Which way.
    pub direction: Option<Span>,
    /// Interface name.
    pub device: Option<String>,
}

/// One direction, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Span {
    /// Inbound alone.
    In,
    /// Outbound alone.
    Out,
    /// Both ways.
    Both,
}

/// What else the same fault touches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// SAs.
    pub sas: u64,
    /// Connections.
    pub connections: u64,
    /// The first 100, as text.
    pub list: Vec<String>,
    /// How many more there are.
    pub more: u64,
}

/// One thing seen that speaks for the finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// When, for people.
    pub time: RealTime,
    /// When, in microseconds since boot.
    pub at: Boottime,
    /// By whom.
    pub source: Source,
    /// What.
    pub text: String,
}

/// One finding. At most 20 lines of evidence: the first 10 and the last 10.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `CODE:SCOPE`; one open finding has it.
    pub id: String,
    /// What is wrong.
    pub code: Code,
    /// Why, as far as the evidence decides.
    pub reason: Reason,
    /// How bad.
    pub severity: Severity,
    /// How often it happened since it first opened.
    pub times: u64,
    /// About what.
    pub subject: Subject,
    /// What else.
    pub affected: Affected,
    /// Since when.
    pub since: RealTime,
    /// One sentence: what is wrong.
    pub summary: String,
    /// One sentence: what to do.
    pub advice: String,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
    /// What can be done about it by swanwatch, and how far that has come; none where it can do nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
}

/// Subjects listed under `affected`.
const LISTED: usize = 100;

// === impl Finding ===

impl Finding {
    /// Somebody wanted it so: it is said, and is no fault.
    pub fn is_by_order(&self) -> bool {
        self.code == Code::DaemonDown && self.reason == Reason::OrderlyStop
    }

    /// No daemon where one is due, or a watch that sees nothing: what else is found means little then.
    pub fn is_of_the_watch(&self) -> bool {
        self.code == Code::SourceBlind || (self.code == Code::DaemonDown && !self.is_by_order())
    }
}

// === impl Affected ===

impl Affected {
    /// So many SAs and connections, and the first 100 of these names.
    pub fn listing(sas: u64, connections: u64, names: impl IntoIterator<Item = String>) -> Self {
        let mut names = names.into_iter();
        let list = names.by_ref().take(LISTED).collect();
        Self { sas, connections, list, more: names.count() as u64 }
    }
}

// === impl Code ===

impl Code {
    /// Every code, worst first.
    pub const ALL: [Self; 31] = [
        Self::DaemonCrashed,
        Self::DaemonHung,
        Self::DaemonCrashLoop,
        Self::DaemonDown,
        Self::ClearTextWindow,
        Self::TunnelNotRestored,
        Self::OffloadRejected,
        Self::OffloadCapacity,
        Self::OffloadLost,
        Self::ClearTextRoute,
        Self::PolicyMismatch,
        Self::SaAddFailed,
        Self::SaMissing,
        Self::SaHalfOpen,
        Self::TunnelDown,
        Self::EspBlackhole,
        Self::SaNotOffloaded,
        Self::HwSwMismatch,
        Self::OffloadDowngraded,
        Self::DeviceUnsafe,
        Self::SaOrphaned,
        Self::SaDuplicates,
        Self::SaExpiring,
        Self::AcquireUnanswered,
        Self::NoStateDrops,
        Self::ReplayDrops,
        Self::AuthFailures,
        Self::NicDrops,
        Self::EventsLost,
        Self::ConfigurationWrong,
        Self::SourceBlind,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DaemonCrashed => "daemon-crashed",
            Self::DaemonHung => "daemon-hung",
            Self::DaemonCrashLoop => "daemon-crash-loop",
            Self::DaemonDown => "daemon-down",
            Self::ClearTextWindow => "clear-text-window",
            Self::TunnelNotRestored => "tunnel-not-restored",
            Self::OffloadRejected => "offload-rejected",
            Self::OffloadCapacity => "offload-capacity",
            Self::OffloadLost => "offload-lost",
            Self::ClearTextRoute => "clear-text-route",
            Self::PolicyMismatch => "policy-mismatch",
            Self::SaAddFailed => "sa-add-failed",
            Self::SaMissing => "sa-missing",
            Self::SaHalfOpen => "sa-half-open",
            Self::TunnelDown => "tunnel-down",
            Self::EspBlackhole => "esp-blackhole",
            Self::SaNotOffloaded => "sa-not-offloaded",
            Self::HwSwMismatch => "hw-sw-mismatch",
            Self::OffloadDowngraded => "offload-downgraded",
            Self::DeviceUnsafe => "device-unsafe",
            Self::SaOrphaned => "sa-orphaned",
            Self::SaDuplicates => "sa-duplicates",
            Self::SaExpiring => "sa-expiring",
            Self::AcquireUnanswered => "acquire-unanswered",
            Self::NoStateDrops => "no-state-drops",
            Self::ReplayDrops => "replay-drops",
            Self::AuthFailures => "auth-failures",
            Self::NicDrops => "nic-drops",
            Self::EventsLost => "events-lost",
            Self::ConfigurationWrong => "configuration-wrong",
            Self::SourceBlind => "source-blind",
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        })
    }
}

impl From<Direction> for Span {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::In => Self::In,
            Direction::Out => Self::Out,
        }
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Both => "both",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_written_as_it_is_named() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
