//! When the facts look again.

use std::net::IpAddr;

use super::claims::{Connection, Tunnel};
use super::sad::Sa;
use super::slab::Slot;
use crate::model::{DumpTable, Spi};

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
    DumpFloor(DumpTable),
    /// The daemon may be asked again.
    AskFloor,
    /// It may be asked again because of what anybody may have written.
    Hearsay,
    /// Whether something is still loaded otherwise than it is written.
    Configured,
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
