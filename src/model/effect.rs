//! What the engine wants of the world.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AskId, DumpTable, Finding, Question, RemedyChange, RemedyId, Remembered, RouteQuery, SaId, Step};

/// What happened to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new, or open again.
    Opened,
    /// It is worse, better known, or happened again.
    Changed,
    /// It is over.
    Closed,
}

/// One thing that the engine wants. Those with an `ask` are answered exactly once, by an observation with the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Read one SA from the kernel. Answered by `What::Read`.
    Read { ask: AskId, sa: SaId },
    /// Dump a table. Answered by `What::DumpBegin`, rows and `What::DumpEnd`.
    Dump { ask: AskId, table: DumpTable },
    /// Count SAs and policies. Answered by `What::Counted`.
    Count { ask: AskId },
    /// Ask the kernel for the way of some packets. Answered by `What::Routed`; from the first one on `What::RoutesChanged` is told.
    Route { ask: AskId, query: RouteQuery },
    /// Read the counters of a device. Answered by `What::Sampled`.
    Sample { ask: AskId, device: String },
    /// Read the counters of the namespace. Answered by `What::HostSampled`.
    SampleHost { ask: AskId },
    /// Count for a moment who sends packets that the kernel drops. Answered by `What::Senders`.
    NameSenders { ask: AskId },
    /// Read the daemon's log up to its present end. Answered by `What::LogEnd`, behind every line that was written before.
    CatchUp { ask: AskId },
    /// Ask the daemon. Answered by `What::DaemonAnswered`. The caller of the daemon stays on the line beyond the deadline, so that
    /// no second call waits behind it; an answer that comes late is `What::DaemonAnsweredLate`.
    AskDaemon {
        ask: AskId,
        question: Question,
        /// How long an answer may take before it counts as none.
        deadline: Duration,
    },
    /// Tell people.
    Tell {
        /// What happened to the finding.
        change: Change,
        /// The finding as it is now.
        finding: Box<Finding>,
    },
    /// Do one step of a remedy. Answered by `What::Outcome`.
    Act { ask: AskId, remedy: RemedyId, step: Step },
    /// Keep this over a restart, for good and before anything else that follows. Answered by `What::Kept`.
    Remember {
        ask: AskId,
        /// All that is to be kept: it replaces what was kept before.
        state: Box<Remembered>,
    },
    /// Tell people how far a remedy has come.
    TellRemedy(Box<RemedyChange>),
    /// The first full join is done: from now on every answer is whole.
    Joined,
}

impl Change {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Changed => "changed",
            Self::Closed => "closed",
        }
    }
}
