//! The probes on the kernel's audit functions (net/xfrm/xfrm_state.c), and what their histograms count.
//!
//! At each of them the packet's data begins with the ESP or AH header: the address of its sender stands at a fixed distance before it, in an
//! IP header without options, with or without a UDP header between. Which of these it is the protocol there tells; a packet of which none
//! is true is not counted. What is fetched costs, and is fetched of every packet: so it is done for one IP version after the other.

use crate::model::{Dropped, Netns};
use crate::sources::trace::fetch::Function;

/// In the name of their instance.
pub const PURPOSE: &str = "senders";

/// One probe.
#[derive(Clone, Copy, Debug)]
pub struct SenderProbe {
    pub name: &'static str,
    pub function: Function,
    /// How it reads SPI and family.
    whose: &'static str,
    pub why: Dropped,
}

pub const PROBES: [SenderProbe; 3] = [
    SenderProbe {
        name: "no_state",
        function: Function {
            name: "xfrm_audit_state_notfound",
            parameters: &[("skb", "sk_buff"), ("family", ""), ("net_spi", ""), ("net_seq", "")],
        },
        whose: "spi=net_spi:u32 family=family:u16",
        why: Dropped::NoState,
    },
    SenderProbe {
        name: "integrity",
        function: Function {
            name: "xfrm_audit_state_icvfail",
            parameters: &[("x", "xfrm_state"), ("skb", "sk_buff"), ("proto", "")],
        },
        whose: "spi=x->id.spi:u32 family=x->props.family:u16",
        why: Dropped::Integrity,
    },
    SenderProbe {
        name: "replay",
        function: Function {
            name: "xfrm_audit_state_replay",
            parameters: &[("x", "xfrm_state"), ("skb", "sk_buff"), ("net_seq", "")],
        },
        whose: "spi=x->id.spi:u32 family=x->props.family:u16",
        why: Dropped::Replay,
    },
];

pub const NAMES: [&str; 3] = ["no_state", "integrity", "replay"];

/// Its namespace.
const NETNS: &str = "netns=skb->dev->nd_net.net->ns.inum:u32";

/// Senders of each kind that the kernel counts apart.
const ENTRIES: usize = 256;

/// Packets of one IP version.
#[derive(Clone, Copy, Debug)]
pub struct SenderFamily {
    /// `AF_INET`, `AF_INET6`.
    number: u16,
    /// What is fetched from before its data.
    before: &'static str,
    /// Keys of a histogram for each kind of packet, and which packets are of it.
    kinds: [(&'static str, &'static str); 2],
}

pub const FAMILIES: [SenderFamily; 2] = [
    // The protocol and the source stand 9 and 12 bytes into a header of 20, behind which may be 8 of UDP. Where both can be true (a type of
    // service of 17, an address X.50.X.X of this host) the first byte of a header behind which UDP is decides: 69 is version 4, 20 bytes.
    SenderFamily {
        number: 2,
        before: "protocol=-11(skb->data):u8 source=-8(skb->data):u32 \
            udp=-19(skb->data):u8 udp_source=-16(skb->data):u32 udp_version=-28(skb->data):u8",
        kinds: [
            ("udp_source", "udp == 17 && udp_version == 69"),
            ("source", "(protocol == 50 || protocol == 51) && !(udp == 17 && udp_version == 69)"),
        ],
    },
    // The next header and the source stand 6 and 8 bytes into a header of 40.
    SenderFamily {
        number: 10,
        before: "protocol=-34(skb->data):u8 source=-32(skb->data):u64 source_end=-24(skb->data):u64 \
            udp=-42(skb->data):u8 udp_source=-40(skb->data):u64",
        kinds: [
            ("udp_source,source", "udp == 17"),
            ("source,source_end", "(protocol == 50 || protocol == 51) && udp != 17"),
        ],
    },
];

impl SenderProbe {
    /// What it fetches.
    pub fn fetched(self, family: SenderFamily) -> String {
        format!("{} {NETNS} {}", self.whose, family.before)
    }
}

impl SenderFamily {
    /// What has a probe's event counted.
    pub fn triggers(self, netns: Netns) -> impl Iterator<Item = String> {
        self.kinds.into_iter().map(move |(source, is_of_it)| {
            let filter = format!("netns == {} && family == {} && {is_of_it}", netns.0, self.number);
            format!("hist:keys=spi,{source}:size={ENTRIES} if {filter}")
        })
    }
}
