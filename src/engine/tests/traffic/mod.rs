//! Windows of traffic: what carries as it should is silent, and each fault has its code and its figures.

mod drops;
mod sampling;

use super::world::*;
use crate::model::*;

pub const WINDOW: u64 = 10;

/// A pair of `t1` on a NIC that counts, its first window begun.
pub fn carrying(offload: bool) -> (World, SaId, SaId) {
    let mut world = World::new();
    world.devices.insert("eth0".to_owned(), mlx5([0; 4]));
    let (out, inn) = world.establish("t1", 2, offload);
    world.wait(2 * WINDOW);
    assert_eq!(world.told.len(), usize::from(!offload) * 2);
    world.told.clear();
    (world, out, inn)
}

/// Without offload, and none expected.
pub fn in_software() -> (World, SaId, SaId) {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    world.join();
    let (out, inn) = world.establish("t1", 2, false);
    world.wait(2 * WINDOW);
    assert_eq!(world.told, []);
    (world, out, inn)
}

pub fn mlx5([rx, tx, rx_drop, tx_drop]: [u64; 4]) -> DeviceCounters {
    let names = ["ipsec_rx_pkts", "ipsec_tx_pkts", "ipsec_rx_drop_pkts", "ipsec_tx_drop_pkts"];
    let ipsec = names.map(str::to_owned).into_iter().zip([rx, tx, rx_drop, tx_drop]).collect();
    DeviceCounters { ipsec, rx_dropped: Some(0), tx_dropped: Some(0) }
}

impl World {
    pub fn sa(&mut self, id: SaId) -> &mut KernelSa {
        self.kernel.get_mut(&id).unwrap()
    }

    /// The CPU or the NIC encrypts: GSO packets of ten segments.
    pub fn send(&mut self, id: SaId, packets: u64) {
        let sa = self.sa(id);
        sa.replay.sent += packets;
        sa.counters.packets += packets.div_ceil(10);
        sa.counters.bytes += packets * 1000;
    }

    pub fn receive(&mut self, id: SaId, packets: u64) {
        let sa = self.sa(id);
        sa.replay.received += packets;
        sa.counters.packets += packets;
        sa.counters.bytes += packets * 1000;
    }

    pub fn count(&mut self, device: &str, counter: &str, more: u64) {
        *self.devices.get_mut(device).unwrap().ipsec.get_mut(counter).unwrap() += more;
    }

    pub fn drop_without_state(&mut self, more: u64) {
        self.count_host("XfrmInNoStates", more);
    }

    /// The namespace counts.
    pub fn count_host(&mut self, counter: &str, more: u64) {
        *self.host.xfrm.entry(counter.to_owned()).or_default() += more;
    }

    /// Windows in which the same happens.
    pub fn windows(&mut self, count: usize, mut happens: impl FnMut(&mut Self)) {
        for _ in 0..count {
            happens(self);
            self.wait(WINDOW);
        }
    }

    /// As many packets each way.
    pub fn both(&mut self, (out, inn): (SaId, SaId), packets: u64) {
        self.send(out, packets);
        self.receive(inn, packets);
    }

    /// Traffic as it should be, on a NIC.
    pub fn healthy(&mut self, pair: (SaId, SaId), packets: u64) {
        self.both(pair, packets);
        self.count("eth0", "ipsec_tx_pkts", packets);
        self.count("eth0", "ipsec_rx_pkts", packets);
    }
}
