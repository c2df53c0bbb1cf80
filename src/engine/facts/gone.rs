//! SAs by which this host received and that it has no more: a peer may go on sending on them.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use super::claims::Connection;
use super::join::How;
use super::slab::Slot;
use crate::model::{Boottime, RealTime, SaId, Spi};

/// So many are remembered, the last ones.
const MOST: usize = 1024;

/// One of them.
#[derive(Debug)]
pub struct GoneInbound {
    pub id: SaId,
    /// Whose packets came on it, by its own word.
    pub src: IpAddr,
    /// Whose it was.
    pub connection: Option<Slot<Connection>>,
    pub how: How,
    pub at: Boottime,
    pub wall: RealTime,
}

/// The last of them, by what the packets of a stranger tell.
#[derive(Debug, Default)]
pub struct GoneSas {
    by_spi: BTreeMap<(Spi, u64), GoneInbound>,
    order: VecDeque<(Spi, u64)>,
    number: u64,
}

impl GoneSas {
    pub(super) fn keep(&mut self, gone: GoneInbound) {
        if self.order.len() >= MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_spi.remove(&oldest);
        }
        self.number += 1;
        let key = (gone.id.spi, self.number);
        self.order.push_back(key);
        self.by_spi.insert(key, gone);
    }

    /// The one that went last of those with this SPI.
    pub fn with_spi(&self, spi: Spi) -> Option<&GoneInbound> {
        self.by_spi.range((spi, 0)..=(spi, u64::MAX)).next_back().map(|(_, gone)| gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Mark, Netns, Protocol};

    fn gone(spi: u32, how: How) -> GoneInbound {
        let (dst, src) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let id = SaId { netns: Netns(1), dst, spi: Spi(spi), protocol: Protocol::Esp, mark: Mark::default() };
        GoneInbound { id, src, connection: None, how, at: Boottime::default(), wall: RealTime::default() }
    }

    #[test]
    fn the_last_with_an_spi_is_found_and_old_ones_make_room() {
        let mut table = GoneSas::default();
        table.keep(gone(7, How::Deleted));
        table.keep(gone(7, How::Flushed));
        assert_eq!(table.with_spi(Spi(7)).map(|gone| gone.how), Some(How::Flushed));
        for spi in 0..10_000 {
            table.keep(gone(100 + spi, How::Deleted));
        }
        assert!(table.with_spi(Spi(7)).is_none() && table.with_spi(Spi(10_099)).is_some());
        assert_eq!((table.by_spi.len(), table.order.len()), (MOST, MOST));
    }
}
