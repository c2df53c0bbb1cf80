//! What others want of the facts: they read them, and nobody else writes them.

use std::collections::BTreeMap;

use super::Facts;
use super::claims::{Connection, Tunnel};
use super::fence::FenceChange;
use super::join::How;
use super::slab::Slot;
use super::story::StoryLine;
use crate::engine::facts::timer::Timer;
use crate::model::{Boottime, Coverage, Direction, Effect, Question, Remembered, SaId, Table, Worker};

/// What a finding or a remedy wants to be done or known; it is done when all of them have looked.
#[derive(Debug)]
pub enum Want {
    /// The daemon is asked.
    Ask(Question),
    /// One SA is read.
    Read(SaId),
    /// One SA is looked for, unless too much is asked already: then it is wanted again later.
    LookFor(SaId),
    /// It is to be known who does what SAs of a device carry one way where that contradicts what they claim: of these, and of no others.
    WorkInstead(BTreeMap<(u32, Direction), Worker>),
    /// A tunnel is judged anew.
    Tunnel(Slot<Tunnel>),
    /// A connection is judged anew.
    Connection(Slot<Connection>),
    /// A tunnel is judged anew then.
    TunnelAt(Boottime, Slot<Tunnel>),
    /// A line for `explain`.
    Story(StoryLine),
    /// A step that takes an SA out and puts it back begins.
    ReinstallBegins(SaId),
    /// That step has ended.
    ReinstallEnded(SaId),
    /// That step took it out, and it is not back.
    ReinstallLost(SaId),
    /// What an earlier run kept.
    Recall(Box<Remembered>),
    /// A line of coverage.
    Cover(Coverage),
    /// The kernel's refusal of a connection's SA is told.
    RefusalTold(Slot<Connection>),
    /// What the daemon said of a connection without a pair is told.
    DownTold(Slot<Connection>),
    /// All was said of the daemon's death: it explains nothing any more.
    DeathIsOver,
    /// All was said of the daemon's crashes: they count no more.
    CrashesAreOver,
    /// Elements of the fence were set, or taken away.
    Fenced(FenceChange),
}

impl Facts {
    /// Does what they want.
    pub(in crate::engine) fn grant(&mut self, wants: Vec<Want>, out: &mut Vec<Effect>) {
        for want in wants {
            match want {
                Want::Ask(question) => self.want_daemon(question),
                Want::Read(id) => {
                    if !self.read_sa(id, out) {
                        self.want_dump(Table::Sad);
                    }
                }
                Want::LookFor(id) => drop(self.read_sa(id, out)),
                Want::WorkInstead(instead) => self.work_is_done_instead(&instead),
                Want::Tunnel(tunnel) => self.touch_tunnel(tunnel),
                Want::Connection(connection) => self.touch_connection(connection),
                Want::TunnelAt(at, tunnel) => self.timers.set(at, Timer::Tunnel(tunnel)),
                Want::Story(line) => self.story.tell(line),
                Want::ReinstallBegins(sa) => self.reinstall_begins(sa),
                Want::ReinstallEnded(sa) => self.reinstall_ended(sa),
                Want::ReinstallLost(sa) => {
                    self.reinstall_lost(&sa);
                    // The event of it may still be under way.
                    self.sa_deleted(&sa, How::Deleted, None, out);
                }
                Want::Recall(kept) => {
                    self.absence.begin(self.now, kept.stopped.clone());
                    self.standing.earlier = Some(kept);
                }
                Want::Fenced(change) => self.fence_was_set(&change),
                Want::Cover(line) => drop(self.coverage.insert(line.source, line)),
                Want::RefusalTold(connection) => {
                    self.refusals.settle(connection);
                    // What was told as a consequence before is its consequence now.
                    self.connections.insert(connection);
                }
                Want::DownTold(connection) => self.down_was_told(connection),
                Want::DeathIsOver => self.death_is_over(),
                Want::CrashesAreOver => self.crashes_are_over(),
            }
        }
    }
}
