//! No daemon runs though one is due, and no death explains it.

use super::words;
use crate::engine::facts::Facts;
use crate::engine::facts::absence::{AbsenceDue, AbsenceVerdict};
use crate::engine::facts::death::OpenDeath;
use crate::engine::findings::{Draft, HOST, Say};
use crate::model::{Affected, Boottime, Code, Finding, Reason, Source};

/// What was told of a daemon that did not come.
#[derive(Debug, Default)]
pub(super) struct AbsenceTold {
    /// The open finding is of this, and not of a death.
    told: bool,
    /// The facts' count of changes at the last judgement.
    seen: u64,
    judges_by: Option<Boottime>,
}

impl AbsenceTold {
    /// Whether the open finding tells of a start that did not come about.
    pub(super) const fn is_told(&self) -> bool {
        self.told
    }

    /// Opens the finding when its time has come, and closes it when the daemon is there or none is due any more.
    pub(super) fn judge(&mut self, facts: &Facts, say: &mut Say<'_>) {
        let due = self.judges_by.is_some_and(|at| at <= facts.now);
        let changes = facts.absence.changes();
        if std::mem::replace(&mut self.seen, changes) == changes && !due {
            return;
        }
        self.judges_by = None;
        if facts.life.daemon.is_some() {
            self.over("the daemon runs", facts, say);
            return;
        }
        match facts.absence_verdict() {
            AbsenceVerdict::Due(_) if is_told_otherwise(facts) => {
                self.over("another finding tells of it", facts, say);
            }
            AbsenceVerdict::Due(due) if !self.told && facts.has_time(&due) => self.look_again(due.until(), say),
            AbsenceVerdict::Due(due) => self.tell(&due, facts, say),
            AbsenceVerdict::Starting(until, _) => self.look_again(until, say),
            AbsenceVerdict::Other(_, why) => self.over(&why, facts, say),
        }
    }

    fn look_again(&mut self, at: Boottime, say: &mut Say<'_>) {
        self.judges_by = Some(at);
        say.look_again(at);
    }

    fn tell(&mut self, due: &AbsenceDue, facts: &Facts, say: &mut Say<'_>) {
        let affected = Affected { sas: facts.sad.counts().installed(), ..Affected::default() };
        let told = words::absent(due.reason, &due.why, affected.sas, facts.life.unit.as_ref());
        let source = if due.reason == Reason::Failed { Source::Systemd } else { Source::Process };
        let line = say.line(source, words::absence_line(&due.why));
        self.told = true;
        let draft = Draft::of(Code::DaemonDown, HOST, told).because(due.reason);
        say.open(draft.affecting(affected).shown_by([line]));
        if let Some(until) = facts.history_counts_until().filter(|until| *until > facts.now) {
            self.look_again(until, say);
        }
    }

    fn over(&mut self, why: &str, facts: &Facts, say: &mut Say<'_>) {
        let of_death = facts.life.death.as_ref().is_some_and(OpenDeath::is_in_order);
        if std::mem::take(&mut self.told) && !of_death {
            say.over(Code::DaemonDown, HOST, (Source::Process, why));
        }
    }
}

/// Whether this is told of a daemon that did not come, and not of one that went.
pub fn is_absence(finding: &Finding) -> bool {
    finding.code == Code::DaemonDown && matches!(finding.reason, Reason::NotStarted | Reason::Failed)
}

/// A death, or a service manager that gives up, is told by its own name. Not an end by order after which a start failed.
fn is_told_otherwise(facts: &Facts) -> bool {
    !facts.life.death.as_ref().is_none_or(OpenDeath::is_in_order) || facts.crashes.is_loop()
}
