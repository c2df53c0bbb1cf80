//! The pure core: observations in, effects out. It knows no clock, no randomness and no I/O, and depends on no order of a hash map.
//!
//! A step is: take the observation into the tables (`kernel`, `log`, `daemon`), do what its time makes due (`timers`), judge what it touched
//! (`rules`), and say when to look again.

mod book;
mod commands;
mod due;
mod facts;
mod findings;
mod guard;
mod metrics;
mod ranking;
mod remedies;
mod rules;
mod timers;
mod view;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod work;

pub use self::findings::{Page, page};
pub use self::metrics::Tally;
pub use self::ranking::Ranking;

use self::book::Book;
use self::facts::Facts;
use self::facts::happened::Happened;
use self::findings::Findings;
use self::remedies::{Course, Remedies, Scene};
use self::rules::Rules;
use crate::model::{Boottime, Effect, Finding, Observation, RemedyPlan, Request, Source, Started, What};

/// So often in one step timers are looked at that others have set for now.
const ROUNDS: usize = 8;

/// What is known, and the rules that judge it.
#[derive(Debug, Default)]
pub struct Engine {
    facts: Facts,
    findings: Findings,
    rules: Rules,
    remedies: Remedies,
    book: Book,
}

impl Engine {
    /// An engine that has seen nothing. Its first observation must be `What::Started`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one observation and appends what should be done to `out`. Returns when to wake it with `What::Woke` at the latest.
    pub fn step(&mut self, seen: &Observation, out: &mut Vec<Effect>) -> Option<Boottime> {
        self.facts.now = self.facts.now.max(seen.at);
        self.facts.wall = seen.wall;
        self.facts.seq = seen.seq;
        let first = out.len();
        self.take(&seen.what, out);
        self.hear(out);
        self.course(out, |course, _| course.remedies_see(&seen.what));
        self.due_timers(out);
        self.wake_remedies(out);
        self.findings.woken(self.facts.now);
        self.facts.ask_what_is_wanted(out);
        self.judge(out);
        self.join_if_whole(out);
        self.course(out, |course, out| course.judge_remedies(first, out));
        self.facts.ask_what_is_wanted(out);
        [self.facts.timers.next(), self.findings.next(), self.remedies.next()].into_iter().flatten().min()
    }

    /// Open findings, worst first.
    pub fn findings(&self) -> Vec<Finding> {
        self.book.worst_first()
    }

    /// Whether the way of some traffic is being asked for.
    pub fn is_asking_for_routes(&self) -> bool {
        self.facts.routes.is_asking()
    }

    /// Whether no daemon runs, and the service manager has not said yet what it knows of one.
    pub fn lacks_unit(&self) -> bool {
        self.facts.life.daemon.is_none() && !self.facts.coverage.contains_key(&Source::Systemd)
    }

    /// Whether the first full join is done.
    pub fn is_joined(&self) -> bool {
        self.facts.joined
    }

    /// What would be done now, step by step. Changes nothing.
    ///
    /// # Errors
    /// Nothing is meant by it, or nothing can be done; in one sentence.
    pub fn plan_of(&self, request: &Request) -> Result<Vec<RemedyPlan>, String> {
        let (facts, rules, findings) = (&self.facts, &self.rules, &self.findings);
        Scene { facts, rules, findings, book: &self.book, remedies: &self.remedies }.plan_of(request)
    }

    /// The remedies look at what is known; what they want is done.
    fn course<T>(&mut self, out: &mut Vec<Effect>, go: impl FnOnce(&mut Course<'_>, &mut Vec<Effect>) -> T) -> T {
        let mut wants = Vec::new();
        let (facts, rules, findings) = (&self.facts, &self.rules, &self.findings);
        let (book, remedies) = (&mut self.book, &mut self.remedies);
        let done = go(&mut Course { facts, rules, findings, book, remedies, wants: &mut wants }, out);
        self.facts.grant(wants, out);
        done
    }

    fn wake_remedies(&mut self, out: &mut Vec<Effect>) {
        if self.course(out, |course, _| course.wake())
            && let Some(step) = self.course(out, |course, _| course.fence_due())
        {
            let ask = self.facts.asks.next();
            self.remedies.fence_asked(ask, step, out);
        }
    }

    /// What its time has come for, and what that makes due at once. What is set again for now, again and again, has to wait for the next
    /// step: at the end of time every deadline is now.
    fn due_timers(&mut self, out: &mut Vec<Effect>) {
        for _ in 0..ROUNDS {
            let due = self.facts.timers.take_due(self.facts.now);
            if due.is_empty() {
                return;
            }
            for timer in due {
                self.due(timer, out);
            }
            self.hear(out);
        }
    }

    fn take(&mut self, what: &What, out: &mut Vec<Effect>) {
        match what {
            What::Started(started) => self.start(started, out),
            What::Reconfigured(settings) => {
                self.facts.started.settings = settings.clone();
                self.facts.absence.look_again();
                self.facts.touch_every_tunnel();
                self.facts.happens(Happened::Reconfigured);
            }
            What::Misconfigured(wrong) => self.facts.happens(Happened::Misconfigured(wrong.clone())),
            What::Woke => {}
            What::Coverage(line) => {
                self.facts.coverage.insert(line.source, line.clone());
                self.facts.happens(Happened::Covered(line.source));
            }
            What::Kept { ask, answer } => self.course(out, |course, out| course.kept(*ask, answer, out)),
            What::Outcome(outcome) => self.course(out, |course, out| course.step_ended(outcome, out)),
            What::Requested(request) => self.course(out, |course, out| course.requested(request, out)),
            What::Kernel(event) => self.facts.kernel_event(event, out),
            What::EventsLost { malformed } => self.facts.events_lost(*malformed),
            What::DumpBegin { ask, table } => self.facts.dump_began(*ask, *table),
            What::Sas { ask, rows } => self.facts.dumped_sas(*ask, rows),
            What::Policies { ask, rows } => self.facts.dumped_policies(*ask, rows),
            What::DumpEnd { ask, how, took } => self.facts.dump_ended(*ask, how, *took, out),
            What::Read { ask, id, answer } => self.facts.sa_was_read(*ask, id, answer, out),
            What::Counted { ask, answer } => self.facts.counted(*ask, answer),
            What::Sampled { ask, device, answer, .. } => self.facts.device_was_sampled(*ask, (device, answer)),
            What::HostSampled { ask, answer, .. } => self.facts.host_was_sampled(*ask, answer),
            What::OffloadTried(tried) => self.facts.offload_tried(tried),
            What::KernelSaid(words) => self.facts.kernel_said_to_daemon(words),
            What::KernelLog(line) => self.facts.kernel_logged(line),
            What::Link(link) => self.facts.link_seen(link, out),
            What::LinkGone { index } => self.facts.link_gone(*index, out),
            What::LinksKnown => self.facts.links.known = true,
            What::RoutesChanged => self.facts.routes_changed(),
            What::Routed { ask, query, answer } => self.facts.routed(*ask, query, answer),
            What::Log(line) => self.facts.log_line(line),
            What::LogEnd { ask } => self.facts.log_ended(*ask),
            What::DaemonAnswered { ask, answer, worked, took } => {
                self.facts.daemon_answered(*ask, answer, worked.unwrap_or(*took))
            }
            What::DaemonAnsweredLate { ask } => self.facts.daemon_answered_late(*ask),
            What::DaemonCallEnded { ask } => self.facts.daemon_call_ended(*ask),
            What::DaemonFound(daemon) => self.facts.daemon_found(daemon),
            What::DaemonAbsent => self.facts.daemon_absent(),
            What::OtherDaemons(others) => self.facts.other_daemons(others),
            What::DaemonGone(death) => self.facts.daemon_gone(death.pid, out),
            What::ListenerGone(loss) => self.facts.listener_gone(*loss, out),
            What::Process(look) => self.facts.process_looked_at(look),
            What::Listener(look) => self.facts.listener_looked_at(*look),
            What::Unit(unit) => self.facts.unit_changed(unit, out),
        }
    }

    fn start(&mut self, started: &Started, out: &mut Vec<Effect>) {
        self.facts.started = started.clone();
        self.facts.sad.set_netns(started.netns);
        self.course(out, |course, _| course.recall(started));
        self.facts.want_dumps();
        self.facts.timers.set(self.facts.now + facts::resync::COUNT_EVERY, timers::Timer::Count);
        self.facts.timers.set(self.facts.now + facts::resync::DUMP_EVERY, timers::Timer::PeriodicDump);
    }

    /// Once: when everything that can be known at the start is known.
    fn join_if_whole(&mut self, out: &mut Vec<Effect>) {
        if self.facts.joined
            || !self.facts.resync.first_done()
            || !self.facts.links.known
            || !self.facts.life.first_done()
        {
            return;
        }
        self.facts.joined = true;
        self.facts.absence_is_watched();
        self.facts.touch_every_tunnel();
        self.facts.unclaimed_at_join();
        self.hear(out);
        self.facts.death_before_join();
        self.course(out, |course, _| course.fence_changed());
        self.course(out, |course, out| course.resume(out));
        self.facts.account_for_earlier(out);
        // At once: both may die before anything changes.
        self.remedies.keep_soon();
        self.judge(out);
        out.push(Effect::Joined);
        self.facts.ask_what_is_wanted(out);
    }
}
