//! Every sentence of a finding, in one place: what is wrong, and what to do.

mod offload;
mod tunnels;

pub use self::tunnels::tunnel_not_restored;
pub use crate::engine::findings::Sentences as Told;

use self::offload::not_offloaded;
use crate::engine::findings::{Fault, Whose, way};
use crate::model::Code;

fn told(summary: impl Into<String>, advice: impl Into<String>) -> Told {
    Told { summary: summary.into(), advice: advice.into() }
}

/// What a fault of a tunnel is called.
pub fn tunnel_fault(fault: &Fault, whose: &Whose) -> Told {
    let name = &whose.name;
    let of = whose.text();
    let device = fault.device.as_deref().unwrap_or("its interface");
    match fault.code {
        Code::OffloadDowngraded => told(
            format!("{} of {of} has crypto offload on {device}, though packet offload was asked for", way(fault.span)),
            "look for the kernel's refusal of packet offload in the evidence; nic-offload=crypto says what is there",
        ),
        _ => not_offloaded(fault, &of, name, device),
    }
}

/// The last line of evidence of a finding that is over.
pub const fn over(code: Code) -> &'static str {
    match code {
        Code::TunnelNotRestored => "a pair of SAs has stood for 5 s",
        Code::SaNotOffloaded | Code::OffloadDowngraded => "the newest SA has what it should",
        _ => "",
    }
}
