//! A network interface, as far as IPsec cares.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// One interface of the watched namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Interface index.
    pub index: u32,
    pub name: String,
    /// `IFF_UP`: set by the administrator. Its loss makes the kernel drop every SA that is offloaded to the device.
    pub up: bool,
    /// `IFF_LOWER_UP`: the cable. Its loss alone drops nothing.
    pub carrier: bool,
    /// `IFLA_INFO_KIND`: `vlan`, `bond`, …; none for hardware.
    pub kind: Option<String>,
    /// Interface below (`IFLA_LINK`), as a VLAN has.
    pub lower: Option<u32>,
    /// Interface above (`IFLA_MASTER`), as a bond's slave has.
    pub master: Option<u32>,
    /// Driver (`ETHTOOL_GDRVINFO`), where it says.
    pub driver: Option<String>,
    /// The `esp-hw-offload` feature is on; none where ethtool cannot say.
    pub esp_hw_offload: Option<bool>,
    /// Its addresses, sorted.
    pub addresses: Vec<IpAddr>,
}
