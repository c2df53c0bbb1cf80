//! What charon 5.9 and 6.x do.

use super::Strongswan;
use super::version::is_from;
use crate::daemons::{Behaves, Behaviour};
use crate::model::{DaemonKind, OffloadMode};

impl Behaves for Strongswan {
    fn behaviour(&self, version: Option<&str>) -> Behaviour {
        let packet = is_from(version, (5, 9, 10));
        let is_6 = is_from(version, (6, 0, 0));
        Behaviour {
            kind: DaemonKind::Strongswan,
            version: version.map(str::to_owned),
            release: if is_6 == Some(true) { "strongSwan 6" } else { "strongSwan 5.9" },
            // It does not tell; where its file says nothing, `complete` knows that it is `no`.
            default_offload: None,
            // From 5.9.10 packet, then crypto (kernel_netlink_ipsec.c, `add_sa`).
            auto_mode: if packet == Some(false) { Some(OffloadMode::Crypto) } else { None },
            // Where the device has the feature, the kernel's refusal of the last attempt is final.
            auto_falls_back: false,
            // child_create.c: "failed to establish CHILD_SA, keeping IKE_SA".
            refusal_ends_ike_sa: Some(false),
            refusal_costs: None,
            start_by_hand_leaves: None,
            // The policy is no trap's: "trap not found, unable to acquire reqid".
            heals_at_first_packet: false,
            // child_create.c, from 5.9.6: "not establishing CHILD_SA … due to existing duplicate".
            initiate_heals: is_from(version, (5, 9, 6)) == Some(false),
            // `make_before_break` defaults to `yes` from 6.0 on (strongswan.conf(5)).
            reauth_breaks_first: is_6.map(|is_6| !is_6),
            // `flush_sas` and `flush_policies` have no caller.
            flushes_at_start: Some(false),
            // kernel_netlink_net.c hears of addresses; `bypass_socket` sets policies of sockets (kernel_netlink_ipsec.c).
            looks_when_told: false,
            // `delete_rekeyed_delay` (strongswan.conf(5)).
            replaced_inbound_stays: 5,
            // `start_action` (swanctl.conf(5)).
            tells_what_is_wanted: false,
            tells_by_itself: true,
            reqids_of_connection: 1,
            peers_rekey_follows_nat: None,
            rekeys_single_instance: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_do_as_they_were_seen_to_do() {
        for (version, auto_mode, initiate_heals, reauth_breaks_first) in [
            (Some("5.9.1"), Some(OffloadMode::Crypto), true, Some(true)),
            (Some("5.9.8"), Some(OffloadMode::Crypto), false, Some(true)),
            (Some("5.9.10"), None, false, Some(true)),
            (Some("6.0.1"), None, false, Some(false)),
            (Some("6.1.0"), None, false, Some(false)),
            (None, None, false, None),
        ] {
            let found = Strongswan.behaviour(version);
            assert_eq!(
                (found.auto_mode, found.initiate_heals, found.reauth_breaks_first),
                (auto_mode, initiate_heals, reauth_breaks_first),
                "{version:?}"
            );
            assert_eq!((found.refusal_ends_ike_sa, found.heals_at_first_packet), (Some(false), false));
        }
    }
}
