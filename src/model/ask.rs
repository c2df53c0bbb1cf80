//! Questions that the engine asks of the world. Each has an id and gets exactly one answer: a result, an error or a timeout.

use serde::{Deserialize, Serialize};

/// Names one question, so that its answer finds back to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AskId(pub u64);

impl AskId {
    /// Questions of the periodic sampling are numbered from here, apart from all others: a recording that was made without sampling, or with
    /// another cadence of it, has the same numbers for everything else.
    const SAMPLING: u64 = 1 << 61;

    /// Counts of who sends what is dropped are numbered from here, for the same reason.
    const SENDERS: u64 = 1 << 60;

    /// Steps of remedies and what is kept are numbered from here: a recording of a swanwatch that did less has the same numbers for
    /// everything else.
    const REMEDIES: u64 = 1 << 62;

    /// The question of the remedies with this number.
    pub const fn of_remedies(number: u64) -> Self {
        Self(Self::REMEDIES | number)
    }

    /// The count of senders with this number.
    pub const fn of_senders(number: u64) -> Self {
        Self(Self::SENDERS | number)
    }

    /// The question of the sampling with this number.
    pub const fn of_sampling(number: u64) -> Self {
        Self(Self::SAMPLING | number)
    }

    /// Whether it is a question of the sampling.
    pub const fn is_of_sampling(self) -> bool {
        self.0 >> 61 == 1
    }
}

/// What can be dumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DumpTable {
    /// The security association database.
    Sad,
    /// The security policy database.
    Spd,
}

/// What can be asked of the daemon, from cheap to dear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Question {
    /// Counters only; its answer proves that the daemon turns.
    Brief,
    /// Every state with its SPIs.
    Table,
    /// What each connection was told about offload.
    Connections,
}

/// How a dump ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dumped {
    /// It shows all that was there throughout.
    Complete,
    /// The kernel says that the table changed under it, or its end was lost.
    Interrupted,
    /// It could not be made.
    Failed(Failure),
}

/// Why a question has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    /// No answer before the deadline.
    Timeout,
    /// An error, in words: what was tried and on what.
    Error(String),
}
