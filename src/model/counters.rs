//! Counters that are not of one SA: a device's and a namespace's. Each only grows, until somebody sets it back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a device has counted since its driver was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCounters {
    /// The driver's own counters that concern IPsec (`ethtool -S`), by the driver's names; empty where it has none.
    pub ipsec: BTreeMap<String, u64>,
    /// Packets that the device received and dropped; none where the kernel does not say.
    pub rx_dropped: Option<u64>,
    /// Packets that it should have sent and dropped: in packet mode also those that were routed to the wrong device.
    pub tx_dropped: Option<u64>,
}

/// The names in `/proc/net/xfrm_stat` that are known, as the kernel lists them (net/xfrm/xfrm_proc.c of Linux 5.10 to 7.3).
pub const XFRM_COUNTERS: [&str; 32] = [
    "XfrmInError",
    "XfrmInBufferError",
    "XfrmInHdrError",
    "XfrmInNoStates",
    "XfrmInStateProtoError",
    "XfrmInStateModeError",
    "XfrmInStateSeqError",
    "XfrmInStateExpired",
    "XfrmInStateMismatch",
    "XfrmInStateInvalid",
    "XfrmInTmplMismatch",
    "XfrmInNoPols",
    "XfrmInPolBlock",
    "XfrmInPolError",
    "XfrmOutError",
    "XfrmOutBundleGenError",
    "XfrmOutBundleCheckError",
    "XfrmOutNoStates",
    "XfrmOutStateProtoError",
    "XfrmOutStateModeError",
    "XfrmOutStateSeqError",
    "XfrmOutStateExpired",
    "XfrmOutPolBlock",
    "XfrmOutPolDead",
    "XfrmOutPolError",
    "XfrmFwdHdrError",
    "XfrmOutStateInvalid",
    "XfrmAcquireError",
    "XfrmOutStateDirError",
    "XfrmInStateDirError",
    "XfrmInIptfsError",
    "XfrmOutNoQueueSpace",
];

/// `/proc/net/xfrm_stat` of the watched namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCounters {
    /// Those that are not 0, by the kernel's names (`XfrmInNoStates`).
    pub xfrm: BTreeMap<String, u64>,
}

impl HostCounters {
    /// One counter; 0 where the kernel has it not.
    pub fn get(&self, name: &str) -> u64 {
        self.xfrm.get(name).copied().unwrap_or(0)
    }
}
