//! What goes out of the kernel goes back as it was.

use proptest::prelude::*;
use zerocopy::IntoBytes;

use super::wire::{self, WireSa, crypto};
use crate::model::Direction;
use crate::remedies::reinstall::carried::{AddAttempt, Carried};
use crate::remedies::reinstall::looked::Looked;
use crate::sources::xfrm::numbers::*;

fn sa() -> WireSa {
    WireSa {
        sent: 5 << 32 | 7,
        received: 9 << 32 | 11,
        esn: true,
        offload: Some(crypto(3, Direction::In)),
        packets: 300,
    }
}

fn carried(sa: &WireSa) -> Carried {
    Carried::of_deletion(&wire::deleted(sa), &wire::decoder()).unwrap()
}

#[test]
fn everything_is_carried_verbatim_but_what_belongs_to_the_offload_and_the_number() {
    let attempt = AddAttempt { offload: Some(crypto(4, Direction::In)), sent: None };
    let mut carried = carried(&sa());
    let (info, attributes) = wire::requested(carried.message(5, 6, &attempt));
    let shown = wire::shown(&sa());
    assert_eq!(info.as_bytes(), &shown[..size_of_val(&info)]);
    let kinds: Vec<u16> = attributes.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [XFRMA_ALG_AEAD, XFRMA_REPLAY_ESN_VAL, 77, XFRMA_LTIME_VAL, XFRMA_OFFLOAD_DEV]);
    // What is before, for each that is verbatim.
    let original = wire::decoder().sa(&shown).unwrap();
    let put = wire::decoder().sa(&carried.message(5, 6, &attempt)[16..]).unwrap();
    assert_eq!(put.offload, attempt.offload);
    assert_eq!(crate::model::KernelSa { offload: original.offload, ..put }, original);
    let value = |wanted| attributes.iter().find(|(kind, _)| *kind == wanted).map(|(_, value)| value.clone()).unwrap();
    assert!(value(XFRMA_ALG_AEAD).ends_with(&wire::KEY));
    assert!(value(XFRMA_REPLAY_ESN_VAL).ends_with(&[0x5a; 8]), "the window");
    assert_eq!(value(XFRMA_LTIME_VAL), info.used.as_bytes());
    // The unknown one keeps the flags of its type.
    let message = carried.message(5, 6, &attempt).to_vec();
    assert!(message.windows(4).any(|bytes| bytes == [7, 0, 77, 0x80]));
}

#[test]
fn an_attempt_takes_the_place_of_the_one_before() {
    let mut carried = carried(&sa());
    let nic = AddAttempt { offload: Some(crypto(4, Direction::Out)), sent: Some(6 << 32 | 1) };
    let first = carried.message(5, 6, &nic).to_vec();
    let software = carried.message(7, 6, &AddAttempt { offload: None, ..nic }).to_vec();
    assert_eq!(first.len(), software.len() + 12);
    let decoded = wire::decoder().sa(&software[16..]).unwrap();
    assert_eq!((decoded.replay.sent, decoded.replay.received, decoded.offload), (6 << 32 | 1, 9 << 32 | 11, None));
    assert_eq!(carried.message(5, 6, &nic), first);
}

#[test]
fn without_esn_the_number_is_the_other_attributes() {
    let plain = WireSa { esn: false, sent: 7, received: 11, ..sa() };
    let mut carried = carried(&plain);
    let message = carried.message(5, 6, &AddAttempt { offload: None, sent: Some(1_031) });
    let replay = wire::decoder().sa(&message[16..]).unwrap().replay;
    assert_eq!((replay.sent, replay.received, replay.window), (1_031, 11, 32));
}

#[test]
fn an_sa_is_looked_at_before_it_is_touched() {
    let looked = |payload: &[u8], now| Looked::of(payload, &wire::decoder(), now).unwrap();
    let whole = looked(&wire::shown(&sa()), 1_700_000_010);
    assert!(!whole.redacted && !whole.dying && !whole.wraps && whole.numbered);
    let mut zeroed = wire::shown(&sa());
    let at = zeroed.windows(20).position(|bytes| bytes == wire::KEY).unwrap();
    zeroed[at..at + 20].fill(0);
    assert!(looked(&zeroed, 0).redacted);
    let mut wrapping = wire::shown(&sa());
    wire::attribute(&mut wrapping, XFRMA_SA_EXTRA_FLAGS, &XFRM_SA_XFLAG_OSEQ_MAY_WRAP.to_ne_bytes());
    assert!(looked(&wrapping, 0).wraps);
    let mut limited = wire::shown(&sa());
    // `lft.soft_add_expires_seconds` behind selector, id, source and four limits.
    limited[56 + 24 + 16 + 32..][..8].copy_from_slice(&100_u64.to_ne_bytes());
    assert!(!looked(&limited, 1_700_000_099).dying && looked(&limited, 1_700_000_100).dying);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_grow(cut in 0..600_usize, at in 0..600_usize, byte: u8) {
        let mut payload = wire::deleted(&sa());
        payload.truncate(cut);
        if let Some(place) = payload.get_mut(at) {
            *place = byte;
        }
        if let Ok(mut carried) = Carried::of_deletion(&payload, &wire::decoder()) {
            let attempt = AddAttempt { offload: Some(crypto(4, Direction::In)), sent: Some(8) };
            let before = carried.message(1, 2, &attempt).as_ptr();
            prop_assert_eq!(carried.message(3, 4, &attempt).as_ptr(), before, "a copy was left behind");
        }
        let _ = Looked::of(&payload, &wire::decoder(), 0);
    }
}
