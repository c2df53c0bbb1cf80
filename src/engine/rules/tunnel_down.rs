//! `tunnel-down`: a connection that should be up has no pair. It opens last: whatever explains it is told instead.

use super::words;
use crate::engine::Engine;
use crate::engine::book::id;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::Draft;
use crate::model::{Affected, Code, Effect, Evidence, Reason, Severity, Source, Subject};

/// Why a connection has no pair, by the daemon's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The peer refused the Child SA.
    PeerRefused,
    /// The peer did not answer.
    NoAnswer,
    /// Authentication failed.
    Authentication,
    /// No common proposal.
    NoProposal,
    /// Its IKE SA was killed.
    LostWithIke,
}

/// The daemon's last word about a connection without a pair.
#[derive(Debug)]
pub struct Down {
    why: Why,
    // The peer's own word.
    notify: Option<String>,
    lines: Vec<Evidence>,
    again: bool,
}

// === impl Why ===

impl From<Why> for Reason {
    fn from(why: Why) -> Self {
        match why {
            Why::PeerRefused => Self::PeerRefused,
            Why::NoAnswer => Self::NoAnswer,
            Why::Authentication => Self::Authentication,
            Why::NoProposal => Self::NoProposal,
            Why::LostWithIke => Self::LostWithIkeSa,
        }
    }
}

// === impl Down ===

impl Down {
    /// Why.
    pub const fn why(&self) -> Why {
        self.why
    }

    /// The daemon's lines that no finding has quoted yet.
    pub fn lines(&self) -> &[Evidence] {
        &self.lines
    }

    /// The line of an attempt that nobody was told of.
    pub fn newest_attempt(&mut self) -> Option<Evidence> {
        std::mem::take(&mut self.again).then(|| self.lines.last().cloned()).flatten()
    }
}

impl Engine {
    pub(super) fn judge_down(&mut self, connection: Slot<Connection>, out: &mut Vec<Effect>) {
        let name = self.facts.connection_text(connection);
        let Some(row) = self.facts.claims.connection_at(connection) else { return };
        let has_pair = row.tunnels.iter().any(|tunnel| self.facts.claims.newest(*tunnel).is_some());
        let template = row.loaded.as_ref().is_some_and(|loaded| loaded.template);
        if !has_pair && self.book.is_open(Code::TunnelNotRestored, &name) {
            self.not_restored_again(connection, out);
            return;
        }
        if has_pair || !row.wanted || template || self.is_down_explained(connection) {
            return;
        }
        let Some(down) = self.facts.down.get_mut(&connection) else {
            self.judge_silent_down(connection, name, out);
            return;
        };
        let again = std::mem::take(&mut down.again);
        let (why, notify, lines) = (down.why, down.notify.clone(), std::mem::take(&mut down.lines));
        if !again && self.book.is_open(Code::TunnelDown, &name) {
            return;
        }
        let lines = lines.into_iter().chain(self.facts.blocked(connection)).collect();
        let draft = self.facts.down_draft(name, Some((why, notify)), lines, again);
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }

    /// Nobody said why: it has some time to come up by itself.
    fn judge_silent_down(&mut self, connection: Slot<Connection>, name: String, out: &mut Vec<Effect>) {
        let Some(row) = self.facts.claims.connection_at(connection) else { return };
        let since_found = self.facts.now.since(self.facts.life.found);
        if row.negotiating.is_some() || since_found < super::WANTED_AFTER || self.book.is_open(Code::TunnelDown, &name)
        {
            return;
        }
        let draft = self.facts.down_draft(name, None, self.facts.blocked(connection), false);
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }

    fn is_down_explained(&self, connection: Slot<Connection>) -> bool {
        self.facts.daemon_is_in_trouble()
            || self.facts.life.dying.is_some()
            || self.rules.is_refused(&self.facts, &self.book, connection)
            || self.facts.lost_devices.values().any(|device| device.served(connection))
    }

    /// What was said of it is over: nobody wants it up.
    pub(in crate::engine) fn over_by_order(
        &mut self,
        connection: Slot<Connection>,
        seen: &Evidence,
        out: &mut Vec<Effect>,
    ) {
        let name = self.facts.connection_text(connection);
        for code in super::OVER_WITH_A_PAIR {
            if self.book.is_open(code, &name) {
                self.book.close(&id(code, &name), seen.clone(), self.facts.now, out);
            }
        }
    }
}

impl Facts {
    pub(in crate::engine) fn went_down(
        &mut self,
        connection: Slot<Connection>,
        why: Why,
        notify: Option<&str>,
        seen: Evidence,
    ) {
        let new = || Down { why, notify: None, lines: Vec::new(), again: false };
        let down = self.down.entry(connection).or_insert_with(new);
        down.why = why;
        down.notify = notify.map(ToOwned::to_owned);
        down.lines.push(seen);
        if down.lines.len() > 20 {
            down.lines.remove(0);
        }
        down.again = true;
        self.touch_connection(connection);
    }

    /// A Child SA goes because its IKE SA was killed: its connection should be up and is not.
    pub(in crate::engine) fn went_with_ike(&mut self, child: Slot<Child>) {
        let Some(row) = self.claims.child_at(child) else { return };
        let (ike, tunnel) = (row.ike, row.tunnel);
        let Some(killer) = self.life.killer_of(ike).cloned() else { return };
        let Some(connection) = self.claims.tunnel_at(tunnel).map(|tunnel| tunnel.connection) else { return };
        if let Some(row) = self.claims.connection_mut(connection) {
            row.wanted = true;
        }
        self.went_down(connection, Why::LostWithIke, None, killer);
        self.timers.set(self.now + super::WANTED_AFTER, crate::engine::timers::Timer::Wanted(connection));
    }

    fn down_draft(&self, name: String, why: Option<(Why, Option<String>)>, lines: Vec<Evidence>, again: bool) -> Draft {
        let (why, notify) = why.unzip();
        let told = words::tunnel_down(&name, why, notify.flatten().as_deref());
        let mut evidence = lines;
        if evidence.is_empty() {
            evidence.push(self.evidence(Source::Engine, "the connection should be up, and no pair of SAs serves it"));
        }
        Draft {
            code: Code::TunnelDown,
            scope: name.clone(),
            reason: why.map_or(Reason::Unknown, Reason::from),
            severity: Severity::Critical,
            subject: Subject { connection: Some(name), ..Subject::default() },
            affected: Affected::default(),
            summary: told.summary,
            advice: told.advice,
            evidence,
            again,
            speaks_of: std::collections::BTreeSet::new(),
        }
    }

    /// An operator took it down, or unloaded it: then it should not be up.
    pub(in crate::engine) fn taken_down(&mut self, connection: Slot<Connection>, unloaded: bool, seen: Evidence) {
        if let Some(row) = self.claims.connection_mut(connection) {
            row.wanted = false;
            row.negotiating = None;
            if unloaded {
                row.loaded = None;
            }
        }
        self.down.remove(&connection);
        self.refusals.remove(&connection);
        self.went_by_order(connection);
        self.happens(Happened::TakenDown(connection, seen));
        self.touch_connection(connection);
    }
}
