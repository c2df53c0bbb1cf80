//! Making a recording of what the ring held.

use crate::model::{AskId, Boottime, DumpTable, Dumped, Observation, RealTime, What};
use crate::recording::{Recorder, RecordingError};

use super::kept::KeptObservation;

/// The number of the dump that a replay begins with. No engine numbers its questions so.
const FIRST_DUMP: AskId = AskId(1 << 63);

/// What a ring held at one moment.
#[derive(Debug)]
pub struct Snapshot {
    told: Vec<What>,
    kept: Vec<KeptObservation>,
}

impl Snapshot {
    pub(super) const fn new(told: Vec<What>, kept: Vec<KeptObservation>) -> Self {
        Self { told, kept }
    }

    /// Writes it as a recording that was begun later than the run; gives how many observations it holds. Takes a while: not for the loop that turns the engine.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn write(self, into: impl std::io::Write) -> Result<u64, RecordingError> {
        let mut seen: Vec<Observation> = self.kept.into_iter().filter_map(KeptObservation::into_observation).collect();
        // What had to be kept longer than what lay between stands where it stood.
        seen.sort_by_key(|one| one.seq);
        if let Some(dump) = first_dump(&seen) {
            begin_with(dump, &mut seen);
        }
        let (at, wall) = seen.first().map_or((Boottime::default(), RealTime::default()), |one| (one.at, one.wall));
        let told = self.told.into_iter().map(|what| Observation { seq: 0, at, wall, what }).collect::<Vec<_>>();
        let mut recorder = Recorder::begin(into, true)?;
        for (number, mut one) in told.into_iter().chain(seen).enumerate() {
            one.seq = number as u64 + 1;
            recorder.observed(&one)?;
        }
        recorder.finish()
    }
}

/// Whether all SAs are shown once in it, so that findings can come of a replay.
pub fn shows_all_sas(seen: &[Observation]) -> bool {
    first_dump(seen).is_some()
}

/// The first dump of the SAD that is complete.
fn first_dump(seen: &[Observation]) -> Option<AskId> {
    let mut begun = None;
    seen.iter().find_map(|one| match &one.what {
        What::DumpBegin { ask, table: DumpTable::Sad } => {
            begun = Some(*ask);
            None
        }
        What::DumpEnd { ask, how: Dumped::Complete, .. } => begun.filter(|begun| begun == ask),
        _ => None,
    })
}

/// Has it answer whoever replays: he begins by asking for a dump that is none of the sampling.
fn begin_with(dump: AskId, seen: &mut [Observation]) {
    for one in seen {
        match &mut one.what {
            What::DumpBegin { ask, .. } | What::Sas { ask, .. } | What::DumpEnd { ask, .. } if *ask == dump => {
                *ask = FIRST_DUMP;
            }
            _ => {}
        }
    }
}
