//! SAs that nobody claimed in time, in groups that are one finding each. Whatever comes or goes, a step looks at that alone and at what it
//! makes another thing of: there may be as many as SAs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::engine::facts::claims::Connection;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::Boottime;

/// What is one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrphanGroup {
    /// SAs between two hosts, the lower address first: `sa-orphaned`.
    Pair(IpAddr, IpAddr),
    /// SAs of a connection with none the other way: `sa-half-open`.
    Half(Slot<Connection>),
}

/// What is to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrphanRecheck {
    /// Whether an SA is in a group, and in which.
    Sa(Slot<Sa>),
    /// What is told of a group.
    Group(OrphanGroup),
}

/// SAs of one reqid between two hosts, one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Side {
    reqid: u32,
    low: IpAddr,
    high: IpAddr,
    upwards: bool,
}

#[derive(Debug)]
struct OrphanMember {
    side: Side,
    seen: Boottime,
    group: Option<OrphanGroup>,
}

/// The SAs of a group.
#[derive(Debug, Default)]
pub struct Members {
    /// By place.
    pub slots: BTreeSet<Slot<Sa>>,
    by_age: BTreeSet<(Boottime, Slot<Sa>)>,
}

#[derive(Debug, Default)]
pub struct OrphanGroups {
    members: BTreeMap<Slot<Sa>, OrphanMember>,
    sides: BTreeMap<Side, BTreeSet<Slot<Sa>>>,
    groups: BTreeMap<OrphanGroup, Members>,
    waiting: BTreeSet<(Boottime, OrphanRecheck)>,
    /// Whose finding is open, and when it was told last.
    told: BTreeMap<OrphanGroup, Boottime>,
    touched: BTreeSet<Slot<Sa>>,
    changed: BTreeSet<OrphanGroup>,
    /// Nothing is said of them while something else explains them.
    suspended: bool,
    look: bool,
}

impl Side {
    fn of(sa: &Sa) -> Self {
        Self { reqid: sa.reqid, low: sa.src.min(sa.dst), high: sa.src.max(sa.dst), upwards: sa.src <= sa.dst }
    }

    fn opposite(self) -> Self {
        Self { upwards: !self.upwards, ..self }
    }
}

impl Members {
    /// When the first of them was seen.
    pub fn since(&self) -> Option<Boottime> {
        self.by_age.first().map(|(seen, _)| *seen)
    }
}

impl OrphanGroups {
    /// Nobody claimed this SA in time.
    pub fn watch(&mut self, slot: Slot<Sa>, sa: &Sa) {
        let side = Side::of(sa);
        self.touched.insert(slot);
        if self.members.get(&slot).is_some_and(|member| member.side == side) {
            return;
        }
        self.forget(slot);
        self.touched.insert(slot);
        self.members.insert(slot, OrphanMember { side, seen: sa.seen, group: None });
        let slots = self.sides.entry(side).or_default();
        slots.insert(slot);
        if slots.len() == 1 {
            self.touch_side(side.opposite());
        }
    }

    /// It is claimed, or in the kernel no more.
    pub fn forget(&mut self, slot: Slot<Sa>) {
        self.set_group(slot, None);
        self.touched.remove(&slot);
        let Some(OrphanMember { side, .. }) = self.members.remove(&slot) else { return };
        if let Some(slots) = self.sides.get_mut(&side) {
            slots.remove(&slot);
            if slots.is_empty() {
                self.sides.remove(&side);
                self.touch_side(side.opposite());
            }
        }
    }

    /// SAs of this reqid may be in another group: it is another connection's.
    pub fn reqid_changed(&mut self, reqid: u32) {
        let of = self.members_of(reqid).collect::<Vec<_>>();
        self.touched.extend(of);
    }

    fn members_of(&self, reqid: u32) -> impl Iterator<Item = Slot<Sa>> {
        let lowest = IpAddr::from([0, 0, 0, 0]);
        let first = Side { reqid, low: lowest, high: lowest, upwards: false };
        let sides = self.sides.range(first..).take_while(move |(side, _)| side.reqid == reqid);
        sides.flat_map(|(_, slots)| slots.iter().copied())
    }

    /// Whether one that goes the other way is among them.
    pub fn has_mirror(&self, sa: &Sa) -> bool {
        sa.src == sa.dst || self.sides.contains_key(&Side::of(sa).opposite())
    }

    fn touch_side(&mut self, side: Side) {
        self.touched.extend(self.sides.get(&side).into_iter().flatten());
    }

    /// Something that speaks of all of them changed.
    pub fn look(&mut self) {
        self.look = true;
    }

    /// Whether there is something to do; with `explained`, something else explains them all now.
    pub fn is_touched(&mut self, explained: bool) -> bool {
        let look = std::mem::take(&mut self.look);
        look || !self.touched.is_empty() || !self.changed.is_empty() || (self.suspended && !explained)
    }

    /// Says nothing of them from now on. Groups whose findings are open.
    pub fn suspend(&mut self) -> Vec<OrphanGroup> {
        self.touched.clear();
        self.changed.clear();
        if !std::mem::replace(&mut self.suspended, true) {
            self.groups.clear();
            self.members.values_mut().for_each(|member| member.group = None);
        }
        std::mem::take(&mut self.told).into_keys().collect()
    }

    /// SAs that are to be looked at in this step.
    pub fn take_touched(&mut self) -> BTreeSet<Slot<Sa>> {
        if std::mem::take(&mut self.suspended) {
            self.touched.extend(self.members.keys());
        }
        std::mem::take(&mut self.touched)
    }

    /// Puts an SA into its group.
    pub fn set_group(&mut self, slot: Slot<Sa>, group: Option<OrphanGroup>) {
        let Some(member) = self.members.get_mut(&slot) else { return };
        let before = std::mem::replace(&mut member.group, group);
        if let Some(before) = before.filter(|_| before != group)
            && let Some(members) = self.groups.get_mut(&before)
        {
            members.slots.remove(&slot);
            members.by_age.remove(&(member.seen, slot));
            if members.slots.is_empty() {
                self.groups.remove(&before);
            }
        }
        if let Some(group) = group {
            let members = self.groups.entry(group).or_default();
            members.slots.insert(slot);
            members.by_age.insert((member.seen, slot));
        }
        self.changed.extend(before.into_iter().chain(group));
    }

    /// Groups of which something may be told in this step.
    pub fn take_changed(&mut self) -> BTreeSet<OrphanGroup> {
        std::mem::take(&mut self.changed)
    }

    /// The SAs of a group.
    pub fn members(&self, group: OrphanGroup) -> Option<&Members> {
        self.groups.get(&group)
    }

    /// When the finding of a group was told last, while it is open.
    pub fn told(&self, group: OrphanGroup) -> Option<Boottime> {
        self.told.get(&group).copied()
    }

    /// The finding of a group is told now.
    pub fn tell(&mut self, group: OrphanGroup, now: Boottime) {
        self.told.insert(group, now);
    }

    /// The finding of a group closes. Whether it was open.
    pub fn close(&mut self, group: OrphanGroup) -> bool {
        self.told.remove(&group).is_some()
    }

    /// Looks at it again at `at`.
    pub fn wait(&mut self, at: Boottime, what: OrphanRecheck) {
        self.waiting.insert((at, what));
    }

    /// What its time has come for is touched.
    pub fn take_due(&mut self, now: Boottime) {
        while let Some((at, what)) = self.waiting.first().copied().filter(|(at, _)| *at <= now) {
            self.waiting.remove(&(at, what));
            match what {
                OrphanRecheck::Sa(slot) if self.members.contains_key(&slot) => {
                    self.touched.insert(slot);
                }
                OrphanRecheck::Group(group) if self.groups.contains_key(&group) => {
                    self.changed.insert(group);
                }
                OrphanRecheck::Sa(_) | OrphanRecheck::Group(_) => {}
            }
        }
    }

    /// When something is to be looked at again.
    pub fn next(&self) -> Option<Boottime> {
        self.waiting.first().map(|(at, _)| *at)
    }
}
