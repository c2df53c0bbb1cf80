//! What the counters of a device mean, by their names: every driver that has them has one of these two sets.

use super::growth::growth;
use crate::model::{DeviceCounters, Direction, OffloadMode};

/// What the NIC counts as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A packet on the wire.
    Wire,
    /// A packet of the stack: a GSO packet is one (`ixgbe_clean_tx_irq`).
    Stack,
}

/// What the SAs of one device carried between two looks, one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceLoad {
    /// In crypto mode, packets on the wire.
    pub crypto_wire: u64,
    /// In crypto mode, packets of the stack.
    pub crypto_stack: u64,
    /// In packet mode.
    pub packet: u64,
    /// In software, with an address of this device: packets on the wire.
    pub software: u64,
    /// Of SAs on the device, packets that failed their integrity check or that the replay window refused: the NIC may count these as dropped.
    pub refused: u64,
}

impl DeviceLoad {
    /// Adds what one SA carried.
    pub fn add(&mut self, mode: Option<OffloadMode>, grown: &super::SaGrowth) {
        if mode.is_some() {
            add(&mut self.refused, grown.dropped());
        }
        match mode {
            Some(OffloadMode::Crypto) => {
                add(&mut self.crypto_wire, grown.wire);
                add(&mut self.crypto_stack, grown.packets);
            }
            Some(OffloadMode::Packet) => add(&mut self.packet, grown.wire),
            None => add(&mut self.software, grown.wire),
        }
    }

    /// What the SAs in crypto mode carried, counted as the NIC counts.
    pub const fn crypto(&self, unit: Unit) -> u64 {
        match unit {
            Unit::Wire => self.crypto_wire,
            Unit::Stack => self.crypto_stack,
        }
    }

    /// Everything in and out of SAs that are on the device.
    pub const fn offloaded(&self) -> u64 {
        self.crypto_wire.saturating_add(self.packet)
    }

    /// What the SAs on the device carried, where what is in crypto mode is counted so.
    pub const fn claimed(&self, unit: Unit) -> u64 {
        self.crypto(unit).saturating_add(self.packet)
    }
}

const fn add(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}

/// Packets that the NIC says it transformed.
const WIRE: [(&str, Direction); 2] = [("ipsec_rx_pkts", Direction::In), ("ipsec_tx_pkts", Direction::Out)];
const STACK: [(&str, Direction); 2] = [("rx_ipsec", Direction::In), ("tx_ipsec", Direction::Out)];

/// What the NIC counts as transformed, one way; none where the driver has no such counter.
pub fn transformed(counters: &DeviceCounters, direction: Direction) -> Option<(&'static str, u64, Unit)> {
    let find = |names: [(&'static str, Direction); 2], unit| {
        let (name, _) = names.into_iter().find(|(_, way)| *way == direction)?;
        Some((name, *counters.ipsec.get(name)?, unit))
    };
    // ixgbe counts a packet as received only once the stack's is made: there the two units are one.
    find(WIRE, Unit::Wire).or_else(|| find(STACK, if direction == Direction::In { Unit::Wire } else { Unit::Stack }))
}

/// Packets that the NIC says it dropped, by counter: those that grew between two looks.
pub fn drops(before: &DeviceCounters, now: &DeviceCounters) -> Vec<(String, u64)> {
    let is_of_packets = |name: &str| name.contains("drop") && !name.ends_with("_bytes");
    let own = now.ipsec.iter().filter(|(name, _)| is_of_packets(name));
    let mut grown: Vec<_> = own
        .filter_map(|(name, value)| Some((name.clone(), growth(before.ipsec.get(name).copied(), Some(*value))?)))
        .collect();
    // Not what it dropped on receipt: that has packets of unknown protocols in it, which concern nobody.
    grown.extend(growth(before.tx_dropped, now.tx_dropped).map(|grown| ("tx_dropped".to_owned(), grown)));
    grown.retain(|(_, grown)| *grown > 0);
    grown
}

/// How many packets that is: some drivers count the same packet in a sum and by its cause, and the stack once more.
pub fn packets(drops: &[(String, u64)]) -> u64 {
    drops.iter().map(|(_, count)| *count).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(names: &[(&str, u64)], tx_dropped: u64) -> DeviceCounters {
        let ipsec = names.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        DeviceCounters { ipsec, rx_dropped: Some(9), tx_dropped: Some(tx_dropped) }
    }

    #[test]
    fn what_cannot_be_counted_any_more_is_as_much_as_can_be() {
        let grown = super::super::SaGrowth { wire: u64::MAX, packets: u64::MAX, ..super::super::SaGrowth::default() };
        let mut carried = DeviceLoad::default();
        for mode in [Some(OffloadMode::Crypto), Some(OffloadMode::Packet), None].into_iter().cycle().take(6) {
            carried.add(mode, &grown);
        }
        assert_eq!(
            (carried.software, carried.claimed(Unit::Stack), carried.offloaded()),
            (u64::MAX, u64::MAX, u64::MAX)
        );
    }

    #[test]
    fn both_sets_of_names_are_known_and_no_others_are_guessed() {
        let (mlx5, ixgbe) = (counters(&[("ipsec_tx_pkts", 7)], 0), counters(&[("tx_ipsec", 8), ("rx_ipsec", 9)], 0));
        assert_eq!(transformed(&mlx5, Direction::Out), Some(("ipsec_tx_pkts", 7, Unit::Wire)));
        assert_eq!(transformed(&mlx5, Direction::In), None);
        assert_eq!(transformed(&ixgbe, Direction::Out), Some(("tx_ipsec", 8, Unit::Stack)));
        assert_eq!(transformed(&ixgbe, Direction::In), Some(("rx_ipsec", 9, Unit::Wire)));
        assert_eq!(transformed(&counters(&[], 0), Direction::Out), None);
    }

    #[test]
    fn drops_are_packets_that_grew() {
        let names = ["ipsec_rx_drop_pkts", "ipsec_rx_drop_bytes", "ipsec_tx_drop_no_state", "ipsec_rx_pkts"];
        let of = |values: [u64; 4], tx| counters(&names.into_iter().zip(values).collect::<Vec<_>>(), tx);
        let grown = drops(&of([5, 5, 5, 5], 1), &of([7, 99, 2, 50], 4));
        assert_eq!(grown, [("ipsec_rx_drop_pkts".to_owned(), 2), ("tx_dropped".to_owned(), 3)]);
    }
}
