//! Checks of the kernel on what an SA with a direction of its own (`XFRMA_SA_DIR`, 6.10 and later) may carry.

use super::cures::{self, Cure};
use super::entry::{CheckPlace, CheckStage, Entry};
use super::fits::Fits;
use crate::model::Reason;

const REPLAY: CheckPlace = CheckPlace::new("core", "net/xfrm/xfrm_user.c verify_replay");
const SA: CheckPlace = CheckPlace::new("core", "net/xfrm/xfrm_user.c verify_newsa_info");
const MAPPING: CheckPlace = CheckPlace::new("core", "net/xfrm/xfrm_user.c verify_mtimer_thresh");
const STATE: CheckPlace = CheckPlace::new("core", "net/xfrm/xfrm_state.c __xfrm_init_state");

const fn entry(reason: Reason, place: CheckPlace, text: &'static str, means: &'static str, cure: Cure) -> Entry {
    place.refusal(reason, text, means, cure, |_| Fits::Hidden).at(CheckStage::Request)
}

const fn window(place: CheckPlace, text: &'static str) -> Entry {
    entry(Reason::ReplayWindow, place, text, "the outbound SA was given a replay window", cures::NO_WINDOW_OUT)
}

const fn direction(place: CheckPlace, text: &'static str) -> Entry {
    let means = "the SA carries what only the other direction may";
    entry(Reason::DirectionMismatch, place, text, means, cures::DAEMON_FAULT)
}

pub(super) const ENTRIES: &[Entry] = &[
    window(REPLAY, "Replay window should be 0 for output SA"),
    window(REPLAY, "Replay bmp_len should 0 for output SA"),
    window(SA, "Replay seq and bitmap should be 0 for output SA"),
    direction(REPLAY, "Replay seq and seq_hi should be 0 for output SA"),
    direction(REPLAY, "Replay oseq and oseq_hi should be 0 for input SA"),
    direction(SA, "Flag DECAP_DSCP should not be set for output SA"),
    direction(SA, "Flag ICMP should not be set for output SA"),
    direction(SA, "Flag WILDRECV should not be set for output SA"),
    direction(SA, "Flag NOPMTUDISC should not be set for input SA"),
    direction(SA, "Flag DONT_ENCAP_DSCP should not be set for input SA"),
    direction(SA, "Flag OSEQ_MAY_WRAP should not be set for input SA"),
    direction(SA, "MTIMER_THRESH attribute should not be set on output SA"),
    // As 7.3 has it.
    direction(MAPPING, "MTIMER_THRESH should not be set on output SA"),
    direction(SA, "SA_PCPU only supported with SA_DIR"),
    direction(STATE, "NAT keepalive is only supported for outbound SAs"),
    entry(
        Reason::UdpEncapUnsupported,
        STATE,
        "NAT keepalive is only supported for UDP encapsulation",
        "NAT keepalives were asked for without UDP encapsulation",
        cures::DAEMON_FAULT,
    ),
];
