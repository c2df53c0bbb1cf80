//! A death that was seen, until its successor has brought back what was up.

use super::words::{self, Fate};
use crate::engine::facts::Facts;
use crate::engine::facts::death::{DeathEnd, OpenDeath, Who};
use crate::engine::facts::listener::LostListener;
use crate::engine::facts::recovery::Recovery;
use crate::engine::facts::want::Want;
use crate::engine::findings::{Draft, HOST, Say};
use crate::model::{Affected, Boottime, Code, Evidence, Question, RealTime, Reason, Source};

/// What was told of the last death.
#[derive(Debug, Default)]
pub(super) struct DeathTold {
    death: u64,
    lines: usize,
    flush: bool,
    opened: bool,
    /// Whether what was up is back is looked at then, though nothing else happens.
    recovers_by: Option<Boottime>,
}

impl DeathTold {
    /// Opens or changes the finding of the death that is being told. `changed`: more is known of it. Where a start
    /// that did not come about is told since (`absence`), that is what counts of an end by order.
    pub(super) fn tell(&mut self, facts: &Facts, (changed, absence): (bool, bool), say: &mut Say<'_>) {
        let Some((death, end)) = facts.life.death.as_ref().and_then(|death| Some((death, death.end?))) else { return };
        if self.death != death.number {
            *self = Self { death: death.number, recovers_by: self.recovers_by, ..Self::default() };
        }
        let news = changed || (death.flushed().is_some() && !self.flush);
        if !news || (end == DeathEnd::InOrder && absence) {
            return;
        }
        let mut lines: Vec<_> = death.lines.after(self.lines).cloned().collect();
        self.lines = death.lines.count();
        if let Some(at) = death.flushed().filter(|_| !self.flush) {
            self.flush = true;
            let text = words::flush_line(death.who.is_listener());
            lines.push(Evidence { time: death.wall, at, source: Source::Xfrm, text });
        }
        let callers = death.before.roadwarriors;
        if callers > 0 {
            lines.push(say.line(Source::Engine, words::roadwarriors(callers)));
        }
        let connections = death.before.connections().len() as u64;
        let affected = Affected { sas: death.sas, connections, list: Vec::new(), more: connections };
        let draft = draft(facts, death, end).affecting(affected).shown_by(lines);
        let first = !std::mem::replace(&mut self.opened, true);
        say.open(if first { draft.again() } else { draft });
    }

    /// It is over once the next process was asked, and what was up before is up, or had long enough.
    pub(super) fn judge_recovery(&mut self, facts: &Facts, say: &mut Say<'_>) {
        let due = self.recovers_by.take_if(|at| *at <= facts.now).is_some();
        if due && facts.life.table.is_none() && facts.life.daemon.is_some() {
            say.want(Want::Ask(Question::Table));
        }
        let Some((end, recovery)) = facts.life.death.as_ref().and_then(|death| death.end).zip(facts.recovery()) else {
            return;
        };
        let why = match recovery {
            Recovery::UnderWay(until) => {
                say.look_again(*self.recovers_by.get_or_insert(until));
                return;
            }
            Recovery::Whole => words::OVER,
            Recovery::Partial => words::OVER_IN_PART,
        };
        say.over(code_of(end), HOST, (Source::Daemon, why));
        say.want(Want::DeathIsOver);
    }
}

const fn code_of(end: DeathEnd) -> Code {
    match end {
        DeathEnd::InOrder => Code::DaemonDown,
        DeathEnd::Crash => Code::DaemonCrashed,
    }
}

fn draft(facts: &Facts, death: &OpenDeath, end: DeathEnd) -> Draft {
    let unit = facts.life.unit.as_ref();
    // What another unit does is nothing to one that was started by hand.
    let ran_it = unit.filter(|unit| death.unit.as_ref() == Some(&unit.unit));
    let fate = if death.flushed().is_some() {
        Fate::Flushed { by_unit: unit.filter(|unit| unit.flushes_on_stop).map(|unit| unit.unit.clone()) }
    } else if death.unseen {
        Fate::Unseen
    } else {
        Fate::Carrying { sas: death.sas, until: last_expiry(facts).map(|until| facts.started.zone.moment(until)) }
    };
    let told = match &death.who {
        Who::Listener(listener) => words::listener_gone(listener, &fate),
        Who::Process { pid, .. } => words::process_gone(&facts.life.behaviour, (end, *pid), &fate, ran_it),
    };
    let draft = Draft::of(code_of(end), HOST, told);
    match (end, &death.who) {
        (DeathEnd::Crash, _) => draft.because(Reason::Died).critical(),
        (DeathEnd::InOrder, Who::Process { .. } | Who::Listener(LostListener { announced: true, .. })) => {
            draft.because(Reason::OrderlyStop)
        }
        (DeathEnd::InOrder, Who::Listener(_)) => draft.because(Reason::SocketGone),
    }
}

/// When the kernel will have removed the last SA by itself: none where nothing limits them.
fn last_expiry(facts: &Facts) -> Option<RealTime> {
    let mut last = None;
    for (_, sa) in facts.sad.iter() {
        if sa.hard_add_seconds == 0 {
            return None;
        }
        last = last.max(Some(i64::from(sa.add_time) + i64::from(sa.hard_add_seconds)));
    }
    last.map(|seconds| RealTime::from_micros(seconds.saturating_mul(1_000_000)))
}
