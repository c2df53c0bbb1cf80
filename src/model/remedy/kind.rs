//! What can be done.

use serde::{Deserialize, Serialize};

/// What can be done. The names stand in `act:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyKind {
    /// The daemon makes a new pair of SAs.
    Rekey,
    /// An SA is taken out of the kernel and put back, on the NIC or off it.
    Reinstall,
    /// A daemon that died is started again, and its tunnels are seen back.
    Restart,
    /// A daemon that hangs is continued or started again.
    RestartHung,
    /// Traffic that policies protect is kept from leaving in clear while there are none.
    Fence,
    /// The SAs of a device are taken off it, and put back on it, as a person asks. It never acts by itself, and is no word of `act:`.
    Evacuate,
}

impl RemedyKind {
    pub const ALL: [Self; 6] =
        [Self::Rekey, Self::Reinstall, Self::Restart, Self::RestartHung, Self::Fence, Self::Evacuate];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rekey => "rekey",
            Self::Reinstall => "reinstall",
            Self::Restart => "restart",
            Self::RestartHung => "restart-hung",
            Self::Fence => "fence",
            Self::Evacuate => "evacuate",
        }
    }
}

impl std::fmt::Display for RemedyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_they_are_said() {
        for kind in RemedyKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
