//! Pages on who encrypts.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "offload-rejected",
        message: 0xee18298f_9ad5454c_92b7ee16_44b70dc0,
        title: "The kernel refuses an SA for its offload",
        meaning: "The kernel or the driver refused an SA because of its offload, and the negotiation came to nothing. The reason names the condition where the kernel's words leave only one.",
        impact: "The tunnel does not come up. The peer sees only that its proposal was refused (TS_UNACCEPTABLE), and may retry for ever.",
        diagnosis: &["swanwatch explain CONNECTION", "swanwatch probe DEVICE", "swanwatch probe --connections"],
        cure: "The advice has the line for ipsec.conf; /usr/share/doc/swanwatch/contrib/docs/reasons.md has every condition with its cure. nic-offload=no always works, on the CPU.",
    },
    Page {
        code: "offload-capacity",
        message: 0x697ba3b7_e5254d44_b701e3f4_c59c8ddb,
        title: "A NIC is full",
        meaning: "A device refuses an SA of a kind that it took before: its table is full, or its hash table has no place for this one.",
        impact: "Further tunnels stay down, or in software where the daemon falls back. Some daemons take healthy tunnels of the same IKE SA down with it.",
        diagnosis: &["swanwatch sas --device DEVICE", "swanwatch explain offload-capacity:DEVICE"],
        cure: "Take connections off the NIC (nic-offload=no) until the others fit; shorter lifetimes free old SAs sooner. sa-duplicates on the same host says who wastes room.",
    },
    Page {
        code: "offload-lost",
        message: 0xb98a8ceb_a3164fe2_becd5b64_443a9ae1,
        title: "A NIC has dropped its SAs",
        meaning: "The link went down, the device was reset or removed, and its SAs are gone. The kernel sends no XFRM event for it, so the daemon does not know.",
        impact: "The connections listed carry nothing until they are rekeyed; IKE looks healthy.",
        diagnosis: &["swanwatch explain offload-lost:DEVICE", "ip -s link show DEVICE", "dmesg | grep DEVICE"],
        cure: "Rekey the connections listed (ipsec whack --rekey-ipsec --name CONNECTION --asynchronous; libreswan 5: --rekey-child). Find out why the link went.",
    },
    Page {
        code: "sa-not-offloaded",
        message: 0x21003a4f_24ec4c17_a3d7ab5a_9196a52d,
        title: "An SA is encrypted by the CPU",
        meaning: "Offload was expected for this SA, and it is in software. The reason says why.",
        impact: "The CPU does the work: less throughput, more load. Where offload is required by configuration, this is critical.",
        diagnosis: &["swanwatch explain CONNECTION", "ethtool -k DEVICE | grep esp", "swanwatch probe DEVICE"],
        cure: "The advice has the line to change; /usr/share/doc/swanwatch/contrib/docs/reasons.md has every condition with its cure.",
    },
    Page {
        code: "offload-downgraded",
        message: 0x6b00387d_0ab046cc_8e7ab59e_0041b607,
        title: "Crypto offload instead of packet offload",
        meaning: "Packet offload was expected, and the SA has crypto offload.",
        impact: "The CPU still handles every packet; only the cipher is on the NIC.",
        diagnosis: &["swanwatch explain CONNECTION", "swanwatch probe DEVICE --packet"],
        cure: "The kernel's refusal of packet offload is in the evidence. nic-offload=crypto says what is there.",
    },
];
