//! What a step's observation did to the tables that is more than what they show afterwards: those who judge hear of it once.

use super::claims::Connection;
use super::offload_attempts::AttemptId;
use super::protection::LostProtection;
use super::sad::Sa;
use super::slab::Slot;
use crate::model::{Evidence, KernelPolicy, Question, Selector, Source, WrongConfiguration};

/// One of these things.
#[derive(Clone, Debug)]
pub enum Happened {
    /// An SA left the kernel, or a Child SA claims it now.
    SaExplained(Slot<Sa>),
    /// An SA of this reqid left the kernel.
    SaLeft(u32),
    /// Nobody claimed an SA in time.
    SaUnclaimed(Slot<Sa>),
    /// SAs of this reqid are another connection's now.
    ReqidMoved(u32),
    /// The daemon is another process, or none.
    NewProcess,
    /// The configuration was read, and is in force.
    Reconfigured,
    /// The configuration is wrong.
    Misconfigured(WrongConfiguration),
    /// How well a source can be seen.
    Covered(Source),
    /// A daemon came or went.
    DaemonChanged,
    /// It was asked and did not answer in time: it hangs.
    Hangs(Question),
    /// A daemon that is known by its control socket alone hangs.
    ListenerHangs,
    /// It does not answer because this host keeps it from that.
    Starves,
    /// It hangs no more, nor is it starved.
    Recovered(&'static str),
    /// A death was told to its end: it explains nothing any more.
    DeathOver,
    /// The daemon's table was read: what it does not claim, it does not know.
    TableRead,
    /// The daemon has no IKE SA any more, and so knows of no SA at all.
    NoIkeSas,
    /// The daemon's connections were read.
    ConnectionsRead,
    /// The log was read further.
    LogRead,
    /// A pair was established.
    Established(Slot<Connection>),
    /// A pair has stood long enough to end what was said of its connection.
    Stood(Slot<Connection>),
    /// A negotiation ended.
    NegotiationOver(Slot<Connection>),
    /// A connection was taken down, or unloaded, by order.
    TakenDown(Slot<Connection>, Evidence),
    /// SAs of a connection were taken down that is to be up all the same: nobody ordered it.
    TakenDownByDaemon,
    /// The kernel gave up an SA that traffic had asked for.
    AcquireExpired(Selector),
    /// A policy came or changed.
    PolicySet(KernelPolicy),
    /// A policy was deleted, alone.
    PolicyDeleted(KernelPolicy),
    /// Policies that protected what leaves went, alone or in a flush.
    ProtectionLost(LostProtection),
    /// Elements of the fence were set, or taken away.
    FenceSet,
    /// The kernel flushed all policies.
    PoliciesFlushed,
    /// The policies were dumped whole.
    PoliciesDumped,
    /// A refusal that the daemon has not spoken of in time.
    RefusalUnclaimed(AttemptId),
    /// It speaks of one after that.
    RefusalClaimed(AttemptId),
    /// It is known which SAs a device took with it.
    DeviceLost(u32),
    /// A window of counters has ended.
    WindowEnded,
    /// The daemon has been back for long enough to bring up by itself what it will.
    MayBringUp,
    /// What is up is to be kept.
    UpChanged,
    /// It was counted who sends what is dropped.
    SendersNamed,
    /// Somebody asked for policies to go.
    PolicyRemovalNamed,
    /// Nothing is sampled any more.
    SamplingRests,
}
