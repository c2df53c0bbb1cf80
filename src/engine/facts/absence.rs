//! A daemon that is not there: since when, what decides whether one should be, and the stop by order that holds until the next boot.

use std::time::Duration;

use crate::model::{Boottime, DueState, KeptStop, OtherDaemon, RealTime, Reason};

/// What is remembered of a daemon that is not there.
#[derive(Debug, Default)]
pub struct Absence {
    /// Since when none is there, and it is watched.
    pub(super) since: Option<Boottime>,
    /// Daemons of other kinds.
    pub(super) others: Vec<OtherDaemon>,
    /// Somebody wanted it so.
    pub(super) stopped: Option<KeptStop>,
    /// A daemon was seen by this run.
    pub(super) seen: bool,
    /// When this run began.
    pub(super) began: Boottime,
    /// Since when the service manager has been starting it.
    pub(super) starting: Option<Boottime>,
    // How often something was seen that may decide.
    changes: u64,
}

/// One is due, why, for how long it may keep people waiting, and what is wrong.
#[derive(Debug)]
pub struct AbsenceDue {
    /// How that is known.
    pub why: String,
    pub(super) since: Boottime,
    pub(super) patience: Duration,
    /// What is wrong.
    pub reason: Reason,
}

/// What is so, before time counts.
#[derive(Debug)]
pub enum AbsenceVerdict {
    /// One should run.
    Due(AbsenceDue),
    /// The service manager starts it: it has until then.
    Starting(Boottime, String),
    /// None should, or nobody knows.
    Other(DueState, String),
}

impl Absence {
    /// A run begins; `stopped` where somebody wanted it so, in this boot.
    pub fn begin(&mut self, now: Boottime, stopped: Option<KeptStop>) {
        self.began = now;
        self.stopped = stopped;
    }

    /// The daemon ended by order.
    pub(super) fn stopped_by_order(&mut self, at: RealTime) {
        self.stopped = Some(KeptStop { at });
        self.changes += 1;
    }

    /// The order that holds, to be kept over a restart of swanwatch.
    pub fn order(&self) -> Option<KeptStop> {
        self.stopped.clone()
    }

    /// The order holds no more. Whether there was one.
    pub(super) fn order_is_over(&mut self) -> bool {
        self.stopped.take().is_some()
    }

    /// The service manager has begun to start it by `now`, or is at rest.
    pub(super) fn starts(&mut self, now: Option<Boottime>) {
        self.starting = now.map(|now| *self.starting.get_or_insert(now));
        self.changes += 1;
    }

    /// Something was seen that may decide.
    pub const fn look_again(&mut self) {
        self.changes += 1;
    }

    /// A daemon is there: no order holds any more.
    pub(super) fn ended(&mut self) {
        self.since = None;
        self.stopped = None;
        self.seen = true;
        self.changes += 1;
    }

    /// How often something was seen that may decide.
    pub const fn changes(&self) -> u64 {
        self.changes
    }
}

impl AbsenceDue {
    /// Until when it may still come.
    pub fn until(&self) -> Boottime {
        self.since + self.patience
    }
}
