//! SAs: dumped, read, counted, flushed, expired.

use std::collections::BTreeSet;

use swanwatch::testing::model::{AskId, DumpTable, Event, Mark, Protocol, SaId, SaStage, Spi, What};
use swanwatch::testing::sources::xfrm;

use crate::start;
use crate::support::kernel::{Kernel, destination, spi};
use crate::support::namespace::ip;

const SAS: u32 = 3_000;

fn id(number: u32) -> SaId {
    SaId {
        netns: xfrm::current_netns().unwrap(),
        dst: destination(number).into(),
        spi: Spi(spi(number)),
        protocol: Protocol::Esp,
        mark: Mark::default(),
    }
}

pub async fn a_dump_shows_every_larval_sa(kernel: Kernel) {
    kernel.allocate_spis(0..SAS);
    let (xfrm, mut seen) = start().await;
    xfrm.dump(AskId(1), DumpTable::Sad);
    // One dump at a time: the second follows the first.
    xfrm.dump(AskId(2), DumpTable::Sad);
    for ask in [1, 2] {
        let dump = seen.dump(AskId(ask), DumpTable::Sad).await;
        assert_eq!(dump.sas.len(), SAS as usize);
        let ids: BTreeSet<SaId> = dump.sas.iter().map(|sa| sa.id).collect();
        assert_eq!(ids, (0..SAS).map(id).collect());
        assert!(dump.sas.iter().all(|sa| sa.stage == SaStage::Larval && sa.algorithm.is_none()));
        assert_eq!(dump.between, []);
    }
    assert_eq!(ip("xfrm state").lines().filter(|line| line.starts_with("src ")).count(), SAS as usize);
    xfrm.count(AskId(3));
    assert_eq!(seen.next().await, What::Counted { ask: AskId(3), answer: Ok((SAS, 0)) });
    assert_eq!(xfrm.skipped(), xfrm::Skipped::default());
}

pub async fn an_sa_is_read_and_a_missing_one_is_none(kernel: Kernel) {
    kernel.allocate_spis(0..2);
    let (xfrm, mut seen) = start().await;
    xfrm.read(AskId(1), id(1));
    xfrm.read(AskId(2), id(7));
    xfrm.read(AskId(3), SaId { mark: Mark { value: 5, mask: u32::MAX }, ..id(0) });
    let What::Read { ask: AskId(1), id: asked, answer: Ok(Some(sa)) } = seen.next().await else { panic!() };
    assert_eq!((asked, sa.id, sa.reqid), (id(1), id(1), 1));
    assert_eq!(seen.next().await, What::Read { ask: AskId(2), id: id(7), answer: Ok(None) });
    // An SA without a mark fits every mark.
    let What::Read { ask: AskId(3), answer: Ok(Some(_)), .. } = seen.next().await else { panic!() };
}

pub async fn a_flush_and_an_expiry_are_told(kernel: Kernel) {
    std::fs::write("/proc/sys/net/core/xfrm_acq_expires", "1").unwrap();
    assert_eq!(xfrm::acquire_expires().unwrap(), 1);
    let (_xfrm, mut seen) = start().await;
    kernel.allocate_spis(0..1);
    let What::Kernel(Event::SaExpired { sa, hard: true, .. }) = seen.next().await else { panic!() };
    assert_eq!(sa.id, id(0));
    std::fs::write("/proc/sys/net/core/xfrm_acq_expires", "3600").unwrap();
    kernel.allocate_spis(1..3);
    kernel.flush();
    assert_eq!(seen.next().await, What::Kernel(Event::SasFlushed { protocol: None }));
}
