//! Events that were lost, and whether whole dumps have shown since what they would have told.

/// Losses.
#[derive(Debug, Default)]
pub struct LostEvents {
    // Number of the observation that told of the last loss, for each table not dumped since.
    pub(super) sad: Option<u64>,
    pub(super) spd: Option<u64>,
    pub(super) times: u64,
    pub(super) malformed: u64,
}

impl LostEvents {
    /// How often events were lost since the start.
    pub const fn times(&self) -> u64 {
        self.times
    }

    /// Datagrams of the last loss that were no event; none where the kernel dropped some.
    pub const fn malformed(&self) -> u64 {
        self.malformed
    }

    /// Both tables were dumped whole since the last loss.
    pub const fn is_healed(&self) -> bool {
        self.sad.is_none() && self.spd.is_none()
    }
}
