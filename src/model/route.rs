//! The way that packets take out of this host, as the kernel chooses it.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Packets whose way is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RouteQuery {
    /// Their source, where it is one address.
    pub src: Option<IpAddr>,
    pub dst: IpAddr,
    /// Their mark, 0 for none.
    pub mark: u32,
    /// Interface that they are bound to, 0 for none.
    pub oif: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Index of the interface that they leave by.
    pub ifindex: u32,
    /// The next host, where it is not the destination itself.
    pub gateway: Option<IpAddr>,
    /// Number of the routing table, where the kernel tells.
    pub table: Option<u32>,
}

impl fmt::Display for RouteQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.dst)?;
        if let Some(src) = self.src {
            write!(f, " from {src}")?;
        }
        if self.mark != 0 {
            write!(f, " mark {:#x}", self.mark)?;
        }
        Ok(())
    }
}
