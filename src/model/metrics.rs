//! What is counted for those who watch many hosts: numbers alone, their number bounded.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    Code, Coverage, DaemonStatus, DeviceCounters, Finding, HostCounters, RealTime, RemedyKind, RemedyState, Severity,
    Span, Summary,
};

/// Everything that one scrape shows.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Version of swanwatch.
    pub version: String,
    /// Release of the kernel.
    pub kernel: String,
    pub daemon: DaemonStatus,
    pub summary: Summary,
    /// Installed SAs, each counted once.
    pub sas: BTreeMap<SaKind, u64>,
    /// Connections that have no kind of their own above.
    pub folded: u64,
    /// Open findings; what is not here has none.
    pub findings: BTreeMap<(Code, Severity), u64>,
    /// Where they are open, and since when: of each code so many as are shown one by one.
    pub open: BTreeMap<FindingPlace, RealTime>,
    /// What is watched and what is not.
    pub coverage: Vec<Coverage>,
    /// What devices with offloaded SAs count, as it was read last, by the name of the interface that counts.
    pub devices: BTreeMap<String, DeviceCounters>,
    /// What the namespace counts, as it was read last.
    pub host: Option<HostCounters>,
    pub remedies: RemedyCounts,
    /// How the engine is fed.
    pub feed: Feed,
    /// Who is told of findings, in the configuration's order.
    pub receivers: Vec<ReceiverCounts>,
}

/// What is counted of remedies; what is not here is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemedyCounts {
    /// How many came to which end, since the start. A try that failed counts, though another may follow.
    pub ended: BTreeMap<(RemedyKind, RemedyOutcome), u64>,
    /// How many are queued, wait, run or are verified now.
    pub in_progress: BTreeMap<(RemedyKind, RemedyState), u64>,
    /// How often one had to wait for a limit, since the start.
    pub limits: BTreeMap<(RemedyKind, RemedyLimit), u64>,
}

/// What a remedy came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemedyOutcome {
    /// It was seen to help.
    Done,
    /// A try was not seen to help.
    Failed,
    /// It would do harm or cannot help.
    Refused,
    /// It was tried as often as it may be.
    GivenUp,
    /// What was wrong was over without it.
    NotNeeded,
}

/// A limit that holds remedies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemedyLimit {
    /// For one tunnel or the daemon in an hour.
    OfTarget,
    /// For all of a kind in an hour.
    OfKind,
}

/// Where a finding is open; more than one may be open at the same place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingPlace {
    /// What is true.
    pub code: Code,
    pub severity: Severity,
    /// Where there is one.
    pub connection: Option<String>,
    /// Where there is one.
    pub direction: Option<Span>,
    /// Where there is one.
    pub device: Option<String>,
}

/// What is counted of one receiver of alerts, since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverCounts {
    /// Its kind and its host; no path of an address, which may be a password.
    pub receiver: String,
    /// Alerts that wait.
    pub waiting: u64,
    /// Alerts that were told.
    pub delivered: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Alerts that will never be told.
    pub dropped: u64,
}

/// SAs of one kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SaKind {
    pub connection: SaOwner,
    /// Interface name; none where no interface here has an address of the SA.
    pub device: Option<String>,
    /// `none`, `crypto` or `packet`.
    pub offload: &'static str,
}

/// Whose SAs they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SaOwner {
    /// A connection by its name.
    Connection(String),
    /// Nobody's that is known.
    Unknown,
    /// Those of all connections beyond the number that is shown one by one.
    Folded,
}

/// How the engine is fed, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// Observations taken.
    pub observations: u64,
    /// How long they waited together, from their receipt until they were taken.
    pub waited: Duration,
    /// How long the last one waited.
    pub lag: Duration,
    /// Times that the kernel dropped events.
    pub events_lost: u64,
}

impl RemedyOutcome {
    pub const ALL: [Self; 5] = [Self::Done, Self::Failed, Self::Refused, Self::GivenUp, Self::NotNeeded];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::GivenUp => "given-up",
            Self::NotNeeded => "not-needed",
        }
    }
}

impl RemedyLimit {
    pub const ALL: [Self; 2] = [Self::OfTarget, Self::OfKind];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OfTarget => "target",
            Self::OfKind => "kind",
        }
    }
}

impl FindingPlace {
    /// Where this one is open.
    pub fn of(finding: &Finding) -> Self {
        let subject = &finding.subject;
        Self {
            code: finding.code,
            severity: finding.severity,
            connection: subject.connection.clone(),
            direction: subject.direction,
            device: subject.device.clone(),
        }
    }
}
