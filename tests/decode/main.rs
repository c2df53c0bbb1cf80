//! The decoder's laws: what the kernel writes is read back whole, and what is cut or spoiled is an error, never a panic.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

#[path = "../support/encode.rs"]
mod encode;
#[path = "../support/encode_sa.rs"]
mod encode_sa;
mod strategies;

use proptest::prelude::*;
use swanwatch::testing::model::{Event, Netns};
use swanwatch::testing::sources::xfrm::decode::{Decoder, Messages};
use swanwatch::testing::sources::xfrm::numbers::*;

use crate::strategies::{a_policy, an_sa};

const NETNS: Netns = Netns(7);

proptest! {
    #[test]
    fn an_sa_is_read_as_it_was_written(sa in an_sa(NETNS)) {
        prop_assert_eq!(Decoder::new(NETNS).sa(&encode_sa::sa(&sa)), Ok(sa));
    }

    #[test]
    fn an_appended_row_is_the_same_and_a_cut_one_leaves_none(sa in an_sa(NETNS), cut in 0_usize..224) {
        let mut rows = Vec::new();
        let payload = encode_sa::sa(&sa);
        prop_assert!(Decoder::new(NETNS).append_sa(&payload[..cut], &mut rows).is_err());
        prop_assert_eq!(Decoder::new(NETNS).append_sa(&payload, &mut rows), Ok(()));
        prop_assert_eq!(rows, [sa]);
    }

    #[test]
    fn a_policy_is_read_as_it_was_written(policy in a_policy(NETNS)) {
        prop_assert_eq!(Decoder::new(NETNS).policy(&encode::policy(&policy)), Ok(policy));
    }

    #[test]
    fn a_deleted_sa_tells_its_last_state(sa in an_sa(NETNS)) {
        let datagram = encode::message(XFRM_MSG_DELSA, 0, 1, &encode_sa::deleted_sa(&sa));
        let message = Messages::new(&datagram).next().unwrap().unwrap();
        let event = Decoder::new(NETNS).event(&message);
        prop_assert_eq!(event, Ok(Some(Event::SaDeleted { id: sa.id, last: Some(Box::new(sa)) })));
    }

    #[test]
    fn a_cut_sa_is_an_error_or_the_same_sa_with_less_and_never_a_panic(sa in an_sa(NETNS), cut in 0_usize..700) {
        let whole = encode_sa::sa(&sa);
        let bytes = &whole[..cut.min(whole.len())];
        let found = Decoder::new(NETNS).sa(bytes);
        if cut < 224 {
            prop_assert!(found.is_err());
        } else if let Ok(found) = found {
            prop_assert_eq!(found.id.spi, sa.id.spi);
        }
    }

    #[test]
    fn spoiled_messages_do_not_panic(
        sa in an_sa(NETNS),
        kind in 0x10_u16..0x2a,
        spoils in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        for payload in [encode_sa::sa(&sa), encode_sa::deleted_sa(&sa)] {
            let mut datagram = encode::message(kind, 0, 1, &payload);
            datagram.extend(encode::message(kind, 0, 1, &payload));
            for (place, value) in &spoils {
                let place = place.index(datagram.len());
                datagram[place] = *value;
            }
            for message in Messages::new(&datagram).flatten() {
                let _ = Decoder::new(NETNS).event(&message);
            }
        }
    }
}
