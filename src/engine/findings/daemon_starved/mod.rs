//! `daemon-starved`: the daemon does not answer, because this host keeps it from that.

mod page;
#[cfg(test)]
mod tests;
mod words;

use super::silence::{silence_line, want_line};
use super::{Draft, FindingRule, HOST, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::silence::Lack;
use crate::engine::facts::touched::Touched;
use crate::model::{Code, Daemon, Reason, Source};

/// It remembers nothing: whether the daemon is starved is a fact.
#[derive(Debug, Default)]
pub(super) struct DaemonStarved;

impl FindingRule for DaemonStarved {
    fn codes(&self) -> &'static [Code] {
        &[Code::DaemonStarved]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match happened {
            Happened::Starves => tell(facts, say),
            Happened::Hangs(_) => say.over(Code::DaemonStarved, HOST, (Source::Process, words::HANGS)),
            Happened::Recovered(how) => say.over(Code::DaemonStarved, HOST, (Source::Daemon, how)),
            _ => {}
        }
    }

    fn look(&mut self, _facts: &Facts, _touched: &Touched, _say: &mut Say<'_>) {}
}

fn tell(facts: &Facts, say: &mut Say<'_>) {
    let Some((daemon, lack)) = facts.life.daemon.as_ref().zip(facts.life.starved) else { return };
    let Some(pid) = Daemon::pid(daemon) else { return };
    let silence = facts.life.waits.silence.as_ref();
    let lines = silence.into_iter().flat_map(|silence| [Some(silence_line(silence)), want_line(silence)]);
    let lines: Vec<_> = lines.flatten().map(|line| say.line(Source::Process, line)).collect();
    let told = words::starved(pid, lack, daemon.unit.as_deref());
    say.open(Draft::of(Code::DaemonStarved, HOST, told).because(reason(lack)).shown_by(lines));
}

const fn reason(lack: Lack) -> Reason {
    match lack {
        Lack::Processor => Reason::Processor,
        Lack::Quota => Reason::Quota,
        Lack::Memory => Reason::Memory,
    }
}
