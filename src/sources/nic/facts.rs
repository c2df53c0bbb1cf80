//! What ethtool tells of one device at length: driver, firmware, place, its features and counters that concern IPsec.

use std::io;
use std::os::fd::AsFd;

use rustix::io::Errno;

use super::ethtool::{DriverIdentity, Ethtool};
use crate::sources::zero_terminated::text;
use crate::sys::{self, Guarded, SetSize, StringSet};

/// ETHTOOL_GSTRINGS and ETHTOOL_GSTATS (include/uapi/linux/ethtool.h).
const GSTRINGS: u32 = 0x1b;
const GSTATS: u32 = 0x1d;
/// Bytes of a name (`ETH_GSTRING_LEN`).
const NAME: usize = 32;
/// More than any driver has: a thousand queues with a hundred counters each.
const MOST: u32 = 100_000;
/// A driver that changes its counters at every look is given up.
const TRIES: usize = 4;

/// What is told of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceFacts {
    /// Driver, firmware and place.
    pub identity: DriverIdentity,
    /// Features whose name has `esp` in it: name, on, fixed.
    pub features: Vec<(String, bool, bool)>,
    /// Counters of the driver whose name has `ipsec`, `xfrm` or `esp` in it.
    pub counters: Vec<(String, u64)>,
}

impl Ethtool {
    /// Everything about one interface; what it does not tell is empty. Takes the kernel's RTNL lock, as `look`.
    pub fn facts(&self, interface: &str) -> DeviceFacts {
        DeviceFacts {
            identity: self.identity(interface),
            features: self.features(interface).unwrap_or_default(),
            counters: self.counters(interface).unwrap_or_default(),
        }
    }

    fn features(&self, interface: &str) -> io::Result<Vec<(String, bool, bool)>> {
        let names = self.feature_names(interface)?;
        let bits = self.feature_bits(interface)?;
        let esp = names.into_iter().enumerate().filter_map(|(bit, name)| {
            let block = bits.blocks.get(bit / 32)?;
            let is = |mask: u32| mask & 1 << (bit % 32) != 0;
            let fixed = is(block.never_changed) || !is(block.available);
            name.split('-').any(|word| word == "esp").then(|| (name, is(block.active), fixed))
        });
        Ok(esp.collect())
    }

    /// Counters of the driver that concern IPsec. Takes the RTNL lock, and mlx5 asks its firmware.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn counters(&self, interface: &str) -> io::Result<Vec<(String, u64)>> {
        let concerns =
            |name: &str| ["ipsec", "xfrm", "esp"].iter().any(|word| name.split('_').any(|part| part == *word));
        let all = self.all_counters(interface)?;
        Ok(all.into_iter().filter(|(name, _)| concerns(name)).collect())
    }

    /// Every counter of the driver's own. Their number may change between two calls (queues are added): then all are read again.
    fn all_counters(&self, interface: &str) -> io::Result<Vec<(String, u64)>> {
        for _ in 0..TRIES {
            let count = self.count(interface)?;
            if count == 0 {
                return Ok(Vec::new());
            }
            if count > MOST {
                return Err(io::ErrorKind::InvalidData.into());
            }
            match self.read_counters(interface, count) {
                Ok(Some(counters)) if self.count(interface)? == count => return Ok(counters),
                Ok(_) => {}
                // Longer than was said, by more than the room to spare.
                Err(error) if error.raw_os_error() == Some(Errno::FAULT.raw_os_error()) => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    fn count(&self, interface: &str) -> io::Result<u32> {
        let mut size = SetSize::of(StringSet::Counters);
        sys::ethtool(self.socket.as_fd(), interface, &mut size)?;
        Ok(size.count)
    }

    /// None where names and numbers were not as many as had been said.
    fn read_counters(&self, interface: &str, count: u32) -> io::Result<Option<Vec<(String, u64)>>> {
        let many = count as usize;
        let mut names = Guarded::new(12 + many * NAME)?;
        names.begin(&[GSTRINGS, StringSet::Counters as u32, count]);
        sys::ethtool_long(self.socket.as_fd(), interface, &mut names)?;
        let mut numbers = Guarded::new(8 + many * 8)?;
        numbers.begin(&[GSTATS, count]);
        sys::ethtool_long(self.socket.as_fd(), interface, &mut numbers)?;
        Ok(pair(names.bytes(), numbers.bytes(), count))
    }
}

/// `struct ethtool_gstrings` and `struct ethtool_stats`; none where one of them has another number of entries.
fn pair(names: &[u8], numbers: &[u8], count: u32) -> Option<Vec<(String, u64)>> {
    let number = |bytes: &[u8], at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes);
    if number(names, 8)? != count || number(numbers, 4)? != count {
        return None;
    }
    let names = names.get(12..)?.chunks_exact(NAME).map(text);
    let (values, _) = numbers.get(8..)?.as_chunks::<8>();
    Some(names.zip(values.iter().map(|value| u64::from_ne_bytes(*value))).take(count as usize).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(names: &[&str], said: u32) -> (Vec<u8>, Vec<u8>) {
        let mut strings = [27_u32, 1, said].map(u32::to_ne_bytes).concat();
        let mut numbers = [29_u32, said].map(u32::to_ne_bytes).concat();
        for (place, name) in names.iter().enumerate() {
            let mut bytes = name.as_bytes().to_vec();
            bytes.resize(NAME, 0);
            strings.extend(bytes);
            numbers.extend((place as u64 + 7).to_ne_bytes());
        }
        (strings, numbers)
    }

    #[test]
    fn names_and_numbers_are_paired_where_their_count_is_as_said() {
        let (names, mut numbers) = answer(&["ipsec_rx_pkts", "tx"], 2);
        // The room behind the last number is none.
        numbers.extend([0; 64]);
        assert_eq!(pair(&names, &numbers, 2), Some(vec![("ipsec_rx_pkts".to_owned(), 7), ("tx".to_owned(), 8)]));
        assert_eq!(pair(&names, &numbers, 3), None);
        assert_eq!(pair(&names[..10], &numbers, 2), None);
    }

    #[test]
    fn the_loopback_has_features_and_no_counters() {
        let facts = Ethtool::open().unwrap().facts("lo");
        assert_eq!((facts.identity.driver, facts.counters), (None, vec![]));
        assert!(facts.features.contains(&("esp-hw-offload".to_owned(), false, true)), "{:?}", facts.features);
        assert_eq!(Ethtool::open().unwrap().facts("no-such-name"), DeviceFacts::default());
    }

    #[test]
    fn more_than_there_is_room_for_fails_and_overwrites_nothing() {
        let ethtool = Ethtool::open().unwrap();
        let mut room = Guarded::new(1).unwrap();
        room.begin(&[GSTRINGS, StringSet::Features as u32, 64]);
        sys::ethtool_long(ethtool.socket.as_fd(), "lo", &mut room).unwrap();
        assert!(room.bytes().windows(14).any(|name| name == b"esp-hw-offload"));
        assert_eq!(room.bytes().len() % rustix::param::page_size(), 0);
    }
}
