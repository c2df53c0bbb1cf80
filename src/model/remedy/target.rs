//! Which run of a remedy it is, and what it works on.

use serde::{Deserialize, Serialize};

/// Names one run of a remedy, over restarts of swanwatch too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemedyId(pub u64);

/// What a remedy works on: there is one remedy at a time for each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyTarget {
    /// All pairs of a connection, or of one instance of it.
    Tunnel {
        connection: String,
        /// The rest of the prefix, verbatim.
        instance: Option<String>,
    },
    Daemon,
    /// The whole namespace.
    Host,
    /// A network device.
    Device {
        device: String,
        /// Another one of the same name has another.
        ifindex: u32,
    },
}

impl RemedyTarget {
    /// The connection, where it is a tunnel.
    pub fn connection(&self) -> Option<&str> {
        match self {
            Self::Tunnel { connection, .. } => Some(connection),
            Self::Daemon | Self::Host | Self::Device { .. } => None,
        }
    }
}

impl std::fmt::Display for RemedyTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tunnel { connection, instance } => write!(f, "{connection}{}", instance.as_deref().unwrap_or("")),
            Self::Daemon => f.write_str("the daemon"),
            Self::Host => f.write_str("this host"),
            Self::Device { device, .. } => f.write_str(device),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_named_as_the_daemon_names_it() {
        let tunnel = RemedyTarget::Tunnel { connection: "rw".into(), instance: Some("[1] 192.0.2.9".into()) };
        assert_eq!(tunnel.to_string(), "rw[1] 192.0.2.9");
        assert_eq!(tunnel.connection(), Some("rw"));
        assert_eq!(RemedyTarget::Daemon.to_string(), "the daemon");
    }
}
