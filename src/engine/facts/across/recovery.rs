//! How far the daemon has come back since it died.

use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::recovery::{RESTORE_PATIENCE, Recovery};

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
