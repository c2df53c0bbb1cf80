//! Whether a replay decided what the recorded run did.

use serde::Serialize;

use super::header::{BUILD, Header, RecordingEnd};

/// What can be said of a replay beside its recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// The same was decided, and told in the same words.
    Same,
    /// The same was decided, and is told in other words by now.
    OtherWords,
    /// The same build decided otherwise, which it does not of the same observations: the file was changed.
    Different,
    /// It holds more or fewer observations than its end says: the file was changed.
    Changed,
    /// Another build decided otherwise, as it may.
    OtherBuild,
    /// It is of a build without a name, whose digest was of another kind.
    Older,
    /// It was begun later than the run.
    Partial,
    /// The run did not end in order.
    NoEnd,
}

impl Agreement {
    pub(super) fn of(header: &Header, recorded: Option<&RecordingEnd>, now: &RecordingEnd) -> Self {
        let Some(then) = recorded.filter(|_| !header.partial) else {
            return if header.partial { Self::Partial } else { Self::NoEnd };
        };
        if then.observations != now.observations {
            return Self::Changed;
        }
        if (then.effects, &then.digest) == (now.effects, &now.digest) {
            let same = then.words.is_none() || then.words == now.words;
            return if same { Self::Same } else { Self::OtherWords };
        }
        match &header.build {
            Some(build) if build == BUILD => Self::Different,
            Some(_) => Self::OtherBuild,
            None => Self::Older,
        }
    }

    /// Whether the same was decided; none where that cannot be said.
    pub const fn same(self) -> Option<bool> {
        match self {
            Self::Same | Self::OtherWords => Some(true),
            Self::Different | Self::Changed | Self::OtherBuild => Some(false),
            Self::Older | Self::Partial | Self::NoEnd => None,
        }
    }

    /// Whether the file cannot be what was recorded.
    pub const fn is_wrong(self) -> bool {
        matches!(self, Self::Different | Self::Changed)
    }
}
