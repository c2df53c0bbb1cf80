//! How far a remedy has come.

use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_they_are_said() {
        for state in [RemedyState::Advised, RemedyState::GivenUp, RemedyState::Done] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
