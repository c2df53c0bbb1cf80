//! Why a device is not probed.

use std::io;

use super::request::NoRandomness;

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// No CAP_NET_ADMIN.
    #[error("probing a device takes CAP_NET_ADMIN: {tried}: {source}")]
    NotPermitted {
        tried: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// There is no such interface.
    #[error("there is no interface '{0}' in this network namespace")]
    NoDevice(String),
    /// It went away or came back as another one meanwhile.
    #[error("the interface '{0}' went away while it was probed: nothing is known of it")]
    DeviceGone(String),
    /// A bond.
    #[error(
        "'{device}' is a bond, and is not probed: {hazard}. Probe one of its interfaces instead; '--force' tries the bond all the same"
    )]
    Bond {
        device: String,
        /// What can happen.
        hazard: &'static str,
    },
    /// It is nearly full.
    #[error(
        "'{device}' ({driver}) holds {held} SAs, and has room for {capacity}{which}: probing is refused from 90 % on, because the daemon \
         needs the rest"
    )]
    NearlyFull {
        device: String,
        driver: String,
        /// SAs that it holds.
        held: u32,
        /// SAs that it has room for.
        capacity: u32,
        which: &'static str,
    },
    /// The addresses of the probe are somebody's.
    #[error(
        "{what} uses {address}, an address of the ranges for documentation that probe makes its SAs with (192.0.2.0/24, \
         198.51.100.0/24, 2001:db8::/32): an SA of the probe could meet real packets there, so nothing was tried"
    )]
    AddressInUse {
        /// An SA, a policy, a route.
        what: String,
        /// Which address or prefix.
        address: String,
    },
    /// Another probe's SAs are there.
    #[error(
        "{0} of another probe: it runs now, or was killed less than {seconds} s ago and the kernel has not removed its SA yet; try again \
         then", seconds = super::request::LIFETIME_SECONDS
    )]
    AnotherProbe(String),
    /// SAs were left behind.
    #[error("an SA of the probe could not be deleted ({0}); the kernel removes it within {seconds} s", seconds = super::request::LIFETIME_SECONDS)]
    LeftBehind(String),
    /// No key.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("{tried}: {source}")]
    Io {
        tried: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl ProbeError {
    /// For `map_err`: names what was tried.
    pub(super) fn tried(tried: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::PermissionDenied => Self::NotPermitted { tried, source },
            _ => Self::Io { tried, source },
        }
    }
}
