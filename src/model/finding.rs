//! A finding: something that is wrong, with its code, its subject and its evidence.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Boottime, Code, Direction, RealTime, Reason, Remedy, Source, Spi};

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
    pub connection: Option<String>,
    /// The rest of the prefix, verbatim.
    pub instance: Option<String>,
    /// The SA at hand. Evidence, never identity.
    pub spi: Option<Spi>,
    /// Destination of that SA.
    pub dst: Option<IpAddr>,
    pub direction: Option<Span>,
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
    pub sas: u64,
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
    pub source: Source,
    pub text: String,
}

/// One finding. At most 20 lines of evidence: the first 10 and the last 10.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `CODE:SCOPE`; one open finding has it.
    pub id: String,
    pub code: Code,
    /// Why, as far as the evidence decides.
    pub reason: Reason,
    pub severity: Severity,
    /// How often it happened since it first opened.
    pub times: u64,
    pub subject: Subject,
    pub affected: Affected,
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

impl Affected {
    /// So many SAs and connections, and the first 100 of these names.
    pub fn listing(sas: u64, connections: u64, names: impl IntoIterator<Item = String>) -> Self {
        let mut names = names.into_iter();
        let list = names.by_ref().take(LISTED).collect();
        Self { sas, connections, list, more: names.count() as u64 }
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
