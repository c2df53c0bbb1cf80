//! Connections without a pair, and what the daemon said of it last.

use std::time::Duration;

use super::Facts;
use super::claims::{Child, Connection};
use super::happened::Happened;
use super::slab::Slot;
use crate::engine::facts::timer::Timer;
use crate::model::{Evidence, Reason};

/// A connection that should be up has this long to come up by itself.
pub const WANTED_AFTER: Duration = Duration::from_secs(60);

/// So many of the daemon's lines are kept until a finding quotes them.
const LINES: usize = 20;

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
    /// Its address at this end is on no interface, or was not when the daemon looked.
    AddressGone,
    /// The daemon cannot tell which of its ends this host is.
    EndsUnclear,
}

/// The daemon's last word about a connection without a pair.
#[derive(Debug)]
pub struct Down {
    pub why: Why,
    /// The peer's own word.
    pub notify: Option<String>,
    // Lines that no finding has quoted yet.
    lines: Vec<Evidence>,
    // This many of them behind the last attempt are of no attempt; none where all attempts are told.
    again: Option<usize>,
}

impl From<Why> for Reason {
    fn from(why: Why) -> Self {
        match why {
            Why::PeerRefused => Self::PeerRefused,
            Why::NoAnswer => Self::NoAnswer,
            Why::Authentication => Self::Authentication,
            Why::NoProposal => Self::NoProposal,
            Why::LostWithIke => Self::LostWithIkeSa,
            Why::AddressGone => Self::AddressGone,
            Why::EndsUnclear => Self::Unknown,
        }
    }
}

impl Down {
    /// The daemon's lines that no finding has quoted yet.
    pub fn lines(&self) -> &[Evidence] {
        &self.lines
    }

    /// The line of an attempt that nobody was told of.
    pub fn newest_attempt(&self) -> Option<&Evidence> {
        self.lines.iter().rev().nth(self.again?)
    }

    fn push(&mut self, line: Evidence) {
        self.lines.push(line);
        if self.lines.len() > LINES {
            self.lines.remove(0);
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
        // Whoever sends from an address that is gone hears no answer.
        let is_gone = why == Why::NoAnswer && self.address_gone(connection).is_some();
        let why = if is_gone { Why::AddressGone } else { why };
        let new = || Down { why, notify: None, lines: Vec::new(), again: None };
        let down = self.down.entry(connection).or_insert_with(new);
        down.why = why;
        down.notify = notify.map(ToOwned::to_owned);
        down.push(seen);
        down.again = Some(0);
        self.touch_connection(connection);
    }

    /// A further line of the same attempt.
    pub(in crate::engine) fn down_is_shown_by(&mut self, connection: Slot<Connection>, line: Evidence) {
        if let Some(down) = self.down.get_mut(&connection) {
            down.push(line);
            down.again = down.again.map(|behind| behind + 1);
        }
    }

    /// What is known of it by now is told.
    pub(in crate::engine) fn down_was_told(&mut self, connection: Slot<Connection>) {
        if let Some(down) = self.down.get_mut(&connection) {
            down.again = None;
            down.lines.clear();
        }
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
        self.timers.set(self.now + WANTED_AFTER, Timer::Wanted(connection));
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
        self.takedowns.settle(connection);
        self.refusals.settle(connection);
        self.went_by_order(connection);
        self.happens(Happened::TakenDown(connection, seen));
        self.touch_connection(connection);
    }
}
