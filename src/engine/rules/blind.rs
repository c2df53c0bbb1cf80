//! `source-blind`: the daemon runs, and what most findings need cannot be seen: its log, its control socket, or the kernel's events.

use std::collections::BTreeMap;
use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::book::id;
use crate::engine::findings::Draft;
use crate::engine::timers::Timer;
use crate::model::{Affected, Boottime, Code, Coverage, Effect, Reason, Severity, Source, SourceState, Subject};

/// Shorter than this is a rotation, a restart of the journal, or a daemon that is busy.
const PATIENCE: Duration = Duration::from_secs(300);

/// Those without which most findings cannot be. Every other source is a line of coverage and no more.
const NEEDED: [Source; 3] = [Source::Xfrm, Source::Log, Source::Daemon];

/// Since when a source shows nothing.
#[derive(Debug, Default)]
pub struct Blind {
    since: BTreeMap<Source, Boottime>,
    touched: bool,
}

impl Blind {
    /// Whether a daemon runs may be another way.
    pub const fn look_again(&mut self) {
        self.touched = true;
    }
}

impl Engine {
    pub(in crate::engine) fn source_covered(&mut self, line: &Coverage) {
        if !NEEDED.contains(&line.source) {
            return;
        }
        let blind = &mut self.rules.blind;
        blind.touched = true;
        if line.state == SourceState::Absent {
            blind.since.entry(line.source).or_insert(self.facts.now);
        } else {
            blind.since.remove(&line.source);
        }
    }

    pub(super) fn judge_blind(&mut self, out: &mut Vec<Effect>) {
        if !std::mem::take(&mut self.rules.blind.touched) {
            return;
        }
        for source in NEEDED {
            let scope = source.to_string();
            let Some(since) = self.blind_since(source) else {
                if self.book.is_open(Code::SourceBlind, &scope) {
                    let why = self.facts.evidence(source, words::over(Code::SourceBlind));
                    self.book.close(&id(Code::SourceBlind, &scope), why, self.facts.now, out);
                }
                continue;
            };
            if self.facts.now.since(since) < PATIENCE && !self.book.is_open(Code::SourceBlind, &scope) {
                self.facts.timers.set(since + PATIENCE, Timer::Blind);
                continue;
            }
            self.tell_blind(source, out);
        }
    }

    /// Since when it shows nothing though there is something to see.
    fn blind_since(&self, source: Source) -> Option<Boottime> {
        let since = *self.rules.blind.since.get(&source)?;
        let daemon = self.facts.life.daemon.as_ref()?;
        // Where nobody says where its log is, there may be none.
        let known = self.facts.started.settings.log_named || daemon.log.starts_with('/') || daemon.unit.is_some();
        (source != Source::Log || known).then(|| since.max(self.facts.life.found))
    }

    fn tell_blind(&mut self, source: Source, out: &mut Vec<Effect>) {
        let Some(line) = self.facts.coverage.get(&source) else { return };
        let (missing, cure) = line.with_cure();
        let told = words::blind(source, missing, cure);
        let evidence = vec![self.facts.evidence(source, missing)];
        let reason = match source {
            Source::Log => Reason::Log,
            Source::Daemon => Reason::ControlSocket,
            _ => Reason::XfrmEvents,
        };
        let draft = Draft {
            code: Code::SourceBlind,
            scope: source.to_string(),
            reason,
            severity: Severity::Warning,
            subject: Subject::default(),
            affected: Affected::default(),
            summary: told.summary,
            advice: told.advice,
            evidence,
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        };
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }
}
