//! What only ethtool knows of an interface: its driver, and whether its ESP offload is on.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};

use crate::sources::zero_terminated::text;
use crate::sys::{self, DriverInfo, FeatureBits, FeatureNames, SetSize, StringSet};

/// `NETIF_F_HW_ESP` as ethtool names it (net/ethtool/common.c).
pub const ESP_HW_OFFLOAD: &str = "esp-hw-offload";
/// What the kernel calls a device without a driver of its own (`N/A`) tells nothing.
const NOTHING: [&str; 2] = ["", "N/A"];

/// Asks ethtool.
#[derive(Debug)]
pub struct Ethtool {
    pub(super) socket: OwnedFd,
    /// Where the feature stands among the kernel's features; the same for all devices, so it is looked up once.
    esp_bit: Option<usize>,
}

/// What ethtool says of one interface; none where it cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EthtoolAnswer {
    pub driver: Option<String>,
    /// ESP offload is on.
    pub esp_hw_offload: Option<bool>,
}

/// Who drives an interface, and where it is; none where it is not told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriverIdentity {
    pub driver: Option<String>,
    /// Version of the firmware.
    pub firmware: Option<String>,
    /// Its place, `0000:3b:00.0`.
    pub bus: Option<String>,
}

impl Ethtool {
    /// Opens a socket to ask over.
    ///
    /// # Errors
    /// What socket(2) says.
    pub fn open() -> io::Result<Self> {
        let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
        Ok(Self { socket, esp_bit: None })
    }

    /// Asks about one interface. Takes the kernel's RTNL lock, which a busy driver can hold for long.
    pub fn look(&mut self, interface: &str) -> EthtoolAnswer {
        EthtoolAnswer { driver: self.identity(interface).driver, esp_hw_offload: self.esp_hw_offload(interface) }
    }

    /// Who drives it, with which firmware, and where it is.
    pub fn identity(&self, interface: &str) -> DriverIdentity {
        let mut info = DriverInfo::default();
        let known = sys::ethtool(self.socket.as_fd(), interface, &mut info).is_ok();
        let told = |field: &[u8]| Some(text(field)).filter(|text| known && !NOTHING.contains(&text.as_str()));
        DriverIdentity { driver: told(&info.driver), firmware: told(&info.firmware), bus: told(&info.bus) }
    }

    fn esp_hw_offload(&mut self, interface: &str) -> Option<bool> {
        if self.esp_bit.is_none() {
            self.esp_bit = self.find_esp_bit(interface);
        }
        let bit = self.esp_bit?;
        let bits = self.feature_bits(interface).ok()?;
        let block = bits.blocks.get(bit / 32)?;
        Some(block.active & 1 << (bit % 32) != 0)
    }

    fn find_esp_bit(&self, interface: &str) -> Option<usize> {
        self.feature_names(interface).ok()?.iter().position(|name| name == ESP_HW_OFFLOAD)
    }

    /// Whether there is such an interface: every one has features.
    pub fn knows(&self, interface: &str) -> bool {
        self.feature_bits(interface).is_ok()
    }

    /// The kernel's names of features, in the order of their bits; none where it has more than a later kernel could mean.
    pub(super) fn feature_names(&self, interface: &str) -> io::Result<Vec<String>> {
        let mut size = SetSize::of(StringSet::Features);
        sys::ethtool(self.socket.as_fd(), interface, &mut size)?;
        if size.count as usize > sys::FEATURES {
            return Ok(Vec::new());
        }
        let mut names = Box::<FeatureNames>::default();
        sys::ethtool(self.socket.as_fd(), interface, names.as_mut())?;
        Ok(names.names.iter().map(|name| text(name)).collect())
    }

    /// Which features the interface has, and which are on.
    pub(super) fn feature_bits(&self, interface: &str) -> io::Result<FeatureBits> {
        let mut bits = FeatureBits::default();
        sys::ethtool(self.socket.as_fd(), interface, &mut bits)?;
        Ok(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_has_the_feature_off_and_an_unknown_interface_says_nothing() {
        let mut ethtool = Ethtool::open().unwrap();
        // Every kernel since 4.12 names the feature for every device.
        assert_eq!(ethtool.look("lo").esp_hw_offload, Some(false));
        assert_eq!(ethtool.look("no-such-name"), EthtoolAnswer::default());
        assert_eq!(ethtool.look("a-name-that-is-too-long-for-an-interface"), EthtoolAnswer::default());
    }
}
