//! Pages on traffic.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "esp-blackhole",
        message: 0x243f2b30_56594e80_86d7f457_d1fcc9a1,
        title: "A tunnel carries nothing any more",
        meaning: "A tunnel carried both ways before. Now one way is still while the other sends, or this end drops all that comes on it. The reason says where it is lost.",
        impact: "Users of the tunnel have no connection, though IKE and every SA look healthy.",
        diagnosis: &["swanwatch explain CONNECTION", "tcpdump -n esp or udp port 4500", "cat /proc/net/xfrm_stat"],
        cure: "auth-failed: the peer's NIC does not encrypt as agreed, nic-offload=no there. no-answer: see whether ESP arrives at the peer. replay, no-state: rekey.",
    },
    Page {
        code: "hw-sw-mismatch",
        message: 0xefba7bcd_23fa48b1_adae4471_bc2174de,
        title: "Counters contradict the SAs",
        meaning: "SAs claim the NIC and the counters say that the CPU works, or the reverse.",
        impact: "Load is where nobody expects it; in the worst case the NIC holds SAs that the kernel does not know.",
        diagnosis: &["swanwatch explain hw-sw-mismatch:DEVICE", "swanwatch explain --measure SPI", "ethtool -S DEVICE"],
        cure: "See that packets leave and arrive by the device itself (no bridge, tc or XDP between); a rekey sets the SAs anew.",
    },
    Page {
        code: "sa-expiring",
        message: 0x79f13338_18994672_bdaafef9_a58fa278,
        title: "An SA ends and has no successor",
        meaning: "An SA is close to its limit of time, bytes, packets or sequence numbers, and no successor is being negotiated.",
        impact: "At the limit the kernel removes it, and the tunnel carries nothing.",
        diagnosis: &["swanwatch explain CONNECTION", "ip -s xfrm state"],
        cure: "Rekey it now (ipsec whack --rekey-ipsec --name CONNECTION --asynchronous; libreswan 5: --rekey-child), and find out why the daemon did not: it may hang.",
    },
    Page {
        code: "no-state-drops",
        message: 0xe290dcac_d03f4bfa_90a21c0e_2798d1ea,
        title: "Packets arrive for SAs that are not here",
        meaning: "A peer, or a stranger, sends ESP on SPIs that this host has not.",
        impact: "A peer's packets are lost; a stranger's cost a look-up.",
        diagnosis: &["tcpdump -n esp", "cat /proc/net/xfrm_stat"],
        cure: "A peer's address: restart that connection. Nobody's: it is harmless beyond its load.",
    },
    Page {
        code: "replay-drops",
        message: 0x25486797_30be49f8_ac36f3f5_175f7206,
        title: "Packets are refused by the replay window",
        meaning: "Packets of a tunnel arrive twice, or too late for its replay window, while others pass.",
        impact: "Loss, and with it slow TCP.",
        diagnosis: &["swanwatch explain CONNECTION", "ip -s xfrm state"],
        cure: "Look for a path that duplicates or reorders (bonds, QoS); replay-window=NUMBER makes it wider, up to what the NIC takes.",
    },
    Page {
        code: "auth-failures",
        message: 0xf741253d_d1434b68_985a3d0d_ffab5b7d,
        title: "Packets fail their integrity check",
        meaning: "Some packets that arrive for a tunnel fail their integrity check, while others pass.",
        impact: "Loss. A peer's NIC may encrypt wrongly now and then.",
        diagnosis: &["swanwatch explain CONNECTION", "cat /proc/net/xfrm_stat"],
        cure: "Compare with the peer's offload off for this connection (nic-offload=no there); else something on the way damages packets.",
    },
    Page {
        code: "nic-drops",
        message: 0x1b3c7ee2_f7ae4b52_85f84e58_87845722,
        title: "A NIC drops packets of its SAs",
        meaning: "A device with offloaded SAs drops packets, some or all.",
        impact: "Loss on every tunnel over it.",
        diagnosis: &["swanwatch explain nic-drops:DEVICE", "ethtool -S DEVICE"],
        cure: "The counter that grows names the cause. A rekey sets the SAs anew; nic-offload=no takes them off the NIC.",
    },
];
