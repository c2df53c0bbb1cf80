//! The daemon's life: its process, what it announced, and whether it answers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::claims::Connection;
use super::death::OpenDeath;
use super::ike_names::IkeOf;
use super::names::Name;
use super::silence::{Lack, Unanswered};
use super::slab::Slot;
use super::table_told::TableTold;
use crate::daemons::{Behaviour, Dialect, dialect};
use crate::model::{
    Boottime, BriefStatus, Daemon, Evidence, ProcessLook, Question, RealTime, RunState, Serial, UnitLook, Unread,
};

/// The service manager shows a unit as failed for a moment before it restarts it.
pub const UNIT_SETTLES: Duration = Duration::from_secs(2);

/// With so few idle worker threads a daemon is about to answer nobody.
pub const FEW_WORKERS: u32 = 2;

/// What is known of the daemon.
#[derive(Debug, Default)]
pub struct Life {
    /// The process, while it lives.
    pub daemon: Option<Daemon>,
    /// It is known that there is none.
    pub absent: bool,
    /// Its unit, as last seen.
    pub unit: Option<UnitLook>,
    /// Since when it is so.
    pub unit_since: Boottime,
    /// It announced its end.
    pub shutting_down: Option<Evidence>,
    /// It announced its death.
    pub dying: Option<Evidence>,
    /// Its death, while that is told.
    pub death: Option<OpenDeath>,
    /// How many deaths were seen.
    pub deaths: u64,
    /// The last unusual look.
    pub look: Option<ProcessLook>,
    /// When it was last seen to read what had waited: it works, though it may not answer.
    pub read_at: Option<Boottime>,
    /// It did not answer, since when.
    pub hung: Option<(Boottime, RealTime)>,
    /// How the question that was asked last stands.
    pub waits: Unanswered,
    /// That question, where it was not answered in time.
    pub timed_out: Option<Question>,
    /// Since it hangs it could do nothing for so long, whatever it would have done.
    pub lost_since_hung: Duration,
    /// It does not answer because it lacks this: it does not hang.
    pub starved: Option<Lack>,
    /// It was asked then, and has answered nothing since; only where its control socket alone is known.
    pub unanswered: Option<Boottime>,
    /// Connections that waited on its control socket at the last look, where that alone is known.
    pub waiting: u64,
    /// The last time that it answered anything.
    pub answered: Option<Boottime>,
    /// When its table was last read whole: what came into the kernel before is either in it or unknown to it. `asked` of that call.
    pub table: Option<(Boottime, RealTime)>,
    /// What that table told.
    pub told: TableTold,
    /// When it was asked and had no IKE SA at all, not even a half-open one; none where it has some.
    pub no_ike_at: Option<Boottime>,
    /// When the call now under way was made.
    pub asked: Option<(Boottime, RealTime)>,
    /// When this process was found.
    pub found: Boottime,
    /// The state it has in `status` began then.
    pub since: Option<RealTime>,
    /// Its counters.
    pub brief: Option<BriefStatus>,
    /// When they came.
    pub brief_at: Option<Boottime>,
    /// What it does: by its version, from its own start line or its process.
    pub behaviour: Behaviour,
    /// A line of its log was read.
    pub heard: bool,
    // Children were forgotten for this process.
    pub(super) cleared_for: Option<u32>,
    past_read: bool,
    // IKE SAs that are gone, by the log, and the line that killed them.
    pub(super) ike_gone: BTreeMap<Serial, Boottime>,
    pub(super) ike_failed: Vec<(Serial, Evidence)>,
    // IKE SAs that stand, by the log and the daemon's table, and in whose name.
    pub(super) ike_stands: BTreeMap<Serial, IkeOf>,
    // Child SAs that are gone, by the daemon's word: what else is heard of them is late.
    pub(super) child_gone: BTreeSet<Serial>,
    /// Its tables were read, or cannot be.
    pub tables_done: bool,
}

impl Life {
    /// When it answered last: anything, or, where its counters are what counts, those.
    pub(super) fn heard_at(&self, counters: bool) -> Option<Boottime> {
        if counters { self.brief_at } else { self.answered }
    }

    /// Hardly any of its worker threads was idle when it was heard last: how many.
    pub fn few_workers(&self) -> Option<u32> {
        self.brief.and_then(|brief| brief.idle_workers).filter(|idle| *idle <= FEW_WORKERS)
    }

    /// It encrypts in its own process: the kernel has nothing of its SAs, and that is as it should be.
    pub fn encrypts_itself(&self) -> bool {
        self.brief.is_some_and(|brief| brief.encrypts_itself)
    }

    /// Everything about the daemon that can be known at the start is known.
    pub fn first_done(&self) -> bool {
        (self.absent && self.daemon.is_none()) || (self.daemon.is_some() && self.past_read && self.tables_done)
    }

    /// It is there, and is neither dying nor shutting down.
    pub fn is_alive(&self) -> bool {
        self.daemon.is_some()
            && self.death.as_ref().is_none_or(|death| death.back.is_some())
            && self.shutting_down.is_none()
    }

    /// Its control socket alone is known.
    pub fn is_by_socket(&self) -> bool {
        self.daemon.as_ref().is_some_and(Daemon::is_by_socket)
    }

    /// It may be asked something.
    pub fn may_be_asked(&self) -> bool {
        self.daemon.is_some() && self.shutting_down.is_none()
    }

    /// What the last look at the process found, where that was unusual.
    pub fn suspicion(&self) -> Option<RunState> {
        let look = self.look.as_ref()?;
        let waits = look.unread != Unread::default();
        (waits || look.state != RunState::Running).then_some(look.state)
    }

    pub fn dialect(&self) -> &'static dyn Dialect {
        dialect(self.behaviour.kind)
    }

    /// The log's past has been read.
    pub fn past_was_read(&mut self) {
        self.past_read = true;
    }

    /// An orderly end has begun.
    pub fn shuts_down(&mut self, seen: Evidence) {
        self.shutting_down = Some(seen);
    }

    /// It is about to die.
    pub fn dies(&mut self, seen: Evidence) {
        self.dying = Some(seen);
    }

    /// An IKE SA stands.
    pub fn ike_stands(&mut self, serial: Serial, of: IkeOf) {
        if self.is_ike_gone(serial) {
            return;
        }
        self.ike_stands.insert(serial, of);
        while self.ike_stands.len() > 4096 {
            self.ike_stands.pop_first();
        }
    }

    /// Whether an IKE SA was established and is not gone.
    pub fn is_ike_standing(&self, serial: Serial) -> bool {
        self.ike_stands.contains_key(&serial)
    }

    /// Whether an IKE SA of this connection was established and is not gone, be it in the name of its IKE connection.
    pub fn has_ike(&self, connection: Slot<Connection>, ike: Option<Name>) -> bool {
        let is_its = |of: &IkeOf| match *of {
            IkeOf::Connection(other) => other == connection,
            IkeOf::Name(name) => Some(name) == ike,
        };
        self.ike_stands.values().any(is_its)
    }

    /// The names of IKE connections whose IKE SAs stand.
    pub(super) fn ike_names(&self) -> impl Iterator<Item = Name> {
        self.ike_stands.values().filter_map(|of| match *of {
            IkeOf::Name(name) => Some(name),
            IkeOf::Connection(_) => None,
        })
    }

    /// A Child SA is gone, by the daemon's word.
    pub(super) fn child_gone(&mut self, serial: Serial) {
        self.child_gone.insert(serial);
        // Serials only grow.
        while self.child_gone.len() > 4096 {
            self.child_gone.pop_first();
        }
    }

    /// Whether the daemon has said that it is gone. Its log and what it tells by itself come in no order.
    pub(super) fn is_child_gone(&self, serial: Serial) -> bool {
        self.child_gone.contains(&serial)
    }

    /// An IKE SA is gone.
    pub fn ike_gone(&mut self, serial: Serial, at: Boottime) {
        self.ike_stands.remove(&serial);
        self.ike_gone.insert(serial, at);
        // Serials only grow: old ones can serve no Child SA any more.
        while self.ike_gone.len() > 4096 {
            self.ike_gone.pop_first();
        }
    }

    /// An IKE SA was killed by this line.
    pub fn ike_failed(&mut self, serial: Serial, seen: &Evidence) {
        self.ike_gone(serial, seen.at);
        self.ike_failed.push((serial, seen.clone()));
        if self.ike_failed.len() > 64 {
            self.ike_failed.remove(0);
        }
    }

    /// Whether an IKE SA went within `span` of `at`. One that was rekeyed goes too, but its Child SAs stay, so the time decides.
    pub fn is_ike_gone_near(&self, serial: Serial, at: Boottime, span: Duration) -> bool {
        self.ike_gone.get(&serial).is_some_and(|gone| gone.since(at) < span && at.since(*gone) < span)
    }

    /// Whether an IKE SA is gone, by the log.
    pub fn is_ike_gone(&self, serial: Serial) -> bool {
        self.ike_gone.contains_key(&serial)
    }

    /// The line that killed it.
    pub fn killer_of(&self, serial: Serial) -> Option<&Evidence> {
        self.ike_failed.iter().rev().find(|(other, _)| *other == serial).map(|(_, seen)| seen)
    }

    pub fn policies_flushed(&mut self, at: Boottime) {
        if let Some(death) = &mut self.death {
            death.policies_flushed.get_or_insert(at);
        }
    }

    pub fn sas_flushed(&mut self, at: Boottime) {
        if let Some(death) = &mut self.death {
            death.sas_flushed.get_or_insert(at);
        }
    }
}
