//! `daemon-hung`: the daemon is there and does nothing.

mod page;
#[cfg(test)]
mod tests;
mod words;

use super::silence::{silence_line, want_line};
use super::{Draft, FindingRule, HOST, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::listener::HANGS_AFTER;
use crate::engine::facts::silence::Doing;
use crate::engine::facts::touched::Touched;
use crate::model::{Affected, Code, Daemon, Evidence, ProcessLook, Question, Reason, RunState, Source};

/// It remembers nothing: whether the daemon hangs is a fact.
#[derive(Debug, Default)]
pub(super) struct DaemonHung;

impl FindingRule for DaemonHung {
    fn codes(&self) -> &'static [Code] {
        &[Code::DaemonHung]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match happened {
            Happened::Hangs(question) => tell_process(*question, facts, say),
            Happened::ListenerHangs => tell_listener(facts, say),
            Happened::Recovered(how) => say.over(Code::DaemonHung, HOST, (Source::Daemon, how)),
            _ => {}
        }
    }

    fn look(&mut self, _facts: &Facts, _touched: &Touched, _say: &mut Say<'_>) {}
}

fn tell_process(question: Question, facts: &Facts, say: &mut Say<'_>) {
    let Some((daemon, pid)) = facts.life.daemon.as_ref().and_then(|daemon| Some((daemon, daemon.pid()?))) else {
        return;
    };
    let look = facts.life.look.filter(|look| look.pid == pid);
    let silence = facts.life.waits.silence.as_ref();
    let reason = if has_no_worker(facts, look) { Reason::NoWorkers } else { reason(look, facts.life.waits.doing()) };
    let mut lines: Vec<Evidence> =
        look.into_iter().map(|look| say.line(Source::Process, words::look_line(look))).collect();
    lines.push(say.line(Source::Daemon, words::question_line(question)));
    if let Some(silence) = silence {
        let told = [Some(silence_line(silence)), words::others_line(silence), want_line(silence)];
        lines.extend(told.into_iter().flatten().map(|line| say.line(Source::Process, line)));
    }
    if let Some(idle) = facts.life.few_workers().filter(|_| reason == Reason::NoWorkers) {
        lines.push(say.line(Source::Daemon, words::idle_line(idle)));
    }
    let unit = daemon.unit.as_deref();
    let told = match reason {
        Reason::NoWorkers => words::no_workers(&facts.life.behaviour, pid, unit),
        reason => words::process_hung(pid, reason, unit, silence),
    };
    let draft = Draft::of(Code::DaemonHung, HOST, told).because(reason).critical();
    say.open(draft.affecting(every_sa(facts)).shown_by(lines));
}

fn tell_listener(facts: &Facts, say: &mut Say<'_>) {
    let Some(Daemon { socket, .. }) = &facts.life.daemon else { return };
    let mut lines = vec![say.line(Source::Daemon, words::silence_line(HANGS_AFTER))];
    if facts.life.waiting > 0 {
        lines.push(say.line(Source::Process, words::waiting_line(facts.life.waiting)));
    }
    let told = words::listener_hung(facts.life.dialect().process_name(), socket, HANGS_AFTER);
    let draft = Draft::of(Code::DaemonHung, HOST, told).because(Reason::Unresponsive).critical();
    say.open(draft.affecting(every_sa(facts)).shown_by(lines));
}

/// It sleeps, nothing holds it, it had hardly an idle worker thread when it was heard last, and none of its threads works since.
fn has_no_worker(facts: &Facts, look: Option<ProcessLook>) -> bool {
    let held =
        look.is_some_and(|look| matches!(look.state, RunState::Stopped | RunState::Traced | RunState::Uninterruptible));
    let sleeps = matches!(facts.life.waits.doing(), Some(Doing::Sleeps) | None);
    let silence = facts.life.waits.silence.as_ref();
    let works = silence.is_some_and(|silence| silence.others_worked.is_some_and(|worked| worked >= silence.over / 2));
    facts.life.few_workers().is_some() && sleeps && !held && !works
}

/// The last look tells of what somebody else did to it; what it does by itself is judged over the whole time, where that was seen.
fn reason(look: Option<ProcessLook>, doing: Option<Doing>) -> Reason {
    match (look.map(|look| look.state), doing) {
        (Some(RunState::Stopped), _) => Reason::Stopped,
        (Some(RunState::Traced), _) => Reason::Traced,
        (_, Some(Doing::Frozen)) => Reason::Frozen,
        (_, Some(Doing::Waits)) | (Some(RunState::Uninterruptible), None) => Reason::Uninterruptible,
        (_, Some(Doing::Spins)) => Reason::Spins,
        (_, Some(Doing::Sleeps)) => Reason::Sleeps,
        (_, Some(Doing::Unclear) | None) => Reason::Unresponsive,
    }
}

fn every_sa(facts: &Facts) -> Affected {
    Affected { sas: facts.sad.counts().installed(), ..Affected::default() }
}
