//! SAs on which nothing can pass.

use super::suspect::{ENOUGH, FoundSuspect, LOOKED_AT, Suspect, way};
use crate::engine::facts::Facts;
use crate::engine::facts::sad::{Meter, Sa};
use crate::model::{Direction, SaStage};

/// Those that have used their last sequence number. The kernel lets them stand on it (net/xfrm/xfrm_replay.c, `xfrm_replay_overflow`).
pub(super) fn used_up(facts: &Facts) -> FoundSuspect {
    let is_last = |number: u64| number == u64::from(u32::MAX) || number == u64::MAX;
    those(facts, |sa, meter| {
        let is_used_up = is_last(meter.sequence) && way(sa, facts) != Some(Direction::In);
        is_used_up.then(|| format!("its last sequence number, {}, is used", meter.sequence))
    })
}

/// Those that are used in one direction and were added for the other (`XFRMA_SA_DIR`).
pub(super) fn turned(used: Direction, facts: &Facts) -> FoundSuspect {
    those(facts, |sa, _| {
        let is_turned = sa.direction == Some(used.opposite()) && way(sa, facts) == Some(used);
        is_turned.then(|| format!("it was added for direction {}, and is used for {used}", used.opposite()))
    })
}

/// Those that are reserved alone.
pub(super) fn larval(facts: &Facts) -> FoundSuspect {
    those(facts, |sa, _| {
        (sa.stage == SaStage::Larval && sa.spi.0 != 0).then(|| format!("it is only reserved, for {}", sa.src))
    })
}

fn those(facts: &Facts, what: impl Fn(&Sa, &Meter) -> Option<String>) -> FoundSuspect {
    let suspect = |slot, sa: &Sa| {
        let what = what(sa, facts.sad.meter(slot)?)?;
        Some(Suspect::sa(sa, format!("{}: {what}", sa.id(facts.started.netns)), facts))
    };
    let rows = facts.sad.iter().take(LOOKED_AT);
    FoundSuspect { suspects: rows.filter_map(|(slot, sa)| suspect(slot, sa)).take(ENOUGH).collect(), is_meant: false }
}
