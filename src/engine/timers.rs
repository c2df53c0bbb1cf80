//! When to look again. All deadlines of the engine are here, so that there is one to wake for.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::facts::claims::{Connection, Tunnel};
use super::facts::sad::Sa;
use super::facts::slab::Slot;
use crate::model::{Boottime, Spi, Table};

/// What is to be looked at again. A timer that is not needed any more does no harm: every rule looks at what is true then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Count the kernel's SAs.
    Count,
    /// Dump everything though nothing asks for it.
    PeriodicDump,
    /// What SAs carry is sampled.
    Sample,
    /// A dump that was put off may be made now.
    DumpFloor(Table),
    /// The daemon may be asked again.
    AskFloor,
    /// Ways may be asked for again.
    RouteFloor,
    /// The daemon's sign of life.
    Heartbeat,
    /// A daemon that is known by its control socket alone has answered nothing for so long that it hangs.
    Unanswered,
    /// The daemon's tables are asked for again though nothing asks for it.
    PeriodicAsk,
    /// A negotiation takes longer than a larval SA lives.
    Negotiation(Slot<Connection>),
    /// A refusal by the kernel that nothing followed.
    Refusal(Slot<Connection>),
    /// A refusal that the daemon may not speak of.
    Tried(Spi, Option<IpAddr>),
    /// A pair has stood long enough to close what was said of the connection.
    Standing(Slot<Connection>),
    /// A connection that should be up is looked at.
    Wanted(Slot<Connection>),
    /// A tunnel is judged.
    Tunnel(Slot<Tunnel>),
    /// An SA that nobody had claimed when it came.
    Unclaimed(Slot<Sa>),
    /// How a daemon's death is to be called.
    Death,
    /// A daemon has been back for long enough to bring up by itself what it will.
    BringUp,
    /// What is up is to be kept.
    Keep,
    /// The unit has stayed as it is for a while.
    UnitSettled,
}

/// All deadlines of one who asked.
#[derive(Debug)]
pub struct Timers<T = Timer> {
    by_time: BTreeSet<(Boottime, T)>,
    by_timer: BTreeSet<(T, Boottime)>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), by_timer: BTreeSet::new() }
    }
}

impl<T: Copy + Ord> Timers<T> {
    /// Look at it again at `at`, too.
    pub fn set(&mut self, at: Boottime, timer: T) {
        self.by_time.insert((at, timer));
        self.by_timer.insert((timer, at));
    }

    /// The next deadline.
    pub fn next(&self) -> Option<Boottime> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// The timers whose time has come, in their order.
    pub fn take_due(&mut self, now: Boottime) -> Vec<T> {
        let mut due = Vec::new();
        while let Some((at, timer)) = self.by_time.first().copied().filter(|(at, _)| *at <= now) {
            self.by_time.remove(&(at, timer));
            self.by_timer.remove(&(timer, at));
            due.push(timer);
        }
        due
    }

    /// How many are set.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.by_time.len()
    }

    /// Whether this is set.
    pub fn has(&self, timer: T) -> bool {
        self.deadlines(timer).next().is_some()
    }

    /// Forgets every deadline of this.
    pub fn clear(&mut self, timer: T) {
        let deadlines: Vec<_> = self.deadlines(timer).collect();
        for at in deadlines {
            self.by_timer.remove(&(timer, at));
            self.by_time.remove(&(at, timer));
        }
    }

    fn deadlines(&self, timer: T) -> impl Iterator<Item = Boottime> {
        self.by_timer
            .range((timer, Boottime::default())..)
            .take_while(move |(other, _)| *other == timer)
            .map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_may_have_several_deadlines_and_loses_all_at_once() {
        let (mut timers, at) = (Timers::default(), Boottime::from_micros);
        for (time, timer) in [(5, Timer::Count), (9, Timer::Count), (7, Timer::Keep)] {
            timers.set(at(time), timer);
        }
        assert_eq!(timers.take_due(at(4)), []);
        assert_eq!(timers.take_due(at(5)), [Timer::Count]);
        assert!(timers.has(Timer::Count));
        timers.clear(Timer::Count);
        assert!(!timers.has(Timer::Count));
        assert_eq!(timers.next(), Some(at(7)));
    }
}
