//! What pluto 4.x and 5.x do.

use super::Libreswan;
use super::version::{major, minor};
use crate::daemons::{Behaves, Behaviour};
use crate::model::{DaemonKind, OffloadMode, OffloadSetting};

impl Behaves for Libreswan {
    fn behaviour(&self, version: Option<&str>) -> Behaviour {
        let is_5 = major(version).map(|major| major >= 5);
        Behaviour {
            kind: DaemonKind::Libreswan,
            version: version.map(str::to_owned),
            release: if is_5 == Some(true) { "libreswan 5" } else { "libreswan 4" },
            // `nic-offload=` defaults to `auto` in 4.x, to `no` in 5.x.
            default_offload: is_5.map(|is_5| if is_5 { OffloadSetting::No } else { OffloadSetting::Auto }),
            auto_mode: Some(OffloadMode::Crypto),
            auto_falls_back: true,
            // kernel.c, `install_ipsec_sa`: a fatal error of the exchange.
            refusal_ends_ike_sa: is_5.map(|is_5| !is_5),
            refusal_costs: Some(
                "libreswan 4 gives up the whole IKE SA, with every tunnel on it, when an SA is refused",
            ),
            start_by_hand_leaves: Some("on libreswan 4 a start by hand leaves the old SAs beside the new ones"),
            heals_at_first_packet: true,
            initiate_heals: true,
            reauth_breaks_first: Some(false),
            // kernel_xfrm.c, `kernel_xfrm_flush`, from 5.0 on; before it is the unit's matter.
            flushes_at_start: is_5.and_then(|is_5| is_5.then_some(true)),
            looks_when_told: true,
            replaced_inbound_stays: 0,
            // kernel.c, `reqid_ah`, `reqid_esp`, `reqid_ipcomp`: a connection has four of its own.
            // `UP` in the policy, which orders set and clear.
            tells_what_is_wanted: true,
            tells_by_itself: false,
            reqids_of_connection: 4,
            // Until 5.0 a request for a Child SA moves the IKE SA's remote end (ikev2.c, `update_ike_endpoints`). The kernel's word that a peer
            // has moved is heard by none: kernel_xfrm.c joins ACQUIRE and EXPIRE alone.
            peers_rekey_follows_nat: major(version).zip(minor(version)).map(|release| release <= (5, 0)),
            // 4.x takes a state's number for a name (ikev2_rekey_now.c, `rekey_now`), 5.x does not.
            rekeys_single_instance: is_5 != Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let of = |version| Libreswan.behaviour(version);
        for (version, default_offload, refusal, single) in [
            (Some("4.10"), Some(OffloadSetting::Auto), Some(true), true),
            (Some("5.2"), Some(OffloadSetting::No), Some(false), false),
            (Some("10.0"), Some(OffloadSetting::No), Some(false), false),
            (Some("x"), None, None, true),
            (None, None, None, true),
        ] {
            let found = of(version);
            assert_eq!(
                (found.default_offload, found.refusal_ends_ike_sa, found.rekeys_single_instance),
                (default_offload, refusal, single),
                "{version:?}"
            );
        }
        for (version, follows) in [
            (Some("3.32"), Some(true)),
            (Some("4.10"), Some(true)),
            (Some("5.0rc1"), Some(true)),
            (Some("5.1"), Some(false)),
            (Some("5.2"), Some(false)),
            (Some("6.0"), Some(false)),
            (Some("x"), None),
            (None, None),
        ] {
            assert_eq!(of(version).peers_rekey_follows_nat, follows, "{version:?}");
        }
        assert_eq!(of(Some("5.2")).release, "libreswan 5");
    }
}
