//! Whether a rekey explains the pairs that stand side by side in one tunnel.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::pairs::SideBySide;
use crate::engine::facts::slab::Slot;
use crate::model::Boottime;

/// Two pairs stand this long before anybody speaks of it: an overlap of two IKE SAs, made before one is broken, is over by then.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a daemon does late.
const LATE: Duration = Duration::from_secs(60);

/// The margin of IKEv1's rekeys with its fuzz where the daemon does not say: 9 minutes, and 100 %.
const USUAL_STAY: Duration = Duration::from_secs(1080);

impl Facts {
    /// The whole pairs of a tunnel in the kernel, by the CPU that uses them, oldest first.
    fn pairs_by_cpu(&self, tunnel: Slot<Tunnel>) -> BTreeMap<Option<u16>, Vec<Slot<Child>>> {
        let mut pairs: BTreeMap<_, Vec<_>> = BTreeMap::new();
        // Most have one alone.
        let Some(row) = self.claims.tunnel_at(tunnel).filter(|row| row.children.len() > 1) else { return pairs };
        let connection = self.claims.connection_at(row.connection);
        // Whoever calls has a pair of its own: which of them is whose was not told yet.
        if row.instance.is_none() && connection.is_some_and(Connection::is_template) {
            return pairs;
        }
        for (_, slot) in &row.children {
            if let Some(child) = self.claims.child_at(*slot).filter(|child| child.stands()) {
                let cpu = child.outbound.sa.and_then(|sa| self.sad.get(sa)).and_then(|sa| sa.cpu);
                pairs.entry(cpu).or_default().push(*slot);
            }
        }
        pairs
    }

    /// How many whole pairs one CPU has at most, of a tunnel that has more than one.
    pub(in crate::engine) fn pairs_side_by_side(&self, tunnel: Slot<Tunnel>) -> usize {
        self.pairs_by_cpu(tunnel).values().map(Vec::len).max().unwrap_or(0)
    }

    /// The two pairs of a tunnel that a rekey explains no more, or the first that it will explain no more.
    pub(in crate::engine) fn side_by_side(&self, tunnel: Slot<Tunnel>) -> Option<SideBySide> {
        let pairs = self.pairs_by_cpu(tunnel);
        let stays = self.replaced_stays(tunnel);
        let both = pairs.values().flat_map(|pairs| pairs.windows(2)).filter_map(|both| match both {
            [older, newer] => {
                let newer_row = self.claims.child_at(*newer)?;
                let patience = if newer_row.anew { PATIENCE } else { PATIENCE.max(stays) };
                let unexplained_at = newer_row.established + patience;
                Some(SideBySide { older: *older, newer: *newer, unexplained_at })
            }
            _ => None,
        });
        both.min_by_key(|both| both.unexplained_at)
    }

    /// Of so many whole pairs of a tunnel no rekey explains that they stand, and when they may be more. Where a pair lives hardly longer
    /// than it stays beside its replacement, several replaced ones stand at a time.
    pub(in crate::engine) fn unexplained_pairs(&self, tunnel: Slot<Tunnel>) -> (usize, Option<Boottime>) {
        let stays = self.said_to_stay(tunnel).filter(|stays| !stays.is_zero()).map(|stays| stays + LATE);
        let may_go_by = |pairs: &[Slot<Child>]| {
            let (newer, stays) = (self.claims.child_at(*pairs.last()?)?, stays?);
            (!newer.anew).then_some(newer.established + stays).filter(|until| *until > self.now)
        };
        let by_cpu = self.pairs_by_cpu(tunnel);
        let counted = by_cpu.values().map(|pairs| {
            let explained: Vec<_> = pairs.windows(2).filter_map(may_go_by).collect();
            (pairs.len() - explained.len(), explained.into_iter().min())
        });
        counted.max_by_key(|(pairs, _)| *pairs).unwrap_or_default()
    }

    /// Two pairs of which the newer was made anew, or that no rekey explains: what is sent on one may be lost.
    pub(in crate::engine) fn may_be_crossed(&self, tunnel: Slot<Tunnel>) -> bool {
        let is_so = |both: SideBySide| {
            let newer = self.claims.child_at(both.newer);
            both.unexplained_at <= self.now
                || newer.is_some_and(|newer| newer.anew && self.now.since(newer.established) >= LATE)
        };
        self.side_by_side(tunnel).is_some_and(is_so)
    }

    /// How long a replaced pair may stay beside its replacement.
    fn replaced_stays(&self, tunnel: Slot<Tunnel>) -> Duration {
        self.said_to_stay(tunnel).unwrap_or(USUAL_STAY) + LATE
    }

    fn said_to_stay(&self, tunnel: Slot<Tunnel>) -> Option<Duration> {
        let connection = self.claims.tunnel_at(tunnel).and_then(|row| self.claims.connection_at(row.connection));
        let loaded = connection.and_then(|row| row.loaded.as_ref());
        loaded.and_then(|loaded| loaded.child.replaced_stays).map(|seconds| Duration::from_secs(seconds.into()))
    }
}
