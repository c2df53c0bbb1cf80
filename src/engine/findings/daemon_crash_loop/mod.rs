//! `daemon-crash-loop`: the daemon dies again and again, or its service manager has given it up.

mod page;
#[cfg(test)]
mod tests;
mod words;

use super::{Draft, FindingRule, HOST, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::crashes::SPAN;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::model::{Code, Reason, Source};

/// How much was told of the deaths that the facts count.
#[derive(Debug, Default)]
pub(super) struct CrashLoop {
    told: usize,
}

impl FindingRule for CrashLoop {
    fn codes(&self) -> &'static [Code] {
        &[Code::DaemonCrashLoop]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn look(&mut self, facts: &Facts, _touched: &Touched, say: &mut Say<'_>) {
        if say.is_open(Code::DaemonCrashLoop, HOST) && is_over(facts, say) {
            self.told = 0;
            say.over(Code::DaemonCrashLoop, HOST, (Source::Process, words::OVER));
            say.want(Want::CrashesAreOver);
            return;
        }
        let crashes = &facts.crashes;
        if crashes.lines.count() == self.told || !crashes.is_loop() {
            return;
        }
        let lines = crashes.lines.after(self.told).cloned();
        let reason = if crashes.gave_up() { Reason::StartLimit } else { Reason::DiedAgain };
        let told = words::crash_loop(reason, crashes.count(), SPAN, facts.life.unit.as_ref());
        say.open(Draft::of(Code::DaemonCrashLoop, HOST, told).because(reason).critical().shown_by(lines).again());
        self.told = crashes.lines.count();
    }
}

/// A process has lived for long enough; where it has not yet, that is looked at again.
fn is_over(facts: &Facts, say: &mut Say<'_>) -> bool {
    let life = &facts.life;
    if !life.is_alive() || life.answered.is_none() || life.hung.is_some() {
        return false;
    }
    let long_enough = facts.now.since(life.found) >= SPAN;
    if !long_enough && !say.will_look() {
        say.look_again(life.found + SPAN);
    }
    long_enough
}
