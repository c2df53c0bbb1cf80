//! An observation as the ring keeps it, and what it takes of memory.

use crate::model::{Dumped, Event, KernelPolicy, KernelSa, Observation, Selector, What};

/// What the allocator and the ring itself take for one.
const OVERHEAD: usize = 64;

/// One observation. Those that come in floods are kept as they are, which costs nothing; what has texts inside is kept as one line of text,
/// whose size is known.
#[derive(Clone, Debug)]
pub(super) enum KeptObservation {
    Value(Box<Observation>),
    /// As a line of JSON.
    Text(Box<[u8]>),
}

impl KeptObservation {
    /// None where it cannot be written; a recording says so where it matters.
    pub(super) fn new(mut seen: Observation) -> Option<Self> {
        // A dump is read with room for hundreds of rows: on a gateway with fewer, most of that is empty.
        match &mut seen.what {
            What::Sas { rows, .. } => rows.shrink_to_fit(),
            What::Policies { rows, .. } => rows.shrink_to_fit(),
            _ => {}
        }
        if beside(&seen.what).is_some() {
            return Some(Self::Value(Box::new(seen)));
        }
        serde_json::to_vec(&seen).ok().map(|line| Self::Text(line.into_boxed_slice()))
    }

    /// Bytes.
    pub(super) fn size(&self) -> usize {
        OVERHEAD
            + match self {
                Self::Value(seen) => size_of::<Observation>() + beside(&seen.what).unwrap_or(0),
                Self::Text(line) => line.len(),
            }
    }

    /// The observation again.
    pub(super) fn into_observation(self) -> Option<Observation> {
        match self {
            Self::Value(seen) => Some(*seen),
            // What this very program wrote a while ago.
            Self::Text(line) => serde_json::from_slice(&line).ok(),
        }
    }
}

/// What an observation takes beside itself; none where that is not easily told.
fn beside(what: &What) -> Option<usize> {
    match what {
        What::Kernel(event) => Some(match event {
            Event::SaAdded(_) | Event::SaUpdated(_) | Event::SaDeleted { .. } => size_of::<KernelSa>(),
            Event::SaExpired { .. } => size_of::<KernelSa>() + size_of::<Selector>(),
            Event::PolicySet(_) => size_of::<KernelPolicy>(),
            _ => 0,
        }),
        What::Sas { rows, .. } => Some(rows.capacity() * size_of::<KernelSa>()),
        What::Policies { rows, .. } => Some(rows.capacity() * size_of::<KernelPolicy>()),
        What::Read { answer: Ok(_), .. } => Some(size_of::<KernelSa>()),
        What::Woke
        | What::EventsLost { .. }
        | What::DumpBegin { .. }
        | What::DumpEnd { how: Dumped::Complete | Dumped::Interrupted, .. }
        | What::Counted { answer: Ok(_), .. }
        | What::RoutesChanged
        | What::LogEnd { .. } => Some(0),
        _ => None,
    }
}
