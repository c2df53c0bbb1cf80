//! What charon 5.9 and 6.x do.

use super::Strongswan;
use super::version::is_from;
use crate::daemons::{Behaves, Behaviour};
use crate::model::{DaemonKind, OffloadMode, OffloadSetting};

impl Behaves for Strongswan {
    fn behaviour(&self, version: Option<&str>) -> Behaviour {
        let packet = is_from(version, (5, 9, 10));
        Behaviour {
            kind: DaemonKind::Strongswan,
            version: version.map(str::to_owned),
            release: if is_from(version, (6, 0, 0)) == Some(true) { "strongSwan 6" } else { "strongSwan 5.9" },
            // `hw_offload` defaults to `no` (swanctl.conf(5)).
            default_offload: Some(OffloadSetting::No),
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
            reqids_of_connection: 1,
            peers_rekey_follows_nat: None,
            rekeys_single_instance: true,
        }
    }
}
