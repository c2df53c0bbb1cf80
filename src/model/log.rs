//! What a daemon's log says, in words common to all daemons. Lines that mean nothing here are never kept.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Direction, Protocol, RealTime, Serial, Spi, SpiPair};

/// One line that a grammar knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// The line's own time, where it has one. For people, and for ordering the past.
    pub time: Option<RealTime>,
    /// The daemon's process, where the journal or syslog tells.
    pub pid: Option<u32>,
    /// Written before swanwatch began to watch: it tells what is, and is no news.
    pub past: bool,
    /// Anybody on this host may have written it, in the daemon's name. Recordings from before this was known are of logs that were believed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forgeable: bool,
    /// How the daemon rates it.
    pub severity: LogSeverity,
    /// Of which connection and state.
    pub about: Option<Speaker>,
    pub says: Statement,
    /// The line itself: at most 1,024 bytes, control characters escaped, keys masked.
    pub text: String,
}

/// The daemon's own word for how bad a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogSeverity {
    /// No severity word.
    Ordinary,
    /// `warning`.
    Warning,
    /// `ERROR`, `EXPECTATION FAILED`.
    Error,
    /// The process ends: `FATAL`, `ABORT`.
    Fatal,
}

/// The prefix of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaker {
    pub connection: String,
    /// The rest of the prefix, verbatim (`[1] 192.1.3.209`, `/1x2`).
    pub instance: Option<String>,
    /// State serial.
    pub serial: Option<Serial>,
}

/// Which request the kernel refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KernelOperation {
    /// An SA was to be added (NEWSA or UPDSA).
    AddSa,
    /// An SA was to be deleted. Its ESRCH is mostly harmless.
    DeleteSa,
    /// An SA was to be read. Its ESRCH on an established SA means that the SA is gone.
    GetSa,
    /// An SPI was to be reserved.
    GetSpi,
    /// A policy was to be added, updated or deleted.
    Policy,
}

/// IKEv2 notify types (RFC 7296 §3.10.1) that end or delay a negotiation, and anything else by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Notify(pub String);

/// Where an IKEv1 peer ceased to answer (RFC 2409 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SilentAt {
    /// At the first encrypted message, which proves who this end is.
    FirstEncrypted,
    /// At the user's name and password.
    Xauth,
    /// At the request for an address.
    ModeConfig,
    /// At the request for the Child SA, while the IKE SA stands.
    QuickMode,
}

/// What a line means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statement {
    // --- the daemon's life
    /// The daemon starts.
    Starting {
        /// Its version, `4.10`.
        version: Option<String>,
        pid: Option<u32>,
    },
    /// It listens for IKE.
    Listening,
    /// An orderly end has begun.
    ShuttingDown,
    /// It is about to die of a bug or a fatal error.
    Dying,
    /// A bug that it survives.
    Bug,
    /// It read its own netlink socket too late and lost kernel events.
    MissedKernelEvents,

    // --- connections
    /// A connection was loaded, changed or oriented.
    ConnectionAdded,
    /// A connection was unloaded by order.
    ConnectionDeleted,
    /// A connection's SAs are taken down: by order, or by the daemon itself.
    ConnectionTerminated,
    /// A connection was taken down by order.
    ConnectionDown,
    /// The daemon cannot tell which end of a connection this host is, and takes it down.
    EndsUnclear,
    /// An address of this host is gone: the daemon listens there no more, and takes down what used it.
    AddressGone { address: IpAddr },

    // --- negotiation
    /// This end begins a negotiation of an IKE SA or a Child SA.
    Initiating {
        /// Serial of the Child SA that is to be replaced, where it is a rekey.
        rekeys: Option<Serial>,
    },
    /// The peer's request for a Child SA is being answered.
    Responding,
    /// A request was sent, or will be sent again: the negotiation goes on.
    Negotiating {
        /// SPI that this end reserved for the inbound SA, where the line says.
        inbound: Option<Spi>,
    },
    /// An IKE SA stands.
    IkeEstablished,
    /// An IKE SA stands in place of another one, and has taken over its Child SAs: the deletion of the old one loses nothing.
    IkeRekeyed {
        /// Serial of the IKE SA that it replaces, where the line says.
        replaces: Option<Serial>,
    },
    /// A Child SA stands, and the daemon believes that the kernel has it.
    ChildEstablished {
        /// Serial of its IKE SA.
        ike: Option<Serial>,
        /// Serial of the Child SA that it replaces, where the line says.
        rekeys: Option<Serial>,
        spis: SpiPair,
        /// The negotiated selectors, verbatim.
        selectors: Option<String>,
        /// Extended sequence numbers were negotiated.
        esn: bool,
        /// The daemon's claim about offload: of its configuration, not of the kernel.
        offload_claim: Option<String>,
    },
    /// The peer refused the Child SA.
    PeerRefused { notify: Notify },
    /// The peer's answer sets up no Child SA, or none that this end can take.
    NoChildSa,
    /// No answer from the peer after all retransmissions.
    NoAnswer,
    /// The same at a point where IKEv1 peers refuse by silence: it had answered until then.
    Silent { at: SilentAt },
    /// Authentication failed on either end.
    AuthenticationFailed,
    /// No common proposal.
    NoProposal,
    /// This end gives up a Child SA.
    ChildFailed {
        /// The notify that it sends or would have sent, where the line says.
        notify: Option<Notify>,
    },
    /// This end gives up an IKE SA, and every Child SA on it.
    IkeFailed {
        /// Why, where the line says.
        notify: Option<Notify>,
    },
    /// The daemon will try again by itself.
    Retrying,

    // --- the end of an SA
    /// A state is being deleted; the serial is the prefix's.
    Deleting {
        /// It was an IKE SA.
        is_ike: bool,
        /// It had been established.
        established: bool,
    },
    /// A Child SA went with its IKE SA.
    LostWithIke {
        /// Serial of that IKE SA.
        ike: Option<Serial>,
    },
    /// The peer asked for the deletion.
    PeerDeletes,
    /// The kernel told of a limit.
    Expired {
        /// Hard limit: the kernel removed the SA.
        hard: bool,
        direction: Direction,
        /// The SA.
        spi: Spi,
    },
    /// Dead peer detection acts.
    PeerDead,

    // --- the kernel's refusals
    /// The kernel refused a request.
    KernelRefused {
        operation: KernelOperation,
        /// The SA, where the line names it.
        sa: Option<RefusedSa>,
        /// errno(3), positive.
        errno: u32,
    },
    /// The daemon's own word about the refusal just before.
    SaNotAdded {
        /// It had asked for an offload.
        of_offload: bool,
    },
    /// The kernel's own words about the refusal just before.
    KernelSaid { words: String },

    // --- traffic
    /// Traffic asked for an SA.
    OnDemand {
        /// Source of the packet.
        src: Option<IpAddr>,
        /// Destination of the packet.
        dst: Option<IpAddr>,
    },

    /// Something else about a connection: it decides nothing, and may be quoted.
    Said,

    // --- the log itself
    /// Lines are missing here: the journal's rate limit, a torn line, a file that was cut.
    Missing {
        /// How many lines, where it is known.
        lines: Option<u64>,
    },
}

/// The SA that a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RefusedSa {
    /// ESP, AH, IPCOMP.
    pub protocol: Protocol,
    pub spi: Spi,
    /// Its destination: this host's address for an inbound SA.
    pub dst: Option<IpAddr>,
}
