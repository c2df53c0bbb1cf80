//! What others want of the facts: they read them, and nobody else writes them.

use std::collections::BTreeMap;

use super::claims::{Connection, Tunnel};
use super::fence::FenceChange;
use super::slab::Slot;
use super::story::StoryLine;
use crate::model::{Boottime, Coverage, Direction, Evacuation, Question, Reason, Remembered, SaId, Worker};

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
    /// A device is evacuated, or what that is has changed.
    Evacuate(Box<Evacuation>),
    /// An SA was taken off this device.
    Evacuated(u32, SaId),
    /// SAs did not let themselves be taken off this device.
    Left(u32, Vec<SaId>),
    /// A device is not evacuated any more.
    EvacuationOver(u32),
    /// What an earlier run kept.
    Recall(Box<Remembered>),
    /// It is to be known who sends packets that are dropped, unless that was asked a short while ago.
    NameSenders,
    /// A line of coverage.
    Cover(Coverage),
    /// The kernel's refusal of a connection's SA is told.
    RefusalTold(Slot<Connection>, Reason),
    /// What the daemon said of a connection without a pair is told.
    DownTold(Slot<Connection>),
    /// All was said of the daemon's death: it explains nothing any more.
    DeathIsOver,
    /// All was said of the daemon's crashes: they count no more.
    CrashesAreOver,
    /// It is told that a tunnel was never answered.
    ToldUnanswered(Slot<Tunnel>),
    /// Elements of the fence were set, or taken away.
    Fenced(FenceChange),
}
