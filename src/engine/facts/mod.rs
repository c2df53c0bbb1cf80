//! What is known: every table, and when each is looked at again.

pub mod absence;
mod across;
pub mod addresses;
pub mod answered;
pub mod asks;
pub mod claims;
pub mod configured;
pub mod crashes;
pub mod death;
pub mod demands;
pub mod down;
pub mod ends;
pub mod evacuations;
pub mod expect;
pub mod fence;
pub mod gone;
pub mod happened;
pub mod hearsay;
pub mod holders;
pub mod ike_names;
pub mod ikes;
pub mod join;
mod latest;
pub mod life;
pub mod lines;
pub mod links;
pub mod listener;
pub mod lost_devices;
pub mod lost_events;
pub mod mappings;
pub mod names;
pub mod near;
pub mod offload_attempts;
pub mod pairs;
pub mod policy_owners;
pub mod protection;
pub mod recovery;
pub mod refusals;
pub mod reinstalls;
pub mod removals;
pub mod resync;
pub mod routes;
mod rows;
pub mod sad;
pub mod said;
pub mod senders;
pub mod shapes;
pub mod silence;
pub mod slab;
pub mod spd;
pub mod speakers;
pub mod standing;
pub mod story;
pub mod subnets;
pub mod table_told;
pub mod takedowns;
pub mod timer;
pub mod touched;
pub mod traffic;
pub mod want;
pub mod why;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use self::absence::Absence;
use self::answered::Answered;
use self::asks::Asks;
use self::claims::{Child, Claims, Connection, Tunnel};
use self::configured::Configured;
use self::crashes::Crashes;
use self::demands::Demands;
use self::down::Down;
use self::ends::Ends;
use self::evacuations::Evacuations;
use self::expect::Rules;
use self::fence::Fence;
use self::gone::GoneSas;
use self::happened::Happened;
use self::hearsay::Hearsay;
use self::ike_names::IkeNames;
use self::ikes::Ikes;
use self::join::Losses;
use self::life::Life;
use self::links::Links;
use self::lost_devices::LostDevice;
use self::lost_events::LostEvents;
use self::mappings::Mappings;
use self::names::Names;
use self::near::Near;
use self::offload_attempts::OffloadAttempts;
use self::refusals::Refusals;
use self::reinstalls::Reinstalls;
use self::removals::RemovalRequests;
use self::resync::Resync;
use self::routes::Routes;
use self::sad::{Sa, Sad};
use self::said::Said;
use self::senders::NamedSenders;
use self::shapes::Shapes;
use self::slab::Slot;
use self::spd::Spd;
use self::standing::Standing;
use self::story::StoryLines;
use self::takedowns::Takedowns;
use self::timer::Timer;
use self::traffic::Traffic;
use self::words::LatestWords;
use crate::engine::timers::Timers;
use crate::model::{Boottime, Coverage, RealTime, Source, Started};

#[derive(Debug, Default)]
pub struct Facts {
    pub now: Boottime,
    pub wall: RealTime,
    pub seq: u64,
    pub started: Started,
    pub rules: Rules,
    pub names: Names,
    pub shapes: Shapes,
    pub sad: Sad,
    pub attempts: OffloadAttempts,
    pub words: LatestWords,
    pub spd: Spd,
    pub links: Links,
    pub routes: Routes,
    pub claims: Claims,
    pub ends: Ends,
    pub ikes: Ikes,
    pub ike_names: IkeNames,
    pub losses: Losses,
    pub standing: Standing,
    pub answered: Answered,
    pub life: Life,
    pub asks: Asks,
    pub reinstalls: Reinstalls,
    pub evacuations: Evacuations,
    pub resync: Resync,
    pub timers: Timers<Timer>,
    pub traffic: Traffic,
    pub story: StoryLines,
    /// What anybody may have written in the daemon's name.
    pub hearsay: Hearsay,
    pub coverage: BTreeMap<Source, Coverage>,
    pub joined: bool,
    /// With so many names and reqids what is over is forgotten.
    pub forgets_at: usize,
    /// SAs that came in this step, to be joined.
    pub came: Vec<Slot<Sa>>,
    pub refusals: Refusals,
    /// SAs that lost their offload when they were migrated.
    pub migrated: BTreeSet<Slot<Sa>>,
    /// Why a connection has no pair, by the daemon's last word.
    pub down: BTreeMap<Slot<Connection>, Down>,
    pub takedowns: Takedowns,
    /// What the daemon said last of a connection without a pair.
    pub said: Said,
    /// Addresses (local, remote) of Child SAs from the daemon's table that the kernel has not shown.
    pub addresses: BTreeMap<Slot<Child>, (Option<IpAddr>, Option<IpAddr>)>,
    pub demands: Demands,
    pub lost_events: LostEvents,
    pub mappings: Mappings,
    pub fence: Fence,
    /// Devices that took SAs with them which nobody has got over.
    pub lost_devices: BTreeMap<u32, LostDevice>,
    pub crashes: Crashes,
    /// SAs by which this host received, and has no more.
    pub gone: GoneSas,
    /// Who had SAs and policies taken out.
    pub removals: RemovalRequests,
    /// Who sends what is dropped.
    pub senders: NamedSenders,
    /// What the daemon's configuration says of its connections.
    pub configured: Configured,
    /// What is remembered of a daemon that is not there.
    pub absence: Absence,
    /// SAs that the daemon let go of, and has not taken out yet.
    pub released: BTreeMap<Slot<Sa>, Boottime>,
    // SAs that came while a device was full or somebody's SA was refused.
    pub arrived: Vec<Slot<Sa>>,
    pub tunnels: BTreeSet<Slot<Tunnel>>,
    pub connections: BTreeSet<Slot<Connection>>,
    /// Tunnels that a device served which was got over: of them more can be said now.
    pub served: Vec<(Slot<Tunnel>, Slot<Connection>)>,
    pub death_changed: bool,
    /// SAs close to a limit.
    pub near: BTreeMap<Slot<Sa>, Near>,
    /// What those who judge have not heard of yet.
    pub happened: Vec<Happened>,
}

impl Facts {
    pub fn happens(&mut self, happened: Happened) {
        self.happened.push(happened);
    }

    /// An SA is in the kernel no more, or a Child SA claims it. Before the first join nobody asks for what explains it.
    pub fn sa_is_explained(&mut self, slot: Slot<Sa>) {
        self.released.remove(&slot);
        if self.joined {
            self.happened.push(Happened::SaExplained(slot));
        }
    }
}
