//! Sequence numbers of an outbound SA that is put back. None may be used twice under one key: a NIC that makes the IV of AES-GCM of it
//! would encrypt two packets alike (mlx5, `mlx5e_ipsec_set_iv`), and the peer would take the second for a replay.

/// How far the number is moved ahead of the last one used: far more than any packet that is still under way in a NIC's queue, and far
/// below the 2^31 up to which a peer tells a step ahead from one back (RFC 4303 §A2.1).
pub const MARGIN: u64 = 1024;

/// Nine tenths of the 32 bits without ESN: beyond, the daemon has to rekey anyway.
const LIMIT: u64 = (u32::MAX as u64) / 10 * 9;

/// Whether there is room to move ahead.
pub const fn has_room(sent: u64, esn: bool) -> bool {
    match sent.checked_add(MARGIN) {
        Some(ahead) => esn || ahead < LIMIT,
        None => false,
    }
}

/// Where to go on after `sent`, which is the last number used, exactly. Where there is no room any more that number itself: the kernel
/// uses the one behind it next, or none.
pub const fn ahead(sent: u64, esn: bool) -> u64 {
    match sent.checked_add(MARGIN) {
        Some(ahead) if esn || ahead <= u32::MAX as u64 => ahead,
        _ => sent,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_never_goes_back_and_stays_within_its_width(sent: u64, esn: bool) {
            let sent = if esn { sent } else { sent & u64::from(u32::MAX) };
            let next = ahead(sent, esn);
            prop_assert!(next >= sent && next - sent <= MARGIN);
            prop_assert!(esn || u32::try_from(next).is_ok());
            if has_room(sent, esn) {
                prop_assert_eq!(next, sent + MARGIN);
            }
        }
    }

    #[test]
    fn an_sa_near_its_end_is_left_to_the_daemon() {
        assert!(has_room(1 << 31, false));
        assert!(!has_room(0xf000_0000, false) && has_room(0xf000_0000, true));
        assert_eq!(ahead(u64::from(u32::MAX), false), u64::from(u32::MAX));
        assert!(!has_room(u64::MAX, true));
    }
}
