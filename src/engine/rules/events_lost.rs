//! `events-lost`: the kernel dropped events; whole dumps of both tables heal it.

use super::words;
use crate::engine::Engine;
use crate::engine::book::Draft;
use crate::engine::facts::Facts;
use crate::model::{Affected, Code, Effect, Reason, Severity, Source, Subject, Table};

const SCOPE: &str = "host";

/// Losses that no dump has healed yet.
#[derive(Debug, Default)]
pub struct LostEvents {
    // Number of the observation that told of the last loss, for each table not dumped since.
    sad: Option<u64>,
    spd: Option<u64>,
    untold: u64,
    malformed: u64,
    healed: bool,
}

impl Engine {
    pub(super) fn judge_events_lost(&mut self, out: &mut Vec<Effect>) {
        let lost = &mut self.facts.lost_events;
        if std::mem::take(&mut lost.untold) > 0 {
            let malformed = std::mem::take(&mut lost.malformed);
            let told = words::events_lost();
            let text = match malformed {
                0 => "the kernel reported ENOBUFS: it dropped an unknown number of XFRM events".to_owned(),
                count => format!("{count} datagrams were no XFRM event that can be understood"),
            };
            let draft = Draft {
                code: Code::EventsLost,
                scope: SCOPE.to_owned(),
                reason: Reason::Unknown,
                severity: Severity::Warning,
                subject: Subject::default(),
                affected: Affected::default(),
                summary: told.summary,
                advice: told.advice,
                evidence: vec![self.facts.evidence(Source::Xfrm, text)],
                again: true,
            };
            self.book.open(draft, self.facts.now, self.facts.wall, out);
        }
        if std::mem::take(&mut self.facts.lost_events.healed) {
            self.over(Source::Xfrm, Code::EventsLost, SCOPE, out);
        }
    }
}

impl Facts {
    pub(in crate::engine) fn events_lost(&mut self, malformed: u64) {
        let lost = &mut self.lost_events;
        lost.sad = Some(self.seq);
        lost.spd = Some(self.seq);
        lost.untold += 1;
        lost.malformed = lost.malformed.saturating_add(malformed);
        // What a running dump shows may be older than what was lost.
        self.resync.spoil(Table::Sad);
        self.resync.spoil(Table::Spd);
        self.want_dumps();
    }

    pub(super) fn events_may_be_whole(&mut self, table: Table, began: u64) {
        let lost = &mut self.lost_events;
        let of_table = match table {
            Table::Sad => &mut lost.sad,
            Table::Spd => &mut lost.spd,
        };
        if of_table.is_some_and(|at| at < began) {
            *of_table = None;
            lost.healed = lost.sad.is_none() && lost.spd.is_none();
        }
    }
}
