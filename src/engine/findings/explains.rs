//! Which finding is the reason of which: where the first is open, the second says nothing of its own.

use crate::model::Code;

/// The cause, and what follows from it.
const EXPLAINS: [(Code, Code); 7] = [
    (Code::OffloadRejected, Code::TunnelDown),
    (Code::SaAddFailed, Code::TunnelDown),
    (Code::OffloadCapacity, Code::TunnelDown),
    (Code::OffloadLost, Code::TunnelDown),
    (Code::OffloadRejected, Code::AcquireUnanswered),
    (Code::SaAddFailed, Code::AcquireUnanswered),
    (Code::OffloadCapacity, Code::AcquireUnanswered),
];

/// What may be the reason of a finding.
pub fn causes_of(code: Code) -> impl Iterator<Item = Code> {
    EXPLAINS.into_iter().filter(move |(_, follows)| *follows == code).map(|(cause, _)| cause)
}
