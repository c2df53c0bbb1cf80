//! `daemon-crashed` and `daemon-down`: the daemon died, was stopped, or is not there though it should be.

mod absence;
mod death;
mod page;
#[cfg(test)]
mod tests;
mod words;

pub(in crate::engine) use self::absence::is_absence;

use self::absence::Absence;
use self::death::Told;
use super::{Finding, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::touched::Touched;
use crate::model::{Boottime, Code};

#[derive(Debug, Default)]
pub(super) struct DaemonGone {
    told: Told,
    absence: Absence,
    /// Whether what was up is back is looked at then, though nothing else happens.
    recovers_by: Option<Boottime>,
}

impl Finding for DaemonGone {
    fn codes(&self) -> &'static [Code] {
        &[Code::DaemonCrashed, Code::DaemonDown]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::CRASHED, page::DOWN]
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        self.tell_death(facts, touched.death, say);
        self.judge_recovery(facts, say);
        self.judge_absence(facts, say);
    }
}
