//! `offload-rejected` of an SA that no line of the daemon speaks of: made by hand, by another program, or by a daemon whose log is not
//! heard. Its scope is the pair of addresses.

use std::net::IpAddr;
use std::time::Duration;

use super::capacity::Refused;
use super::why::Known;
use super::words;
use crate::engine::Engine;
use crate::engine::book::id;
use crate::engine::facts::offload_attempts::AttemptId;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::Draft;
use crate::engine::timers::Timer;
use crate::model::{Affected, Boottime, Code, Effect, Protocol, Reason, RefusedSa, Severity, Source, Subject};

/// Without another refusal it is over after this time: nobody else tells whether somebody still wants that SA.
const OVER_AFTER: Duration = Duration::from_secs(600);

/// One pair of addresses.
#[derive(Debug)]
pub struct Foreign {
    dst: Option<IpAddr>,
    at: Boottime,
}

impl Engine {
    pub(in crate::engine) fn tell_foreign_refusal(&mut self, tried: AttemptId, out: &mut Vec<Effect>) {
        let Some(row) = self.facts.attempts.get(&tried) else { return };
        let known = Known { tried: Some(row), at: row.at, ..Known::default() };
        let (entry, lines) = self.facts.why(&known, None);
        let mut evidence = vec![row.line.clone()];
        evidence.extend(lines);
        let (device, spi, dst) = (row.tried.ifindex, row.tried.spi, row.tried.dst);
        let full = self.facts.is_full(entry, Some(row));
        let protocol = row.tried.shape.map_or(Protocol::Esp, |shape| shape.protocol);
        if full {
            let sa = Some(RefusedSa { protocol, spi, dst });
            self.device_is_full(device, Refused { connection: None, sa, lines: evidence }, out);
            return;
        }
        let text = |address: Option<IpAddr>| address.map_or_else(|| "?".to_owned(), |address| address.to_string());
        let scope = format!("{}-{}", text(row.tried.src), text(dst));
        let name = self.facts.links.name(device);
        let told = words::foreign_refused(&row.tried, &name, entry);
        let draft = Draft {
            code: Code::OffloadRejected,
            scope: scope.clone(),
            reason: entry.map_or(Reason::Unknown, |entry| entry.reason),
            severity: Severity::Critical,
            subject: Subject {
                spi: Some(spi),
                dst,
                direction: Some(row.tried.direction.into()),
                device: Some(name),
                ..Subject::default()
            },
            affected: Affected::default(),
            summary: told.summary,
            advice: told.advice,
            evidence,
            again: true,
            speaks_of: std::collections::BTreeSet::new(),
        };
        self.book.open(draft, self.facts.now, self.facts.wall, out);
        self.rules.foreign.insert(scope, Foreign { dst, at: self.facts.now });
        self.facts.timers.set(self.facts.now + OVER_AFTER, Timer::Foreign);
    }

    /// An SA came: it is what was refused before, with another shape or without offload.
    pub(super) fn foreign_came(&mut self, slot: Slot<Sa>, out: &mut Vec<Effect>) {
        if let Some(dst) = self.facts.sad.get(slot).map(|sa| sa.dst) {
            self.close_foreign(out, |foreign| foreign.dst == Some(dst));
        }
    }

    pub(in crate::engine) fn foreign_due(&mut self, out: &mut Vec<Effect>) {
        let now = self.facts.now;
        self.close_foreign(out, |foreign| now.since(foreign.at) >= OVER_AFTER);
    }

    fn close_foreign(&mut self, out: &mut Vec<Effect>, over: impl Fn(&Foreign) -> bool) {
        let scopes: Vec<String> =
            self.rules.foreign.iter().filter(|(_, foreign)| over(foreign)).map(|(scope, _)| scope.clone()).collect();
        for scope in scopes {
            self.rules.foreign.remove(&scope);
            let why = self
                .facts
                .evidence(Source::Engine, "an SA came for that address, or nobody tried again for 10 minutes");
            self.book.close(&id(Code::OffloadRejected, &scope), why, self.facts.now, out);
        }
    }
}
