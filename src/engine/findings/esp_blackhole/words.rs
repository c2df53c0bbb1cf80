//! What is said of a tunnel that carries one way alone.

use crate::engine::findings::{Fault, Sentences, Whose, quoted};
use crate::model::{Reason, Span};

pub(super) const OVER: &str = "not seen in three measurements in a row, or nothing is left to measure";

pub(super) fn esp_blackhole(fault: &Fault, whose: &Whose) -> Sentences {
    let (of, rekey, no_offload) = (whose.text(), quoted(&whose.rekey), whose.daemon.no_offload());
    let device = fault.device.as_deref().unwrap_or("its interface");
    if fault.span == Span::Out && fault.reason == Reason::NicDrop {
        return Sentences::of(
            format!(
                "{of} sends nothing: {device} drops its outbound packets, though it carried traffic both ways before"
            ),
            format!(
                "'ethtool -S {device}' shows which counter grows; {rekey} makes a new pair, and with {no_offload} for the connection takes it off the NIC"
            ),
        );
    }
    if fault.span == Span::Out {
        return Sentences::of(
            format!("{of} receives ESP but sends none, though it carried traffic both ways before"),
            "see whether the hosts behind this gateway answer, and whether their answers still match the policy: 'ip route get ADDRESS', 'ip xfrm policy', tcpdump on the inner interface",
        );
    }
    match fault.reason {
        Reason::AuthFailed => Sentences::of(
            format!(
                "everything that arrives for {of} is dropped, because it fails its integrity check; IKE still works"
            ),
            format!(
                "the peer encrypts wrongly, most likely in its NIC: set {no_offload} there and rekey; if its offload is off, look for a device on the path that changes packets"
            ),
        ),
        Reason::Replay => Sentences::of(
            format!("everything that arrives for {of} is dropped by the replay window; IKE still works"),
            format!(
                "the peer's sequence numbers went back, as when its SA was added again by hand or its NIC was reset: {rekey} makes a new pair"
            ),
        ),
        Reason::NicDrop => Sentences::of(
            format!("{of} sends but receives nothing: {device} drops the packets that arrive"),
            format!(
                "'ethtool -S {device}' shows which counter grows; {no_offload} for the connection and a new pair ({rekey}) take it off the NIC{}",
                at_once(fault)
            ),
        ),
        Reason::NoState => Sentences::of(
            format!(
                "{of} sends but receives nothing: packets arrive for SAs that this host does not have, so the peer uses other SAs"
            ),
            format!(
                "the two ends disagree about the SAs, as after a restart of one: {rekey} makes a new pair; then compare its SPIs with those at the peer ('ip xfrm state')"
            ),
        ),
        Reason::TwoPairs => Sentences::of(
            format!(
                "{of} sends but receives nothing: it has two pairs of SAs, and the peer may have only the one that this end does not send on"
            ),
            format!("compare the SPIs at both ends ('ip xfrm state'); {rekey} makes a new pair that both ends have"),
        ),
        _ => Sentences::of(
            format!("{of} sends but receives nothing, though it carried traffic both ways before; IKE still works"),
            "see at the peer whether ESP arrives ('tcpdump -n esp or udp port 4500') and what becomes of it ('cat /proc/net/xfrm_stat'); if it does not arrive, something on the path drops ESP",
        ),
    }
}

/// What takes it off the NIC without the daemon.
fn at_once(fault: &Fault) -> String {
    let off = |device| format!("; in crypto mode 'swanwatch remedy {device} --kind evacuate' does so at once");
    fault.device.as_deref().map(off).unwrap_or_default()
}
