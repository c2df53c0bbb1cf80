//! What `tests/` needs of the crate, by the paths that it has inside of it. Nothing of it is an interface for others.

pub mod cli {
    pub use crate::cli::command;
}

pub mod clock {
    pub use crate::clock::{boottime, real_time};
}

pub mod config {
    pub use crate::config::{Config, DaemonPlace};
}

pub mod daemons {
    pub use crate::daemons::{LineOrigin, dialect};
}

pub mod engine {
    pub use crate::engine::{Engine, Ranking, Tally};
}

#[cfg(fuzzing)]
pub mod fuzzing {
    pub use crate::fuzzing::{FuzzTarget, TARGETS};
}

pub mod manual {
    pub use crate::manual::message_id;
}

pub mod model {
    pub use crate::model::{
        Abilities, Action, AddressPair, Affected, Algorithm, AlgorithmName, Answer, AskId, Boottime, BriefStatus,
        Change, ChildSettings, ChildState, Code, Counters, Coverage, Daemon, DaemonKind, DaemonStatus, Direction,
        DumpTable, Dumped, Effect, Encapsulation, Event, Evidence, Failure, Feed, Finding, HostCounters, KernelPolicy,
        KernelSa, KernelStatus, KnownBy, Lifetime, Link, LoadedConnection, LogLine, LogSeverity, Mark, Measured,
        Metrics, Netns, Observation, Offload, OffloadMode, OffloadSetting, PolicyDirection, PolicyId, ProbeAnswer,
        ProbedAnswer, ProbedDevice, Protocol, Question, RealTime, Reason, RemedyCounts, RemedyId, RemedyKind,
        RemedyPlan, RemedyState, RemedyTarget, ReplayState, Route, RouteQuery, SaId, SaMode, SaRow, SaShape, SaStage,
        Selector, Serial, Severity, Source, SourceState, Span, Speaker, Spi, SpiPair, Started, StateTable, Statement,
        Status, Step, StepResult, Story, Subject, Summary, Template, TrafficOrder, TrafficReport, What,
    };
}

pub mod probe {
    pub use crate::probe::{Permissions, ProbeError, plan, probe};

    pub mod migration {
        pub use crate::probe::migration::is_known;
    }

    pub mod talk {
        pub use crate::probe::talk::RequestSocket;
    }
}

pub mod reasons {
    pub use crate::reasons::all;
}

pub mod recording {
    pub use crate::recording::{
        Agreement, BUILD, FORMAT, Header, Recent, RecordingEnd, RecordingReader, Replay, ToldFinding, open, replay,
    };
}

pub mod remedies {
    pub use crate::remedies::RemedyHands;

    pub mod reinstall {
        pub use crate::remedies::reinstall::{
            Deleted, Kernel, ReinstallEnd, ReinstallOrder, ReinstallSockets, WhyNotAsOrdered, reinstall,
        };
    }
}

pub mod sinks {
    pub use crate::sinks::{DeskQuestion, EventHub, desk};

    pub mod alerts {
        pub use crate::sinks::alerts::{Address, Alerts, AlertsSetup, Pace, Receiver, Rest};
    }

    pub mod api {
        pub use crate::sinks::api::ApiSockets;
    }

    pub mod history {
        pub use crate::sinks::history::{History, HistoryEntry, PastEvent};
    }

    pub mod metrics {
        pub use crate::sinks::metrics::{ExpositionFormat, write};
    }

    pub mod state {
        pub use crate::sinks::state::read;
    }
}

pub mod sources {
    pub use crate::sources::{Seen, kernel_release, queue};

    pub mod log {
        pub use crate::sources::log::LineSplitter;
    }

    pub mod nic {
        pub use crate::sources::nic::{links, spawn};
    }

    pub mod routes {
        pub use crate::sources::routes::RoutesSource;
    }

    pub mod xfrm {
        pub use crate::sources::xfrm::{
            Skipped, Xfrm, acquire_expires, current_netns, layout, numbers, spawn, spawn_with_buffer,
        };

        pub mod decode {
            pub use crate::sources::xfrm::decode::{Decoder, Messages};
        }
    }
}
