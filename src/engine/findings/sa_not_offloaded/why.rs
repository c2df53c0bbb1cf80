//! Why an SA is in software.

use super::Of;
use crate::engine::facts::Facts;
use crate::engine::facts::expect::Expected;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::why::KnownRefusal;
use crate::model::{Direction, Evidence, Link, OffloadMode, Protocol};
use crate::reasons::Entry;

/// What is left as the reason.
#[derive(Debug)]
pub(super) struct WhyInSoftware {
    pub(super) entry: Option<&'static Entry>,
    /// The kernel refused it, and the daemon went on without offload.
    pub(super) fell_back: bool,
    pub(super) lines: Vec<Evidence>,
}

/// By the kernel's own word; else by the refusal that the daemon answered by falling back; else by what the SA and the device are.
pub(super) fn why_in_software(
    facts: &Facts,
    (slot, sa): (Slot<Sa>, &Sa),
    direction: Direction,
    link: Option<&Link>,
    of: Of,
) -> WhyInSoftware {
    let tried = facts.attempts.find(sa.spi, Some(sa.dst)).map(|(_, tried)| tried);
    let refusal = facts.refusals.fell_back(of.child);
    let fell_back = refusal.is_some() || tried.is_some_and(|tried| tried.tried.errno != 0);
    let mut lines: Vec<Evidence> = refusal.map(|refusal| refusal.lines.clone()).unwrap_or_default();
    if let Some(tried) = tried.filter(|tried| !lines.contains(&tried.line)) {
        lines.push(tried.line.clone());
    }
    let (entry, more) = match refusal.filter(|_| tried.is_none()) {
        Some(refusal) => facts.why_refused(of.connection, refusal),
        None => {
            let packet = of.expected == Expected::Packet;
            let known = KnownRefusal {
                // Nobody told of an error: the kernel took it in software. For anything but ESP the daemon does not even ask.
                errno: (sa.protocol == Protocol::Esp).then_some(0),
                tried,
                sa: Some(sa),
                migrated: facts.migrated.contains(&slot),
                wanted: Some(if packet { OffloadMode::Packet } else { OffloadMode::Crypto }),
                direction: Some(direction),
                at: tried.map_or(sa.seen, |tried| tried.at),
                ..KnownRefusal::default()
            };
            facts.why(&known, link)
        }
    };
    lines.extend(more);
    WhyInSoftware { entry, fell_back, lines }
}
