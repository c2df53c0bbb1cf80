//! Which offload an SA should have.

/// Which offload an SA of a connection should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// None.
    Nothing,
    /// At least crypto offload.
    Crypto,
    /// Packet offload.
    Packet,
    Any,
    /// It is not known: never a finding.
    Unknown,
}

impl Expected {
    /// As `sas` shows it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Crypto => "crypto",
            Self::Packet => "packet",
            Self::Any => "any",
            Self::Unknown => "unknown",
        }
    }

    /// Whether some offload is expected.
    pub const fn is_some(self) -> bool {
        matches!(self, Self::Crypto | Self::Packet | Self::Any)
    }
}
