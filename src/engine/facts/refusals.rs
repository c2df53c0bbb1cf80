//! The kernel's refusals of what the daemon asked for, by the daemon's own lines, and what followed: nothing, or an SA without offload.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use super::claims::{Child, Connection};
use super::join::How;
use super::latest::keep_latest;
use super::names::Name;
use super::offload_attempts::AttemptId;
use super::slab::Slot;
use crate::model::{Boottime, Evidence, RefusedSa, SaId, Serial, Spi};

/// The daemon that may fall back by itself has longer: its scripts run before it says that the SA stands.
pub const FALL_BACK: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct Refusal {
    pub(super) serial: Option<Serial>,
    /// Of which pair of subnets, where its connection has several.
    pub pair: Option<Name>,
    /// errno(3); 0 where the daemon did not ask the kernel.
    pub errno: u32,
    /// Which SA, where the daemon names it.
    pub sa: Option<RefusedSa>,
    pub since: Boottime,
    /// SAs on the device of the connection then: what follows may take them down.
    pub held: u32,
    /// Nothing came of it.
    pub failed: bool,
    /// What the daemon quotes of the kernel.
    pub words: Option<String>,
    /// What the kernel itself told.
    pub tried: Option<AttemptId>,
    /// It refused a policy of the SA's, and not the SA.
    pub of_policy: bool,
    /// It refused to reserve an SPI.
    pub of_spi: bool,
    /// The daemon says that it had asked for an offload.
    pub of_offload: bool,
    /// Attempts that it stands for: others were refused before anybody told of them.
    pub attempts: u64,
    /// The lines that tell of it.
    pub lines: Vec<Evidence>,
}

#[derive(Debug, Default)]
pub struct Refusals {
    // Not told yet.
    pub(super) pending: BTreeMap<Slot<Connection>, Refusal>,
    // The daemon went on without offload.
    fell_back: BTreeMap<Slot<Child>, Refusal>,
    // SAs that were reserved alone and went, the latest.
    went: VecDeque<Went>,
    // Whose SAs were refused, the latest, and the IKE SAs that the daemon killed for that.
    latest: VecDeque<(Slot<Connection>, Boottime)>,
    // SAs that the daemon told of as refused, the latest: the kernel's record of an earlier try may come last.
    told_of: VecDeque<(RefusedSa, Boottime)>,
    killed: BTreeMap<Serial, Slot<Connection>>,
}

/// A reserved SA that went.
#[derive(Debug)]
pub struct Went {
    spi: Spi,
    dst: IpAddr,
    pub how: How,
    pub line: Evidence,
}

/// Reserved SAs that are remembered; each negotiation has one.
const WENT: usize = 64;

/// Refused SAs whose record may still come; some for each of a few hundred connections that try at once.
const TOLD_OF: usize = 1024;

/// Refusals that may be why an IKE SA is killed, and IKE SAs that were.
const KILLED: usize = 64;

/// Whether a refused SA may be that of this try.
pub(super) fn is_of(sa: &RefusedSa, (spi, dst): AttemptId) -> bool {
    sa.spi == spi && (sa.dst.is_none() || dst.is_none() || sa.dst == dst)
}

impl Refusal {
    pub(super) fn new(serial: Option<Serial>, sa: Option<RefusedSa>, errno: u32, since: Boottime) -> Self {
        Self { serial, errno, sa, since, attempts: 1, ..Self::default() }
    }
}

impl Refusals {
    /// The connection's refusal that nobody has told of yet.
    pub fn pending(&self, connection: Slot<Connection>) -> Option<&Refusal> {
        self.pending.get(&connection)
    }

    /// Connections with a refusal that nobody has told of yet.
    pub fn connections(&self) -> impl Iterator<Item = Slot<Connection>> {
        self.pending.keys().copied()
    }

    /// The refusal after which the daemon made this Child SA without offload.
    pub fn fell_back(&self, child: Slot<Child>) -> Option<&Refusal> {
        self.fell_back.get(&child)
    }

    /// How the SA that was reserved under this name went, where the kernel told.
    pub fn went(&self, sa: &RefusedSa) -> Option<&Went> {
        self.went.iter().rev().find(|went| went.spi == sa.spi && sa.dst.is_none_or(|dst| dst == went.dst))
    }

    /// An SA that nobody had filled in went.
    pub fn reserved_went(&mut self, id: &SaId, how: How, line: Evidence) {
        keep_latest(&mut self.went, Went { spi: id.spi, dst: id.dst, how, line }, WENT);
    }

    /// It is told, or of no interest any more.
    pub fn settle(&mut self, connection: Slot<Connection>) {
        self.pending.remove(&connection);
    }

    /// The daemon made this Child SA all the same.
    pub fn falls_back(&mut self, (connection, pair): (Slot<Connection>, Option<Name>), child: Slot<Child>) {
        let of_it = |refusal: &Refusal| refusal.pair.is_none() || refusal.pair == pair;
        if self.pending.get(&connection).is_some_and(of_it)
            && let Some(refusal) = self.pending.remove(&connection)
        {
            self.fell_back.insert(child, refusal);
        }
    }

    /// It is said to have made this Child SA after this refusal. What was known first stays.
    pub(super) fn fell_back_by(&mut self, child: Slot<Child>, refusal: Refusal) {
        self.fell_back.entry(child).or_insert(refusal);
    }

    /// The daemon says that this SA was refused.
    pub(super) fn daemon_told_of(&mut self, sa: RefusedSa, at: Boottime) {
        keep_latest(&mut self.told_of, (sa, at), TOLD_OF);
    }

    /// Whether the daemon said a short while ago that the SA of this try was refused.
    pub(super) fn was_told_of(&self, id: AttemptId, now: Boottime) -> bool {
        let is_late = |at: Boottime| now.since(at) >= FALL_BACK;
        self.told_of.iter().rev().take_while(|(_, at)| !is_late(*at)).any(|(sa, _)| is_of(sa, id))
    }

    /// An SA of this connection was refused.
    pub(super) fn was_refused(&mut self, connection: Slot<Connection>, at: Boottime) {
        keep_latest(&mut self.latest, (connection, at), KILLED);
    }

    /// One of its SAs was refused a short while ago.
    pub(super) fn was_refused_lately(&self, connection: Slot<Connection>, now: Boottime) -> bool {
        self.latest().any(|(one, at)| one == connection && now.since(at) < FALL_BACK)
    }

    /// Whose SAs were refused, the latest first.
    pub(super) fn latest(&self) -> impl Iterator<Item = (Slot<Connection>, Boottime)> {
        self.latest.iter().rev().copied()
    }

    /// The daemon killed this IKE SA because an SA of this connection was refused.
    pub(super) fn killed(&mut self, ike: Serial, connection: Slot<Connection>) {
        self.killed.insert(ike, connection);
        while self.killed.len() > KILLED {
            self.killed.pop_first();
        }
    }

    /// Whether it did so at all.
    pub fn has_killed(&self) -> bool {
        !self.killed.is_empty()
    }

    /// For whose refusal this IKE SA was killed.
    pub fn killed_for(&self, ike: Serial) -> Option<Slot<Connection>> {
        self.killed.get(&ike).copied()
    }

    /// The Child SA is gone.
    pub fn forget_child(&mut self, child: Slot<Child>) {
        self.fell_back.remove(&child);
    }

    /// Whoever was refused is gone.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
