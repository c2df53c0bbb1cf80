//! Every sentence of a finding, in one place: what is wrong, and what to do.

mod offload;
mod policies;
mod traffic;
mod tunnels;

pub use self::policies::{clear_text_route, clear_text_window, policy_mismatch, window_over};
pub use self::traffic::{hw_sw_mismatch, nic_drops, no_state_drops};
pub use self::tunnels::{acquire_unanswered, half_open, orphaned, tunnel_not_restored};
pub use crate::engine::findings::Sentences as Told;

use self::offload::not_offloaded;
use self::traffic::{blackhole, expiring};
use self::tunnels::missing;
use crate::engine::findings::{Fault, Whose, way};
use crate::model::Code;

fn told(summary: impl Into<String>, advice: impl Into<String>) -> Told {
    Told { summary: summary.into(), advice: advice.into() }
}

/// What a fault of a tunnel is called.
pub fn tunnel_fault(fault: &Fault, whose: &Whose) -> Told {
    let Whose { name, rekey, .. } = whose;
    let of = whose.text();
    let device = fault.device.as_deref().unwrap_or("its interface");
    match fault.code {
        Code::SaMissing => missing(fault, &of, rekey),
        Code::OffloadDowngraded => told(
            format!("{} of {of} has crypto offload on {device}, though packet offload was asked for", way(fault.span)),
            "look for the kernel's refusal of packet offload in the evidence; nic-offload=crypto says what is there",
        ),
        Code::EspBlackhole => blackhole(fault, &of, device, rekey),
        Code::AuthFailures => told(
            format!("some packets that arrive for {of} fail their integrity check and are dropped, while others pass"),
            "damaged on the way, sent by a stranger, or by a peer whose NIC or kernel encrypts wrongly: compare with the peer's offload off for this connection (nic-offload=no)",
        ),
        Code::ReplayDrops => told(
            format!("some packets that arrive for {of} are refused by the replay window, while others pass"),
            "packets come twice or far out of order: look for a duplicating path, a bond or QoS that reorders; replay-window=NUMBER makes the window wider, up to what the NIC takes",
        ),
        Code::SaExpiring => expiring(fault, &of, rekey),
        _ => not_offloaded(fault, &of, name, device),
    }
}

/// The last line of evidence of a finding that is over.
pub const fn over(code: Code) -> &'static str {
    match code {
        Code::ClearTextWindow => "every selector has a policy again",
        Code::TunnelNotRestored => "a pair of SAs has stood for 5 s",
        Code::ClearTextRoute => "the route leaves by the policy's device again, or the policy is gone",
        Code::PolicyMismatch => "SA and policy agree again",
        Code::SaMissing => "the newest Child SA has its SAs in the kernel",
        Code::SaNotOffloaded | Code::OffloadDowngraded => "the newest SA has what it should",
        Code::SaOrphaned | Code::SaHalfOpen => "the SAs are gone, or the daemon claims them",
        Code::AcquireUnanswered => "a pair of SAs came",
        Code::EspBlackhole | Code::AuthFailures | Code::ReplayDrops | Code::NicDrops | Code::NoStateDrops => {
            "not so in three windows, or nothing is left to judge"
        }
        Code::HwSwMismatch => "the counters agree with the SAs again, or nothing is left to judge",
        Code::SaExpiring => "the newest pair is not close to its limits, or a successor is being negotiated",
        _ => "",
    }
}
