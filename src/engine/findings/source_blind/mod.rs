//! `source-blind`: the daemon runs, and what most findings need cannot be seen: its log, its control socket, or the kernel's events.

mod page;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::touched::Touched;
use crate::model::{Boottime, Code, Reason, Source, SourceState};

/// Shorter than this is a rotation, a restart of the journal, or a daemon that is busy.
const PATIENCE: Duration = Duration::from_secs(300);

/// Those without which most findings cannot be. Every other source is a line of coverage and no more.
const NEEDED: [Source; 3] = [Source::Xfrm, Source::Log, Source::Daemon];

/// Since when a source shows nothing.
#[derive(Debug, Default)]
pub(super) struct SourceBlind {
    since: BTreeMap<Source, Boottime>,
    changed: bool,
    looks_by: Option<Boottime>,
}

impl FindingRule for SourceBlind {
    fn codes(&self) -> &'static [Code] {
        &[Code::SourceBlind]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, _say: &mut Say<'_>) {
        match happened {
            Happened::Covered(source) if NEEDED.contains(source) => self.covered(*source, facts),
            Happened::DaemonChanged | Happened::Reconfigured => self.changed = true,
            _ => {}
        }
    }

    fn look(&mut self, facts: &Facts, _touched: &Touched, say: &mut Say<'_>) {
        let due = self.looks_by.is_some_and(|at| at <= facts.now);
        if !std::mem::take(&mut self.changed) && !due {
            return;
        }
        self.looks_by = None;
        for source in NEEDED {
            let scope = source.to_string();
            let Some(since) = self.blind_since(source, facts) else {
                say.over(Code::SourceBlind, &scope, (source, words::OVER));
                continue;
            };
            let told_at = since + PATIENCE;
            if facts.now < told_at && !say.is_open(Code::SourceBlind, &scope) {
                let at = self.looks_by.map_or(told_at, |other| other.min(told_at));
                self.looks_by = Some(at);
                say.look_again(at);
                continue;
            }
            tell(source, facts, say);
        }
    }
}

impl SourceBlind {
    fn covered(&mut self, source: Source, facts: &Facts) {
        self.changed = true;
        if facts.coverage.get(&source).is_some_and(|line| line.state == SourceState::Absent) {
            self.since.entry(source).or_insert(facts.now);
        } else {
            self.since.remove(&source);
        }
    }

    /// Since when it shows nothing though there is something to see.
    fn blind_since(&self, source: Source, facts: &Facts) -> Option<Boottime> {
        let since = *self.since.get(&source)?;
        let daemon = facts.life.daemon.as_ref()?;
        // Where nobody says where its log is, there may be none.
        let known = facts.started.settings.log_named || daemon.log.starts_with('/') || daemon.unit.is_some();
        (source != Source::Log || known).then(|| since.max(facts.life.found))
    }
}

fn tell(source: Source, facts: &Facts, say: &mut Say<'_>) {
    let Some(line) = facts.coverage.get(&source) else { return };
    let (missing, cure) = line.with_cure();
    let reason = match source {
        Source::Log => Reason::Log,
        Source::Daemon => Reason::ControlSocket,
        _ => Reason::XfrmEvents,
    };
    let draft =
        Draft::of(Code::SourceBlind, source.to_string(), words::blind(&facts.life.behaviour, source, missing, cure));
    say.open(draft.because(reason).shown_by([say.line(source, missing)]));
}
