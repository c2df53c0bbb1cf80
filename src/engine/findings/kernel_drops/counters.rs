//! What the counters of `/proc/net/xfrm_stat` mean: one table (net/xfrm/xfrm_proc.c of Linux 5.10 to 7.3, and where each is counted in
//! net/xfrm). `XfrmInNoStates` is missing: `no-state-drops` tells of it.

use crate::model::{Code, Direction, Reason};

/// One counter.
#[derive(Debug)]
pub struct Counter {
    /// The kernel's name for it.
    pub name: &'static str,
    pub reason: Reason,
    /// Which packets it counts; none for those that are only forwarded.
    pub way: Option<Direction>,
    /// What becomes of packets, with a place for whose they are.
    pub lost: &'static str,
    /// Why.
    pub because: &'static str,
    /// What to look at or to do.
    pub cure: &'static str,
    pub suspects: Suspects,
    /// Findings that say why it grows, where they are about the same tunnels: then nothing is said here.
    pub told_by: &'static [Code],
    /// Anybody can send packets that it counts.
    pub by_strangers: bool,
}

/// Where to look for whose packets they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspects {
    /// The counter does not tell.
    Nobody,
    /// Inbound SAs that no policy fits. What transport mode carries may come without one.
    Unfitting { in_transport_mode: bool },
    /// Outbound policies that no SA fits.
    Unserved,
    /// Policies that block what a tunnel's policy of this direction would take.
    Blocked,
    /// Outbound SAs that have used their last sequence number.
    UsedUp,
    /// SAs whose direction is not that in which they are used.
    Turned,
    /// SAs that the kernel has reserved and the daemon has not filled in.
    Larval,
}

/// Whose place in `lost`.
pub const OF: &str = "{of}";

const INBOUND: Counter = Counter {
    name: "",
    reason: Reason::Unknown,
    way: Some(Direction::In),
    lost: "packets that arrive{of} are dropped",
    because: "",
    cure: "",
    suspects: Suspects::Nobody,
    told_by: &[],
    by_strangers: false,
};

const OUTBOUND: Counter =
    Counter { way: Some(Direction::Out), lost: "packets that should be sent{of} are dropped", ..INBOUND };

/// No SA came, and that is told.
const NO_SA_CAME: &[Code] = &[
    Code::TunnelDown,
    Code::TunnelNotRestored,
    Code::OffloadRejected,
    Code::OffloadCapacity,
    Code::OffloadLost,
    Code::PolicyMismatch,
    Code::PoliciesOrphaned,
    Code::SaAddFailed,
    Code::SaMissing,
    Code::SaHalfOpen,
    Code::AcquireUnanswered,
];

const IN_POLICY: &str = "compare 'ip -d xfrm policy' with 'ip -d xfrm state': the policy in (and fwd, for what passes through) needs the addresses, mode, reqid, if_id and mark that the SA has; on a VTI or an XFRM interface its key or if_id has to be the policy's, too";

/// Every counter but `XfrmInNoStates`, as the kernel lists them.
pub static COUNTERS: [Counter; 31] = [
    Counter {
        name: "XfrmInError",
        reason: Reason::InError,
        because: "the kernel has no memory for what belongs to them",
        cure: "look for a lack of memory: 'free', 'dmesg', and 'slabtop -o'",
        ..INBOUND
    },
    Counter {
        name: "XfrmInBufferError",
        reason: Reason::InBufferError,
        because: "they are wrapped in more transforms, one in another, than the kernel undoes (six)",
        cure: "look for tunnels in tunnels, or for a policy with too many templates: 'ip -d xfrm policy'",
        ..INBOUND
    },
    Counter {
        name: "XfrmInHdrError",
        reason: Reason::InHdrError,
        because: "they are too short or malformed: no SPI can be read from them",
        cure: "'tcpdump -n esp or udp port 4500' shows the sender: if it is a peer, something on the path cuts or changes its packets; a stranger's packets do no harm beyond their load",
        by_strangers: true,
        ..INBOUND
    },
    Counter {
        name: "XfrmInStateProtoError",
        reason: Reason::InStateProtoError,
        because: "they cannot be decrypted, and no SA has counted them as failed: their padding or their inner protocol is wrong, or the NIC gave them up",
        cure: "compare with offload off at both ends; if that changes nothing, rekey and look whether both ends agree on algorithm, ESN and encapsulation",
        told_by: &[Code::EspBlackhole, Code::AuthFailures, Code::NicDrops, Code::HwSwMismatch],
        ..INBOUND
    },
    Counter {
        name: "XfrmInStateModeError",
        reason: Reason::InStateModeError,
        because: "what is inside them is not what the mode of their SA allows: another IP version, or no whole packet",
        cure: "compare mode and selectors of both ends: 'ip -d xfrm state' shows this end's (tunnel or transport, and the family of its selector)",
        ..INBOUND
    },
    Counter {
        name: "XfrmInStateSeqError",
        reason: Reason::InStateSeqError,
        because: "their sequence numbers were seen already or are too old, and no SA has counted them as such",
        cure: "look for a path that duplicates or reorders, and whether ESN is the same at both ends: 'ip -s xfrm state'",
        told_by: &[Code::EspBlackhole, Code::ReplayDrops],
        ..INBOUND
    },
    Counter {
        name: "XfrmInStateExpired",
        reason: Reason::InStateExpired,
        because: "their SA has come to its limit of time, bytes or packets, and the peer still uses it",
        cure: "rekey the connection, and make the peer's lifetime and limits no longer than this end's",
        told_by: &[Code::SaExpiring, Code::SaMissing, Code::SaHalfOpen],
        ..INBOUND
    },
    Counter {
        name: "XfrmInStateMismatch",
        reason: Reason::InStateMismatch,
        because: "they do not come as their SA wants them: in UDP where it has no encapsulation, or without UDP where it has one; or their inner addresses are not in its selector",
        cure: "'tcpdump -n esp or udp port 4500' shows which of the two comes, 'ip -d xfrm state' what this end wants: rekey the connection after a NAT came or went, and let encapsulation= be the same at both ends",
        ..INBOUND
    },
    Counter {
        name: "XfrmInStateInvalid",
        reason: Reason::InStateInvalid,
        because: "their SA is being removed, and the peer still uses it",
        cure: "rekey the connection: 'ip xfrm state' shows whether the pair that the peer uses is still there",
        told_by: &[Code::SaExpiring, Code::SaMissing, Code::SaHalfOpen],
        ..INBOUND
    },
    Counter {
        name: "XfrmInTmplMismatch",
        reason: Reason::InTmplMismatch,
        lost: "packets that arrive{of} are dropped, after they were decrypted or because they were not encrypted",
        because: "the policy that fits them wants another SA than they came on (reqid, mode, addresses or if_id), or they came in clear where a policy wants them encrypted",
        cure: IN_POLICY,
        suspects: Suspects::Unfitting { in_transport_mode: true },
        told_by: &[Code::PolicyMismatch, Code::ClearTextWindow, Code::PoliciesOrphaned],
        ..INBOUND
    },
    Counter {
        name: "XfrmInNoPols",
        reason: Reason::InNoPols,
        lost: "packets that arrive{of} are decrypted and then dropped",
        because: "no policy fits them: it is missing, or has another mark, if_id or addresses than they",
        cure: IN_POLICY,
        suspects: Suspects::Unfitting { in_transport_mode: false },
        told_by: &[Code::PolicyMismatch, Code::ClearTextWindow],
        ..INBOUND
    },
    Counter {
        name: "XfrmInPolBlock",
        reason: Reason::InPolBlock,
        because: "a policy blocks them",
        cure: "'ip xfrm policy' shows it ('action block'): the policy with the lowest priority number wins; 'ip xfrm policy delete' removes one that nobody needs",
        suspects: Suspects::Blocked,
        ..INBOUND
    },
    Counter {
        name: "XfrmInPolError",
        reason: Reason::InPolError,
        because: "the kernel cannot look up a policy for them: memory is short, or a security module (SELinux) does not allow it",
        cure: "look for a lack of memory and for denials: 'free', 'dmesg', 'ausearch -m avc'",
        ..INBOUND
    },
    Counter {
        name: "XfrmOutError",
        reason: Reason::OutError,
        because: "they are too large for the tunnel or leave by another device than the one that holds their SA, or the kernel has no memory for the encrypted packet",
        cure: "compare 'ip route get PEER' with the device of the SA in 'ip -d xfrm state', and look for packets that are too large: a smaller MTU or MSS on the inner side mends that",
        told_by: &[
            Code::RouteBlackhole,
            Code::ClearTextRoute,
            Code::PolicyMismatch,
            Code::NicDrops,
            Code::EspBlackhole,
            Code::OffloadLost,
        ],
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutBundleGenError",
        reason: Reason::OutBundleGenError,
        because: "the kernel finds no way for the encrypted packet: most often there is no route to the peer's address",
        cure: "'ip route get PEER' has to name a device and a gateway, and the outer source address of the SA has to be on this host: 'ip addr'",
        told_by: &[Code::TunnelDown, Code::OffloadLost],
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutBundleCheckError",
        reason: Reason::OutBundleCheckError,
        because: "the way that was chosen for them is not valid any more",
        cure: "look for routes that change all the time: 'ip monitor route'",
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutNoStates",
        reason: Reason::OutNoStates,
        because: "their policy wants an SA that is not there",
        cure: "compare 'ip -d xfrm policy' with 'ip -d xfrm state': the SA needs the reqid, mode, addresses, if_id and mark of the policy; where there is none, bring the connection up",
        suspects: Suspects::Unserved,
        told_by: NO_SA_CAME,
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutStateProtoError",
        reason: Reason::OutStateProtoError,
        because: "encrypting them fails, in the kernel or in the NIC",
        cure: "compare with offload off for the connection; 'dmesg' may have the driver's words",
        told_by: &[Code::NicDrops, Code::EspBlackhole, Code::HwSwMismatch],
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutStateModeError",
        reason: Reason::OutStateModeError,
        because: "they cannot be wrapped as their SA wants it: most often they are larger than what fits into the tunnel and must not be fragmented",
        cure: "make what is sent smaller: an MTU on the inner route, or TCP's MSS clamped to it; and let ICMP 'fragmentation needed' pass to the senders",
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutStateSeqError",
        reason: Reason::OutStateSeqError,
        because: "the sequence numbers of their SA are used up: nothing more can be sent on it",
        cure: "rekey the connection now; extended sequence numbers at both ends last longer, where the NIC takes them",
        suspects: Suspects::UsedUp,
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutStateExpired",
        reason: Reason::OutStateExpired,
        because: "their SA has come to its limit of time, bytes or packets",
        cure: "rekey the connection, and look why the daemon did not: it may hang",
        told_by: &[Code::SaExpiring, Code::SaMissing, Code::SaHalfOpen, Code::DaemonHung],
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutPolBlock",
        reason: Reason::OutPolBlock,
        because: "a policy blocks them",
        cure: "'ip xfrm policy' shows it ('action block'): the policy with the lowest priority number wins; 'ip xfrm policy delete' removes one that nobody needs",
        suspects: Suspects::Blocked,
        told_by: &[Code::TunnelDown, Code::TunnelNotRestored, Code::AcquireUnanswered],
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutPolDead",
        reason: Reason::OutPolDead,
        because: "their policy is being removed",
        cure: "look for policies that are set and removed all the time: 'ip xfrm monitor policy'",
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutPolError",
        reason: Reason::OutPolError,
        because: "the kernel cannot choose the SA that their policy wants: memory is short, or the templates of the policy contradict each other",
        cure: "look at the policy in 'ip -d xfrm policy', and for a lack of memory: 'free', 'dmesg'",
        told_by: NO_SA_CAME,
        ..OUTBOUND
    },
    Counter {
        name: "XfrmFwdHdrError",
        reason: Reason::FwdHdrError,
        way: None,
        lost: "packets that pass through{of} are dropped",
        because: "they are malformed, so that no policy can be looked up for them",
        cure: "'tcpdump -n' on the inner interface shows who sends them",
        by_strangers: true,
        ..OUTBOUND
    },
    Counter {
        name: "XfrmOutStateInvalid",
        reason: Reason::OutStateInvalid,
        because: "their SA is being removed, and nothing takes its place",
        cure: "rekey the connection: 'ip xfrm state' shows what is there",
        told_by: &[Code::SaExpiring, Code::SaMissing, Code::SaHalfOpen],
        ..OUTBOUND
    },
    Counter {
        name: "XfrmAcquireError",
        reason: Reason::AcquireError,
        because: "the kernel has only reserved their SA, and the daemon has not filled it in: the peer uses a pair that this end has not finished",
        cure: "look in the daemon's log for a negotiation that did not end, or for an SA that the kernel refused, and bring the connection up anew",
        suspects: Suspects::Larval,
        told_by: NO_SA_CAME,
        ..INBOUND
    },
    Counter {
        name: "XfrmOutStateDirError",
        reason: Reason::OutStateDirError,
        because: "their SA was added for the other direction ('dir in')",
        cure: "'ip -d xfrm state' shows its 'dir': whoever adds SAs by hand has to give 'dir out' to those that send; otherwise rekey the connection",
        suspects: Suspects::Turned,
        ..OUTBOUND
    },
    Counter {
        name: "XfrmInStateDirError",
        reason: Reason::InStateDirError,
        because: "their SA was added for the other direction ('dir out')",
        cure: "'ip -d xfrm state' shows its 'dir': whoever adds SAs by hand has to give 'dir in' to those that receive; otherwise rekey the connection",
        suspects: Suspects::Turned,
        ..INBOUND
    },
    Counter {
        name: "XfrmInIptfsError",
        reason: Reason::InIptfsError,
        because: "what is inside them is no IP-TFS payload, or its pieces do not fit together",
        cure: "look whether both ends have the same mode (iptfs), and for loss on the path: IP-TFS puts packets together from several",
        ..INBOUND
    },
    Counter {
        name: "XfrmOutNoQueueSpace",
        reason: Reason::OutNoQueueSpace,
        because: "they come faster than IP-TFS may send them, and its queue is full",
        cure: "send less through this connection, or make its IP-TFS queue or rate larger",
        ..OUTBOUND
    },
];

/// What a counter means; none for one of a newer kernel.
pub fn meaning(name: &str) -> Option<&'static Counter> {
    COUNTERS.iter().find(|counter| counter.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::XFRM_COUNTERS;

    #[test]
    fn each_counter_has_a_reason_of_its_own_that_has_its_name() {
        let reasons: BTreeSet<_> = COUNTERS.iter().map(|counter| counter.reason).collect();
        assert_eq!(reasons.len(), COUNTERS.len());
        for counter in &COUNTERS {
            let plain: String = counter.reason.to_string().split('-').collect();
            assert_eq!(format!("xfrm{plain}"), counter.name.to_lowercase());
            assert!(
                counter.lost.contains(OF) && counter.because.len() > 10 && counter.cure.len() > 20,
                "{}",
                counter.name
            );
        }
    }

    #[test]
    fn every_counter_that_is_known_has_its_meaning_in_the_kernels_order() {
        let known: Vec<_> = XFRM_COUNTERS.into_iter().filter(|name| *name != "XfrmInNoStates").collect();
        assert_eq!(COUNTERS.iter().map(|counter| counter.name).collect::<Vec<_>>(), known);
        let Ok(text) = std::fs::read_to_string("/proc/net/xfrm_stat") else { return };
        let names = text.lines().filter_map(|line| line.split_whitespace().next());
        let unknown: Vec<_> = names.filter(|name| !XFRM_COUNTERS.contains(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
