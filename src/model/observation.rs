//! What was seen: the one input of the engine, and the one thing that a recording holds.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{
    Abilities, AskId, Boottime, BriefStatus, ConfiguredConnections, Coverage, Daemon, DaemonSeen, Death,
    DeviceCounters, DumpTable, Dumped, EngineSettings, Failure, HostCounters, KernelLogLine, KernelPolicy, KernelSa,
    KernelWords, Link, ListenerLook, ListenerLoss, LoadedConnection, LogLine, Mark, Netns, OffloadTry, OtherDaemon,
    Outcome, PolicyId, ProbedDevice, ProcessLook, Protocol, RealTime, RemedyAsked, Remembered, Removals, Route,
    RouteQuery, SaId, Senders, Silence, StateTable, UnitLook, WrongConfiguration, Zone,
};

/// One thing seen at one moment by one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Order of arrival in the engine's queue: the only order.
    pub seq: u64,
    /// When it was received; never decreases.
    pub at: Boottime,
    /// The same moment for people.
    pub wall: RealTime,
    pub what: What,
}

/// What the engine knows before it sees anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Version of swanwatch.
    pub version: String,
    /// The deciding part of the configuration.
    pub settings: EngineSettings,
    /// `uname -r`, for people.
    pub kernel: String,
    /// What that kernel can do.
    #[serde(default, skip_serializing_if = "Abilities::is_unknown")]
    pub abilities: Abilities,
    /// `/proc/sys/kernel/random/boot_id`.
    pub boot_id: String,
    /// The watched namespace.
    pub netns: Netns,
    /// Where jitter and hashing come from.
    pub seed: u64,
    /// `net.core.xfrm_acq_expires`: seconds that a larval SA lives.
    pub acquire_expires: u32,
    /// What the devices of this host answered when they were probed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probed: Vec<ProbedDevice>,
    /// What was kept by the run before; none where there was none, or it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remembered: Option<Box<Remembered>>,
    /// When an earlier run last saw a daemon here, by the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daemon_seen: Option<DaemonSeen>,
    /// The host's time zone.
    #[serde(default, skip_serializing_if = "Zone::is_unknown")]
    pub zone: Zone,
    /// The kernel changes an SA where it is (`XFRM_MSG_MIGRATE_STATE`), as it was found when asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moves_in_place: bool,
}

impl Started {
    /// What is remembered of the device of this name.
    pub fn probed(&self, device: &str) -> Option<&ProbedDevice> {
        self.probed.iter().find(|table| table.device == device)
    }
}

/// What can be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    // --- swanwatch itself
    /// The first observation of every run.
    Started(Box<Started>),
    /// The configuration was read again.
    Reconfigured(EngineSettings),
    /// The configuration cannot be read, or says what is not known. Over with `Reconfigured`.
    Misconfigured(WrongConfiguration),
    /// The engine asked to be woken, and it is time.
    Woke,
    /// A source works, works partly, or does not. Replaces what was said of the same source before.
    Coverage(Coverage),
    /// What was to be kept over a restart is on disk, or could not be written.
    Kept { ask: AskId, answer: Result<(), Failure> },

    // --- remedies
    /// A step was done, or was not.
    Outcome(Box<Outcome>),
    /// A person asks for a remedy.
    Requested(RemedyAsked),

    // --- the kernel
    /// One XFRM event.
    Kernel(Event),
    /// The kernel dropped events, or one could not be understood as an SA or a policy and may have been one.
    EventsLost {
        /// How many datagrams were understood as nothing; 0 where the kernel dropped an unknown number (`ENOBUFS`).
        malformed: u64,
    },
    /// A dump is about to be requested.
    DumpBegin { ask: AskId, table: DumpTable },
    /// SAs of a dump, in the kernel's order.
    Sas { ask: AskId, rows: Vec<KernelSa> },
    /// Policies of a dump, in the kernel's order.
    Policies { ask: AskId, rows: Vec<KernelPolicy> },
    /// A dump has ended.
    DumpEnd {
        ask: AskId,
        how: Dumped,
        /// Microseconds from request to end.
        took: u64,
    },
    /// One SA was read; none where the kernel has none (`ESRCH`).
    Read {
        ask: AskId,
        /// Which SA was asked for.
        id: SaId,
        answer: Result<Option<Box<KernelSa>>, Failure>,
    },
    /// SAs and policies were counted.
    Counted {
        ask: AskId,
        /// SAs, larval ones included, and policies.
        answer: Result<(u32, u32), Failure>,
    },

    /// A device's counters were read.
    Sampled {
        ask: AskId,
        device: String,
        answer: Result<DeviceCounters, Failure>,
        /// Microseconds that it took.
        took: u64,
    },
    /// The namespace's counters were read.
    HostSampled {
        ask: AskId,
        answer: Result<HostCounters, Failure>,
        /// Microseconds that it took: the kernel walks every SA for it.
        took: u64,
    },

    /// The kernel refused an offload, or left it out without a word.
    OffloadTried(Box<OffloadTry>),
    /// The kernel's words to the daemon about another refusal.
    KernelSaid(KernelWords),
    /// Somebody beside the daemon asked for SAs or policies to be deleted or flushed.
    Removals(Removals),
    /// Who sends packets that are dropped was counted.
    Senders { ask: AskId, answer: Result<Senders, Failure> },
    /// A driver's line about IPsec.
    KernelLog(KernelLogLine),

    // --- interfaces
    /// An interface is there, or changed.
    Link(Link),
    /// An interface is gone from this namespace.
    LinkGone { index: u32 },
    /// All interfaces there are have been told.
    LinksKnown,

    // --- routes
    /// Routes or their rules changed, or may have. A storm of changes is one of these every 100 ms.
    RoutesChanged,
    /// The way of some packets was asked for.
    Routed {
        ask: AskId,
        query: RouteQuery,
        /// The way; none where the packets do not leave this host.
        answer: Result<Option<Route>, Failure>,
    },

    // --- the daemon
    /// A line of its log.
    Log(Box<LogLine>),
    /// The daemon told of it by itself, over its control socket: the same statements as in its log, in a sentence of ours. A `Statement::Missing`
    /// is a gap in what it told.
    Told(Box<LogLine>),
    /// The log was read to its end. Without `ask`: the past is read, what comes now is news.
    LogEnd { ask: Option<AskId> },
    /// The daemon answered, or did not.
    DaemonAnswered {
        ask: AskId,
        answer: Box<Answer>,
        /// Microseconds from the call to its end.
        took: u64,
        /// Microseconds that the daemon's main thread worked meanwhile, where the kernel tells.
        worked: Option<u64>,
    },
    /// What the daemon does while this call is not answered: before its time-out is told, and every few seconds afterwards.
    DaemonSilent { ask: AskId, silence: Box<Silence> },
    /// A call that had counted as unanswered came back after all: the daemon turns again.
    DaemonAnsweredLate { ask: AskId },
    /// A call that had counted as unanswered ended without an answer: the daemon may be asked again.
    DaemonCallEnded { ask: AskId },
    /// The daemon was found: its process, or who listens at its control socket.
    DaemonFound(Box<Daemon>),
    /// There is no daemon.
    DaemonAbsent,
    /// Daemons of kinds that are not supported; an empty list where there are none any more.
    OtherDaemons(Vec<OtherDaemon>),
    /// What its configuration says of its connections; none where that cannot be told for certain.
    Configured(Option<Box<ConfiguredConnections>>),
    /// The daemon's process ended.
    DaemonGone(Death),
    /// A daemon that is known by its control socket alone is gone.
    ListenerGone(ListenerLoss),
    /// Its process was looked at.
    Process(ProcessLook),
    /// Its control socket was looked at, where that alone is known.
    Listener(ListenerLook),
    /// Its unit changed.
    Unit(UnitLook),
}

/// One event of the kernel's XFRM groups (net/xfrm/xfrm_user.c).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// NEWSA: can be believed.
    SaAdded(Box<KernelSa>),
    /// UPDSA: truthful over a larval SA; over an installed one it shows the request, not the SA.
    SaUpdated(Box<KernelSa>),
    /// DELSA, with the SA's last state where the event carries it.
    SaDeleted {
        id: SaId,
        /// Its last state.
        last: Option<Box<KernelSa>>,
    },
    /// FLUSHSA.
    SasFlushed {
        /// Only this protocol; none for all.
        protocol: Option<Protocol>,
    },
    /// EXPIRE. The event has no attributes for offload, keys or replay.
    SaExpired {
        /// The SA's fixed part.
        sa: Box<KernelSa>,
        /// It is gone; else only the soft limit was reached.
        hard: bool,
        /// The inner packets that an acquire's larval SA (SPI 0) was made for.
        selector: Box<super::Selector>,
    },
    /// NEWPOLICY or UPDPOLICY.
    PolicySet(Box<KernelPolicy>),
    /// DELPOLICY, or POLEXPIRE with its hard flag.
    PolicyDeleted(PolicyId),
    /// FLUSHPOLICY.
    PoliciesFlushed,
    /// MIGRATE: SAs and policies changed addresses; which ones must be read.
    Migrated,
    /// MAPPING: a packet that passed its integrity check came in UDP from another place than the inbound SA names as its source. The kernel
    /// changes nothing itself, and tells it of every such packet (net/ipv4/esp4.c, `esp_input_done2`). The event carries no mark.
    Mapped {
        /// Destination, SPI and protocol of the inbound SA.
        id: SaId,
        /// Its mark is not told; this is here so that a later kernel may.
        mark: Option<Mark>,
        /// Where that packet came from; none in recordings of builds that did not keep it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sender: Option<SocketAddr>,
    },
}

/// What the daemon said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// To `Question::Brief`.
    Brief(BriefStatus),
    /// To `Question::Table`.
    Table(StateTable),
    /// To `Question::Connections`.
    Connections(Vec<LoadedConnection>),
    None(Failure),
}
