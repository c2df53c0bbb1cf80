//! `daemon-crashed` and `daemon-down`: the daemon died, was stopped, or is not there though it should be.

mod absence;
mod death;
mod page;
#[cfg(test)]
mod tests;
mod words;

pub use self::absence::is_absence;

use self::absence::AbsenceTold;
use self::death::DeathTold;
use super::{FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::touched::Touched;
use crate::model::Code;

#[derive(Debug, Default)]
pub(super) struct DaemonGone {
    told: DeathTold,
    absence: AbsenceTold,
}

impl FindingRule for DaemonGone {
    fn codes(&self) -> &'static [Code] {
        &[Code::DaemonCrashed, Code::DaemonDown]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::CRASHED, page::DOWN]
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        self.told.tell(facts, (touched.death, self.absence.is_told()), say);
        self.told.judge_recovery(facts, say);
        self.absence.judge(facts, say);
    }
}
