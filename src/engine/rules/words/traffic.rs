//! What is said of traffic that does not arrive, or is not where the SA claims.

use super::{Told, told, way};
use crate::engine::findings::Fault;
use crate::model::{Direction, Reason, Span};

pub(super) fn blackhole(fault: &Fault, of: &str, device: &str, rekey: &str) -> Told {
    if fault.span == Span::Out && fault.reason == Reason::NicDrop {
        return told(
            format!("{of} carried both ways before, and now {device} drops what is to be sent on it"),
            format!(
                "ethtool -S {device} shows which counter grows; {rekey} sets its SAs anew, and with nic-offload=no for the connection takes it off the NIC"
            ),
        );
    }
    if fault.span == Span::Out {
        return told(
            format!("{of} receives ESP and sends none, though it carried both ways before"),
            "see here whether the hosts behind this gateway answer, and whether their answers still match the policy: ip route get, ip xfrm policy, tcpdump on the inner interface",
        );
    }
    match fault.reason {
        Reason::AuthFailed => told(
            format!(
                "everything that arrives for {of} fails its integrity check and is dropped here, while IKE goes on"
            ),
            "the peer does not encrypt as agreed, most likely its NIC: nic-offload=no there, then rekey; if its offload is off, look for something on the way that changes packets",
        ),
        Reason::Replay => told(
            format!("everything that arrives for {of} is refused by the replay window here, while IKE goes on"),
            format!(
                "the peer's sequence numbers went back, as after an SA was put in again by hand or by its NIC's reset: {rekey} makes a new pair"
            ),
        ),
        Reason::NicDrop => told(
            format!("{of} sends and receives nothing: {device} drops what arrives"),
            format!(
                "ethtool -S {device} shows which counter grows; nic-offload=no for the connection and a new pair ({rekey}) take it off the NIC"
            ),
        ),
        Reason::NoState => told(
            format!(
                "{of} sends and receives nothing, and packets come on SAs that this host has not: the peer uses others"
            ),
            format!(
                "the two ends disagree on the SAs, as after a restart of one: {rekey} makes a new pair; then see whether the peer's list (ip xfrm state) has the same SPIs"
            ),
        ),
        _ => told(
            format!("{of} sends and nothing comes back, though it carried both ways before; IKE goes on"),
            "see at the peer whether the ESP arrives (tcpdump esp or udp port 4500) and what it does with it (/proc/net/xfrm_stat); if it does not arrive, something between drops ESP",
        ),
    }
}

pub(super) fn expiring(fault: &Fault, of: &str, rekey: &str) -> Told {
    let limit = match fault.reason {
        Reason::Sequence => "has used nine tenths of its sequence numbers, after which nothing can be sent on it",
        Reason::Packets => "is close to its limit of packets, at which the kernel removes it",
        Reason::Bytes => "is close to its limit of bytes, at which the kernel removes it",
        _ => "is close to the end of its life, at which the kernel removes it",
    };
    let both = fault.span == Span::Both;
    let limit = if both { limit.replacen("has", "have", 1).replacen("is ", "are ", 1) } else { limit.to_owned() };
    let cure = if fault.reason == Reason::Sequence {
        "; esn=yes at both ends makes the numbers last, where the NIC takes it"
    } else {
        ""
    };
    told(
        format!("{} of {of} {limit}, and no successor is being negotiated", way(fault.span)),
        format!("{rekey} makes a new pair{cure}"),
    )
}

/// Who encrypts is not who should.
pub fn hw_sw_mismatch(device: &str, direction: Direction, reason: Reason) -> Told {
    let (verb, way) = if direction == Direction::In { ("decrypts", "inbound") } else { ("encrypts", "outbound") };
    match reason {
        Reason::NicInstead => told(
            format!(
                "{device} {verb} what {way} SAs carry that claim no offload: its counters grow in step with theirs"
            ),
            format!(
                "swanwatch sas --device {device} shows the SAs; a rekey sets them anew, and a reset of the NIC drops what it holds beyond them"
            ),
        ),
        _ => told(
            format!(
                "{way} SAs claim to be offloaded to {device}, but the CPU {verb}: its counters stand still while they carry traffic"
            ),
            format!(
                "see that packets leave and arrive by {device} itself (ip route get; no bridge, tc or XDP between), that «ethtool -k {device}» has esp-hw-offload on, and that packets fit its MTU; a rekey sets the SAs anew"
            ),
        ),
    }
}

/// A device drops.
pub fn nic_drops(device: &str) -> Told {
    told(
        format!("{device} drops packets of its SAs"),
        format!(
            "ethtool -S {device} shows which counter grows, the evidence how fast; a rekey of the connections on it sets their SAs anew, nic-offload=no takes them off the NIC"
        ),
    )
}

/// Packets on SAs that are not there.
pub fn no_state_drops() -> Told {
    told(
        "packets arrive on SAs that this host has not, and are dropped: a peer uses others than this end",
        "tcpdump -n esp shows from whom and with which SPI: rekey or restart that connection; an address that is no peer's is a stranger's, and no harm beyond its load",
    )
}
