//! What only ethtool knows of an interface: its driver, and whether its ESP offload is on.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};

use crate::sys::{self, DriverInfo, FeatureBits, FeatureNames, SetSize};

/// `NETIF_F_HW_ESP` as ethtool names it (net/ethtool/common.c).
const ESP_HW_OFFLOAD: &[u8] = b"esp-hw-offload";

/// Asks ethtool.
#[derive(Debug)]
pub struct Ethtool {
    pub(super) socket: OwnedFd,
    /// Where the feature stands among the kernel's features; the same for all devices, so it is looked up once.
    esp_bit: Option<usize>,
}

/// What ethtool says of one interface; none where it cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Driver's name.
    pub driver: Option<String>,
    /// ESP offload is on.
    pub esp_hw_offload: Option<bool>,
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
    pub fn look(&mut self, interface: &str) -> Look {
        Look { driver: self.driver(interface), esp_hw_offload: self.esp_hw_offload(interface) }
    }

    fn driver(&self, interface: &str) -> Option<String> {
        let mut info = DriverInfo::default();
        sys::ethtool(self.socket.as_fd(), interface, &mut info).ok()?;
        let name = info.driver.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        (!name.is_empty()).then_some(name)
    }

    fn esp_hw_offload(&mut self, interface: &str) -> Option<bool> {
        if self.esp_bit.is_none() {
            self.esp_bit = self.find_esp_bit(interface);
        }
        let bit = self.esp_bit?;
        let mut bits = FeatureBits::default();
        sys::ethtool(self.socket.as_fd(), interface, &mut bits).ok()?;
        let block = bits.blocks.get(bit / 32)?;
        Some(block.active & 1 << (bit % 32) != 0)
    }

    fn find_esp_bit(&self, interface: &str) -> Option<usize> {
        let mut size = SetSize::default();
        sys::ethtool(self.socket.as_fd(), interface, &mut size).ok()?;
        if size.count as usize > sys::FEATURES {
            return None;
        }
        let mut names = Box::<FeatureNames>::default();
        sys::ethtool(self.socket.as_fd(), interface, names.as_mut()).ok()?;
        names.names.iter().position(|name| name.split(|byte| *byte == 0).next() == Some(ESP_HW_OFFLOAD))
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
        assert_eq!(ethtool.look("no-such-name"), Look::default());
        assert_eq!(ethtool.look("a-name-that-is-too-long-for-an-interface"), Look::default());
    }
}
