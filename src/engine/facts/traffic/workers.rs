//! Who encrypts, as far as the counters tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Direction, Worker};

/// Who encrypts on each device.
#[derive(Debug, Default)]
pub struct Workers {
    /// What SAs carry that claim the NIC; nothing where that cannot be told.
    pub offloaded: BTreeMap<(u32, Direction), Worker>,
    /// Devices whose NIC does what SAs carry that claim it not.
    pub uncalled: BTreeSet<(u32, Direction)>,
}

impl Workers {
    /// Who does what SAs carry that claim this device.
    pub fn of_offloaded(&self, device: u32, direction: Direction) -> Option<Worker> {
        self.offloaded.get(&(device, direction)).copied()
    }
}
