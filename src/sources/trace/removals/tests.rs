//! Against a page that the lab's kernel wrote (Linux 6.12.117), and against anything else.

use proptest::prelude::*;

use super::fuzz::RECORDS;
use crate::model::{PolicyDirection, Protocol, Removal, Removed, Spi};
use crate::sources::trace::fuzz::LAYOUT;

/// By `ip xfrm`: an SA of IPv4 and one of IPv6 deleted, those of AH flushed, all flushed; a policy deleted by its packets and one by its index,
/// all flushed.
const PAGE: &[u8] = include_bytes!("samples/page");

fn removals() -> Vec<Removal> {
    let page = LAYOUT.unwrap().page(PAGE);
    let read: Vec<_> = page.events.iter().filter_map(|(time, record)| RECORDS.read(*time, record)).collect();
    assert_eq!((read.len(), page.lost), (page.events.len(), 0), "a record was not understood");
    read
}

#[test]
fn every_request_is_read() {
    let all = removals();
    assert!(all.iter().all(|removal| removal.process == "ip"));
    assert_eq!(all.iter().map(|removal| removal.pid).collect::<Vec<_>>(), [219, 220, 221, 222, 225, 226, 227]);
    assert_eq!(all[0].at.micros() / 1_000_000, 12);
    let what: Vec<_> = all.into_iter().map(|removal| removal.what).collect();
    let sas = [("10.9.0.1", 0x1111), ("2001:db8:9::1", 0x1112)];
    for ((dst, spi), what) in sas.into_iter().zip(&what) {
        let Removed::Sa(id) = what else { panic!("{what:?}") };
        assert_eq!((id.dst, id.spi, id.protocol), (dst.parse().unwrap(), Spi(spi), Protocol::Esp));
    }
    assert_eq!(what[2..4], [Some(Protocol::Ah), None].map(|protocol| Removed::Sas { protocol }));
    let Removed::Policy { id: Some(id), index: 0 } = &what[4] else { panic!("{:?}", what[4]) };
    assert_eq!((id.to_string().as_str(), id.direction), ("out 10.9.0.1/32 to 10.9.0.2/32", PolicyDirection::Out));
    assert_eq!(what[5..], [Removed::Policy { id: None, index: 9 }, Removed::Policies]);
}

proptest! {
    #[test]
    fn a_record_that_is_cut_off_or_changed_is_no_panic(
        which in 0_usize..7,
        length in 0_usize..200,
        place in 0_usize..200,
        byte in any::<u8>(),
    ) {
        let layout = LAYOUT.unwrap();
        let page = layout.page(PAGE);
        let mut record = page.events[which].1.to_vec();
        record.truncate(length);
        if let Some(there) = record.get_mut(place) {
            *there = byte;
        }
        RECORDS.read(0, &record);
    }
}
