//! How far the daemon has come back since it died.

use std::time::Duration;

use super::Facts;
use super::death::Death;
use super::happened::Happened;
use crate::model::Boottime;

/// Tunnels have this long to come back before the daemon's death stops explaining their absence.
const RESTORE_PATIENCE: Duration = Duration::from_secs(60);

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

impl Death {
    /// Tunnels that are not back have had their time for it.
    pub fn had_its_time(&self, now: Boottime) -> bool {
        self.back.is_some_and(|back| now >= back + RESTORE_PATIENCE)
    }
}

impl Facts {
    /// How far its successor has come; none where there is none, or the death has no name yet.
    pub(in crate::engine) fn recovery(&self) -> Option<Recovery> {
        let death = self.life.death.as_ref().filter(|death| death.is_named())?;
        let patient_until = death.back? + RESTORE_PATIENCE;
        if self.life.table.is_none_or(|(at, _)| death.back.is_some_and(|back| at < back)) {
            // Where nobody has asked it even then: in a while.
            let later = self.now + RESTORE_PATIENCE;
            return Some(Recovery::UnderWay(if self.now < patient_until { patient_until } else { later }));
        }
        if death.before.permanent.iter().all(|place| self.place_stands(*place)) {
            return Some(Recovery::Whole);
        }
        let waits = death.is_crash() && !death.had_its_time(self.now);
        Some(if waits { Recovery::UnderWay(patient_until) } else { Recovery::Partial })
    }

    /// What came of it was told: it explains nothing any more.
    pub(in crate::engine) fn death_is_over(&mut self) {
        self.life.death = None;
        self.touch_every_tunnel();
        self.happens(Happened::DeathOver);
    }
}
