//! What an IKE daemon says of itself when asked.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Protocol, Spi};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DaemonKind {
    #[default]
    Libreswan,
    Strongswan,
}

impl DaemonKind {
    /// Every one that is supported.
    pub const ALL: [Self; 2] = [Self::Libreswan, Self::Strongswan];

    /// Its project's name as people write it.
    pub const fn for_people(self) -> &'static str {
        match self {
            Self::Libreswan => "libreswan",
            Self::Strongswan => "strongSwan",
        }
    }

    /// Its project's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Libreswan => "libreswan",
            Self::Strongswan => "strongswan",
        }
    }
}

impl fmt::Display for DaemonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The daemon's own number of a state (`#2`); IKE and Child SAs share one counter, never reused within one process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Serial(pub u32);

/// What the daemon's configuration says about offload for a connection, in the daemon's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OffloadSetting {
    /// Never.
    No,
    /// Try where the interface can, fall back without a word.
    Auto,
    /// Crypto offload, refusal is an error.
    Crypto,
    /// Packet offload, refusal is an error.
    Packet,
}

/// The SPIs of a Child SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SpiPair {
    /// ESP or AH.
    pub protocol: Protocol,
    /// The peer chose it; its SA's destination is the peer.
    pub outbound: Spi,
    /// We chose it; its SA's destination is this host.
    pub inbound: Spi,
}

/// A Child SA in the daemon's table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildState {
    pub serial: Serial,
    /// Serial of its IKE SA.
    pub ike: Option<Serial>,
    pub connection: String,
    /// The rest of the prefix, verbatim.
    pub instance: Option<String>,
    /// Established, and not on its way up or down.
    pub established: bool,
    /// The newest of its connection, by the daemon's own word.
    pub newest: bool,
    /// Its SPIs, once it has them.
    pub spis: Option<SpiPair>,
    /// Address of the peer, the outbound SA's destination.
    pub remote: Option<IpAddr>,
    /// Address of this host, the inbound SA's destination.
    pub local: Option<IpAddr>,
}

/// An IKE SA in the daemon's table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IkeState {
    pub serial: Serial,
    pub connection: String,
    /// The rest of the prefix, verbatim.
    pub instance: Option<String>,
    /// Established, and not on its way up or down.
    pub established: bool,
}

/// The daemon's whole table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateTable {
    /// IKE SAs, by serial.
    pub ike: Vec<IkeState>,
    /// Child SAs, by serial.
    pub children: Vec<ChildState>,
    /// It does not tell of every IKE SA that there may be: only of those in it it tells all Child SAs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// A connection that the daemon has loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedConnection {
    /// Its name, aliases (`west/1x2`) apart.
    pub connection: String,
    /// The IKE connection that it is a child of, where that has a name of its own, by which the daemon speaks of its IKE SAs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ike: Option<String>,
    /// The rest of the prefix, verbatim.
    pub instance: Option<String>,
    /// What it was told about offload; none where the daemon does not say.
    pub offload: Option<OffloadSetting>,
    /// It should be up (`UP` in the policy: `auto=start`, or somebody brought it up); none where the daemon does not say.
    pub wanted_up: Option<bool>,
    /// Traffic brings it up (`auto=ondemand`, or routed by hand).
    pub routed: Option<bool>,
    /// It has no policy in the kernel, by the daemon's word.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unrouted: bool,
    /// Opportunistic, or a template of many instances: unanswered traffic is no fault.
    pub template: bool,
    /// Address of this host's end.
    pub local: Option<IpAddr>,
    /// Address of the peer's end; none for `%any`.
    pub remote: Option<IpAddr>,
    /// The daemon knows which end this host is, and that end's address; none where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oriented: Option<bool>,
    /// Interface that holds the IKE address.
    pub interface: Option<String>,
    /// This host's selector in the daemon's notation (`192.0.1.0/24`); the address alone in transport mode.
    pub local_selector: Option<String>,
    /// The peer's selector.
    pub remote_selector: Option<String>,
    /// reqid base, where the daemon prints it.
    pub reqid: Option<u32>,
    /// What its SAs will be like.
    #[serde(default)]
    pub child: ChildSettings,
}

/// What a connection's settings make of its SAs; none where the daemon does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildSettings {
    /// Tunnel mode, else transport mode.
    pub tunnel: Option<bool>,
    /// AH, else ESP.
    pub ah: Option<bool>,
    /// SAs without extended sequence numbers are proposed.
    pub esn_no: Option<bool>,
    /// SAs with extended sequence numbers are proposed.
    pub esn_yes: Option<bool>,
    /// Width of the replay window in packets.
    pub replay_window: Option<u32>,
    /// UDP encapsulation.
    pub encapsulation: Option<EncapsulationSetting>,
    /// The algorithms, as the daemon prints them; none for its defaults.
    pub algorithms: Option<String>,
    /// Seconds that a replaced pair may stay beside its replacement: the margin of the rekey with its fuzz under IKEv1, none at all under
    /// IKEv2 (ipsec.conf(5), `rekeymargin`, `rekeyfuzz`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_stays: Option<u32>,
    /// Negotiated by IKEv1, else by IKEv2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ikev1: Option<bool>,
    /// Keys of its own for each Child SA (PFS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pfs: Option<bool>,
    /// Seconds that a Child SA lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life: Option<u32>,
    /// Seconds that its IKE SA lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ike_life: Option<u32>,
}

/// Whether ESP goes in UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncapsulationSetting {
    /// Where a NAT is found on the way.
    Auto,
    /// Always.
    Yes,
    /// Never.
    No,
}

/// The cheap answer: how many SAs there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BriefStatus {
    /// IKE SAs.
    pub ike: u32,
    /// IKE SAs still being negotiated.
    pub half_open: u32,
    /// Child SAs.
    pub children: u32,
    /// Threads of the daemon that wait for work, where it says: with none it answers nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_workers: Option<u32>,
    /// It encrypts in its own process: its SAs are not in the kernel.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub encrypts_itself: bool,
}
