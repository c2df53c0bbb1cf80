//! What `status` and `sas` say: one truth, shown as text or as JSON.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{
    Abilities, Coverage, DaemonDue, DaemonKind, Direction, DueState, Evidence, Finding, Protocol, RealTime, SaMode,
    Severity, Source, SourceState, Spi, Worker,
};

/// The whole answer of `status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Version of this form: 1.
    pub schema: u32,
    /// When it was made.
    pub time: RealTime,
    /// Version of swanwatch.
    pub version: String,
    /// `uname -r`, and what that kernel can do.
    #[serde(default)]
    pub kernel: KernelStatus,
    pub daemon: DaemonStatus,
    pub summary: Summary,
    /// Open findings, worst first.
    pub findings: Vec<Finding>,
    /// Advice that needs no fault.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// What is watched and what is not.
    pub coverage: Vec<Coverage>,
}

/// The state of a daemon before everything was seen once.
pub const UNKNOWN: &str = "unknown";

impl Status {
    /// Everything was seen once: before, that nothing is found and nothing is there means nothing.
    pub fn is_whole(&self) -> bool {
        self.daemon.state != UNKNOWN
    }

    /// The line of a source that shows nothing at all.
    pub fn blind_to(&self, source: Source) -> Option<&Coverage> {
        self.coverage.iter().find(|line| line.source == source && line.state == SourceState::Absent)
    }

    /// Whether something is wrong enough for an exit status: something critical, no daemon where one is due, or nothing to be seen (yet).
    pub fn is_wrong(&self) -> bool {
        if !self.is_whole() {
            return true;
        }
        let due = self.daemon.due.as_ref().is_some_and(|due| due.state == DueState::Due);
        due || self.findings.iter().any(|finding| finding.severity == Severity::Critical || finding.is_of_the_watch())
    }
}

/// The kernel in `status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelStatus {
    /// `uname -r`.
    pub release: String,
    pub abilities: Abilities,
}

/// The daemon in `status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonStatus {
    /// Which; none before one was seen.
    pub kind: Option<DaemonKind>,
    pub version: Option<String>,
    /// up, down, hung, starting, absent or, before everything was seen once, unknown.
    pub state: String,
    pub pid: Option<u32>,
    pub unit: Option<String>,
    /// Since when it is in this state.
    pub since: Option<RealTime>,
    /// Where none runs: whether one should. None before that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DaemonDue>,
}

/// Counts over all SAs and tunnels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// SAs in the kernel, larval ones left out.
    pub sas: u64,
    /// Those that the NIC has.
    pub offloaded: OffloadCount,
    /// Those that the CPU does.
    pub software: u64,
    /// Larval SAs.
    pub larval: u64,
    pub policies: u64,
    /// Policies without a template: nothing is transformed by them.
    #[serde(default)]
    pub without_template: WithoutTemplate,
    pub tunnels: TunnelCount,
}

/// Policies without a template, by what they do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutTemplate {
    /// Packets pass in clear: bypasses for IKE and neighbour discovery, passthrough connections, shunts.
    pub pass: u64,
    /// Among those that pass: the usual ones, that is the daemon's own sockets, IKE and neighbour discovery.
    #[serde(default)]
    pub bypass: u64,
    /// Packets are dropped.
    pub block: u64,
}

/// Advice that needs no fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it is about: stable, for scripts.
    pub name: String,
    /// One sentence: what is so.
    pub summary: String,
    /// One sentence: what to do.
    pub advice: String,
}

/// SAs by kind of offload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffloadCount {
    pub packet: u64,
    pub crypto: u64,
}

/// Tunnels by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TunnelCount {
    /// Both directions stand.
    pub up: u64,
    /// Should be up and has no pair.
    pub down: u64,
    /// One direction alone.
    pub partly: u64,
}

/// One line of `sas --json`. Absent is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaRow {
    pub spi: Spi,
    pub dst: IpAddr,
    pub src: IpAddr,
    /// `esp`, `ah`, …
    pub proto: Protocol,
    /// `transport`, `tunnel`, …
    pub mode: SaMode,
    /// Which way, where it is known.
    pub direction: Option<Direction>,
    /// Connection name, where the daemon claims it.
    pub connection: Option<String>,
    /// The rest of the prefix.
    pub instance: Option<String>,
    pub reqid: u32,
    /// XFRM interface id.
    pub if_id: u32,
    /// `none`, `crypto` or `packet`.
    pub offload: String,
    /// `none`, `crypto`, `packet`, `any` or `unknown`.
    pub expected: String,
    pub device: Option<String>,
    /// `larval` or `installed`.
    pub state: String,
    pub packets: u64,
    pub bytes: u64,
    /// Last sequence number, sent or received.
    pub sequence: u64,
    /// Packets a second on the wire in the last window, where that is known.
    #[serde(default)]
    pub packets_per_second: Option<u64>,
    /// Bytes a second in the last window, where that is known.
    #[serde(default)]
    pub bytes_per_second: Option<u64>,
    /// Packets received that failed their integrity check.
    #[serde(default)]
    pub integrity_failures: u64,
    /// Packets received that the replay window refused.
    #[serde(default)]
    pub replay_drops: u64,
    /// Both of them a second in the last window, where that is known.
    #[serde(default)]
    pub drops_per_second: Option<u64>,
    /// Who encrypts or decrypts it, as far as counters tell: `nic` or `cpu`.
    #[serde(default)]
    pub encrypts: Option<Worker>,
    /// `known` or `unknown`.
    pub daemon: String,
    /// When the kernel added it.
    #[serde(default)]
    pub added: Option<RealTime>,
    /// Whether it has extended sequence numbers (RFC 4303 §2.2.1), where that is known.
    #[serde(default)]
    pub esn: Option<bool>,
}

/// What `explain` says: one story in the order of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// What was asked for, as it was understood: `connection t1`, `SA esp 0x… to …`, `finding …`.
    pub about: String,
    /// What is known of it now, a sentence each.
    pub now: Vec<String>,
    /// What was seen, oldest first, each with its source.
    pub lines: Vec<Evidence>,
    /// Open findings about it.
    pub findings: Vec<Finding>,
}
