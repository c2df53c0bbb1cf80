//! The words of the field as types: no I/O, no clock, no async.
//!
//! Everything here can be written to a recording and read back. Nothing here can hold a key: the types have no place for one.

mod abilities;
mod algorithm;
mod algorithm_name;
mod ask;
mod code;
mod configured;
mod counters;
mod coverage;
mod daemon;
mod due;
mod effect;
mod finding;
pub mod ip_protocols;
mod known;
mod life;
mod link;
mod log;
mod measured;
mod metrics;
mod observation;
mod policy;
mod probed;
mod reason;
mod refusal;
mod remedy;
mod removal;
mod route;
mod sa;
mod senders;
mod settings;
mod silence;
mod spi;
mod status;
mod subnet;
mod time;
mod traffic;
mod zone;

pub use self::abilities::Abilities;
pub use self::algorithm::Algorithm;
pub use self::algorithm_name::AlgorithmName;
pub use self::ask::{AskId, DumpTable, Dumped, Failure, Question};
pub use self::code::Code;
pub use self::configured::{AtStart, ConfiguredConnection, ConfiguredConnections, Setting};
pub use self::counters::{DeviceCounters, HostCounters, XFRM_COUNTERS};
pub use self::coverage::{Coverage, Source, SourceState};
pub use self::daemon::{
    BriefStatus, ChildSettings, ChildState, DaemonKind, EncapsulationSetting, IkeState, LoadedConnection,
    OffloadSetting, Serial, SpiPair, StateTable,
};
pub use self::due::{DaemonDue, DaemonSeen, DaemonWish, DueState, OtherDaemon};
pub use self::effect::{Change, Effect};
pub use self::finding::{Affected, Evidence, Finding, Severity, Span, Subject};
pub use self::known::{KnownBy, ListenerEnd, ListenerLook, ListenerLoss};
pub use self::life::{Daemon, Death, ProcessLook, RunState, UnitLook, Unread};
pub use self::link::Link;
pub use self::log::{KernelOperation, LogLine, LogSeverity, Notify, RefusedSa, SilentAt, Speaker, Statement};
pub use self::measured::Measured;
pub use self::metrics::{
    Feed, FindingPlace, Metrics, ReceiverCounts, RemedyCounts, RemedyLimit, RemedyOutcome, SaKind, SaOwner,
};
pub use self::observation::{Answer, Event, Observation, Started, What};
pub use self::policy::{Action, KernelPolicy, PolicyDirection, PolicyId, Selector, Template, is_host};
#[cfg(test)]
pub use self::probed::sample as probed_sample;
pub use self::probed::{
    PROBE_REQID, ProbeAnswer, ProbedAnswer, ProbedCell, ProbedColumn, ProbedDevice, ProbedFeature, is_probe_address,
};
pub use self::reason::Reason;
pub use self::refusal::{KernelLogLine, KernelWords, OffloadTry, SaShape};
pub use self::remedy::{
    AddressPair, Evacuation, Intent, KeptProcess, KeptStop, Outcome, Remedy, RemedyAsked, RemedyChange, RemedyId,
    RemedyKind, RemedyPlan, RemedyState, RemedyTarget, Remembered, Step, StepResult, Tries, UpTunnel,
};
pub use self::removal::{Removal, Removals, Removed};
pub use self::route::{Route, RouteQuery};
pub use self::sa::{
    Counters, Direction, Encapsulation, KernelSa, Lifetime, Mark, Netns, Offload, OffloadMode, Protocol, ReplayState,
    SaId, SaMode, SaStage,
};
pub use self::senders::{Dropped, Sender, Senders};
pub use self::settings::{ConnectionRule, EngineSettings, Instead, OffloadWish, WrongConfiguration};
pub use self::silence::{ChildProcess, Looks, Silence, SleepPlace};
pub use self::spi::Spi;
pub use self::status::{
    DaemonStatus, KernelStatus, Note, OffloadCount, SaRow, Status, Story, Summary, TunnelCount, UNKNOWN,
    WithoutTemplate,
};
pub use self::subnet::Subnet;
pub use self::time::{Boottime, RealTime, micros};
pub use self::traffic::{
    BothWays, ByDirection, DeviceTraffic, FindingCount, NoSuchOrder, Rates, TrafficOrder, TrafficReport, Worker,
};
pub use self::zone::Zone;
