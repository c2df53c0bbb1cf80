//! What is said of a tunnel that carries one way alone.

use crate::engine::findings::{Fault, Sentences, Whose};
use crate::model::{Reason, Span};

pub(super) const OVER: &str = "not so in three windows, or nothing is left to judge";

pub(super) fn esp_blackhole(fault: &Fault, whose: &Whose) -> Sentences {
    let (of, rekey, no_offload) = (whose.text(), &whose.rekey, whose.daemon.no_offload());
    let device = fault.device.as_deref().unwrap_or("its interface");
    if fault.span == Span::Out && fault.reason == Reason::NicDrop {
        return Sentences::of(
            format!("{of} carried both ways before, and now {device} drops what is to be sent on it"),
            format!(
                "ethtool -S {device} shows which counter grows; {rekey} sets its SAs anew, and with {no_offload} for the connection takes it off the NIC"
            ),
        );
    }
    if fault.span == Span::Out {
        return Sentences::of(
            format!("{of} receives ESP and sends none, though it carried both ways before"),
            "see here whether the hosts behind this gateway answer, and whether their answers still match the policy: ip route get, ip xfrm policy, tcpdump on the inner interface",
        );
    }
    match fault.reason {
        Reason::AuthFailed => Sentences::of(
            format!(
                "everything that arrives for {of} fails its integrity check and is dropped here, while IKE goes on"
            ),
            format!(
                "the peer does not encrypt as agreed, most likely its NIC: {no_offload} there, then rekey; if its offload is off, look for something on the way that changes packets"
            ),
        ),
        Reason::Replay => Sentences::of(
            format!("everything that arrives for {of} is refused by the replay window here, while IKE goes on"),
            format!(
                "the peer's sequence numbers went back, as after an SA was put in again by hand or by its NIC's reset: {rekey} makes a new pair"
            ),
        ),
        Reason::NicDrop => Sentences::of(
            format!("{of} sends and receives nothing: {device} drops what arrives"),
            format!(
                "ethtool -S {device} shows which counter grows; {no_offload} for the connection and a new pair ({rekey}) take it off the NIC"
            ),
        ),
        Reason::NoState => Sentences::of(
            format!(
                "{of} sends and receives nothing, and packets come on SAs that this host has not: the peer uses others"
            ),
            format!(
                "the two ends disagree on the SAs, as after a restart of one: {rekey} makes a new pair; then see whether the peer's list (ip xfrm state) has the same SPIs"
            ),
        ),
        _ => Sentences::of(
            format!("{of} sends and nothing comes back, though it carried both ways before; IKE goes on"),
            "see at the peer whether the ESP arrives (tcpdump esp or udp port 4500) and what it does with it (/proc/net/xfrm_stat); if it does not arrive, something between drops ESP",
        ),
    }
}
