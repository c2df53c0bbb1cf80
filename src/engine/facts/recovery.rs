//! How far the daemon has come back since it died.

use std::time::Duration;

use super::death::OpenDeath;
use crate::model::Boottime;

/// Tunnels have this long to come back before the daemon's death stops explaining their absence.
pub(super) const RESTORE_PATIENCE: Duration = Duration::from_secs(60);

/// A daemon that is back brings up by itself what it will bring up; what is not there then is asked for.
pub const COMES_BY_ITSELF: Duration = Duration::from_secs(10);

/// How far a new process has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// It was not asked yet, or has time left to bring tunnels back. Looked at again then.
    UnderWay(Boottime),
    /// What was up before is up.
    Whole,
    /// Something that was up before is not, and has had its time.
    Partial,
}

impl OpenDeath {
    /// Tunnels that are not back have had their time for it.
    pub fn had_its_time(&self, now: Boottime) -> bool {
        self.back.is_some_and(|back| now >= back + RESTORE_PATIENCE)
    }
}
