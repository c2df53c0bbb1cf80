//! What `/v1/traffic` says: who carries most, and who encrypts it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Direction, RealTime, SaRow};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficReport {
    /// Version of this form: 1.
    pub schema: u32,
    /// When it was made.
    pub time: RealTime,
    /// Length of the last sampling window, in milliseconds, to which all rates belong; none before there was one.
    pub window_ms: Option<u64>,
    /// How many installed SAs there are.
    pub sas_total: u64,
    /// All of them together.
    pub all: BothWays,
    /// Devices, those that carry most first.
    pub devices: Vec<DeviceTraffic>,
    /// What the list of SAs is sorted by.
    pub sort: TrafficOrder,
    /// How many SAs come before the first one listed.
    pub offset: u64,
    /// The SAs that were asked for, highest first.
    pub sas: Vec<SaRow>,
    /// Open findings.
    pub findings: FindingCount,
}

/// Traffic of some SAs, by direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BothWays {
    #[serde(rename = "in")]
    pub received: Rates,
    #[serde(rename = "out")]
    pub sent: Rates,
}

/// Traffic of some SAs, one way, by who should encrypt it. Per second, on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// Packets of SAs that claim the NIC.
    pub offloaded_packets_per_second: u64,
    /// Packets of SAs in software.
    pub software_packets_per_second: u64,
    /// Bytes of all of them.
    pub bytes_per_second: u64,
    /// Packets that failed their integrity check, or that the replay window refused.
    pub drops_per_second: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceTraffic {
    /// Interface name; none for SAs whose local address no interface holds.
    pub device: Option<String>,
    /// Its driver, where that is known.
    pub driver: Option<String>,
    /// SAs that are offloaded to it.
    pub offloaded_sas: u64,
    /// SAs in software whose local address it holds.
    pub software_sas: u64,
    #[serde(flatten)]
    pub rates: BothWays,
    /// Packets a second that it says it transformed, by direction; none where its driver has no such counter, or there is no window.
    pub nic_packets_per_second: ByDirection<Option<u64>>,
    /// Who encrypts what its SAs carry that claim it, by direction: `nic`, `cpu`, or none where that cannot be told.
    pub encrypts: ByDirection<Option<Worker>>,
    /// Packets a second that it says it dropped.
    pub nic_drops_per_second: Option<u64>,
}

/// Something for each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByDirection<T> {
    /// Inbound.
    #[serde(rename = "in")]
    pub received: T,
    /// Outbound.
    #[serde(rename = "out")]
    pub sent: T,
}

/// Who encrypts or decrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Worker {
    Nic,
    Cpu,
}

/// Open findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCount {
    /// Of severity critical.
    pub critical: u64,
    /// Of severity warning.
    pub warning: u64,
}

/// What SAs are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrafficOrder {
    /// Packets a second.
    #[default]
    Packets,
    /// Bytes a second.
    Bytes,
    /// Drops a second.
    Drops,
    /// Bytes since the SA was added.
    Total,
}

/// It is none of the orders.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no order; expected packets, bytes, drops or total")]
pub struct NoSuchOrder(String);

impl BothWays {
    /// Those of one direction.
    pub const fn of(&mut self, direction: Direction) -> &mut Rates {
        match direction {
            Direction::In => &mut self.received,
            Direction::Out => &mut self.sent,
        }
    }

    /// Packets a second, both ways.
    pub const fn packets(&self) -> u64 {
        self.received.packets().saturating_add(self.sent.packets())
    }
}

impl Rates {
    /// Packets a second.
    pub const fn packets(&self) -> u64 {
        self.offloaded_packets_per_second.saturating_add(self.software_packets_per_second)
    }
}

impl TrafficOrder {
    pub const ALL: [Self; 4] = [Self::Packets, Self::Bytes, Self::Drops, Self::Total];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Packets => "packets",
            Self::Bytes => "bytes",
            Self::Drops => "drops",
            Self::Total => "total",
        }
    }
}

impl fmt::Display for TrafficOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TrafficOrder {
    type Err = NoSuchOrder;

    fn from_str(text: &str) -> Result<Self, NoSuchOrder> {
        let found = Self::ALL.into_iter().find(|order| order.as_str() == text);
        found.ok_or_else(|| NoSuchOrder(text.to_owned()))
    }
}
