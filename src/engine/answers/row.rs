//! One SA as people see it.

use crate::engine::facts::Facts;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::{OffloadMode, RealTime, SaRow, SaStage};

impl Facts {
    pub(super) fn sa_row(&self, slot: Slot<Sa>, sa: &Sa) -> SaRow {
        let meter = self.sad.meter(slot).copied().unwrap_or_default();
        let tunnel = self.claims.tunnel_of(sa).and_then(|tunnel| self.claims.tunnel_at(tunnel));
        let expected = self
            .claims
            .connection_of(sa)
            .map_or(crate::engine::facts::expect::Expected::Unknown, |connection| self.expected(connection).0);
        let offload = match sa.offload.map(|offload| offload.mode) {
            None => "none",
            Some(OffloadMode::Crypto) => "crypto",
            Some(OffloadMode::Packet) => "packet",
        };
        let device = match sa.offload {
            Some(offload) => Some(self.links.name(offload.ifindex)),
            None => self.links.holding(sa.src).or_else(|| self.links.holding(sa.dst)).map(|link| link.name.clone()),
        };
        let rates = self.traffic.rates(&meter);
        SaRow {
            spi: sa.spi,
            dst: sa.dst,
            src: sa.src,
            proto: sa.protocol,
            mode: sa.mode,
            direction: sa.claim.map(|leg| leg.direction).or(sa.direction).or_else(|| self.links.way(sa.src, sa.dst)),
            connection: tunnel
                .and_then(|tunnel| self.claims.connection_at(tunnel.connection))
                .map(|c| self.names.text(c.name).to_owned()),
            instance: tunnel.and_then(|tunnel| tunnel.instance).map(|name| self.names.text(name).to_owned()),
            reqid: sa.reqid,
            if_id: sa.if_id,
            offload: offload.to_owned(),
            expected: expected.as_str().to_owned(),
            device,
            state: if sa.stage == SaStage::Larval { "larval" } else { "installed" }.to_owned(),
            packets: meter.packets,
            bytes: meter.bytes,
            sequence: meter.sequence,
            packets_per_second: rates.map(|rates| rates.packets),
            bytes_per_second: rates.map(|rates| rates.bytes),
            integrity_failures: meter.integrity_failures.into(),
            replay_drops: meter.replay_drops.into(),
            drops_per_second: rates.map(|rates| rates.drops),
            encrypts: self.who_encrypts(sa),
            daemon: if sa.claim.is_some() { "known" } else { "unknown" }.to_owned(),
            added: (sa.add_time > 0).then(|| RealTime::from_micros(i64::from(sa.add_time) * 1_000_000)),
            esn: self.shapes.get(sa.shape).map(|shape| shape.esn),
        }
    }
}
