//! Which finding is the reason of which: where the first is open, the second says nothing of its own.

use crate::model::Code;

/// The cause, and what follows from it.
const EXPLAINS: &[(Code, Code)] = &[
    (Code::OffloadRejected, Code::TunnelDown),
    (Code::SaAddFailed, Code::TunnelDown),
    (Code::OffloadCapacity, Code::TunnelDown),
    (Code::OffloadLost, Code::TunnelDown),
    (Code::TunnelNotRestored, Code::TunnelDown),
    (Code::OffloadRejected, Code::AcquireUnanswered),
    (Code::SaAddFailed, Code::AcquireUnanswered),
    (Code::OffloadCapacity, Code::AcquireUnanswered),
    // Where nothing passes at all, the counters are its evidence.
    (Code::EspBlackhole, Code::AuthFailures),
    (Code::EspBlackhole, Code::ReplayDrops),
    (Code::EspBlackhole, Code::NicDrops),
    // What does not come to the NIC the SA does not send.
    (Code::RouteBlackhole, Code::EspBlackhole),
    (Code::ClearTextRoute, Code::EspBlackhole),
    // An SA that the daemon believes in and the kernel has not.
    (Code::SaMissing, Code::NoStateDrops),
    // What is left of a negotiation that the kernel refused.
    (Code::OffloadRejected, Code::SaHalfOpen),
    (Code::SaAddFailed, Code::SaHalfOpen),
    (Code::OffloadCapacity, Code::SaHalfOpen),
];

/// What may be the reason of a finding.
pub fn causes_of(code: Code) -> impl Iterator<Item = Code> {
    EXPLAINS.iter().filter(move |(_, follows)| *follows == code).map(|(cause, _)| *cause)
}
