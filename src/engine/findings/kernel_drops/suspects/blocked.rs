//! Policies that block what a tunnel should carry.

use super::suspect::{ENOUGH, FoundSuspect, LOOKED_AT, Owners, Suspect};
use crate::engine::facts::Facts;
use crate::model::{Action, Direction, KernelPolicy, PolicyDirection};

/// Policies that block and are held against those of tunnels.
const BLOCKS: usize = 64;

/// What is blocked of tunnels one way. Where policies block and take nothing from a tunnel, that is what they are for.
pub(super) fn blocked(way: Direction, facts: &Facts) -> FoundSuspect {
    let is_of = |policy: &&KernelPolicy| match policy.id.direction {
        PolicyDirection::Out => way == Direction::Out,
        PolicyDirection::In | PolicyDirection::Forward => way == Direction::In,
        PolicyDirection::Other(_) => false,
    };
    let all = || facts.spd.iter().take(LOOKED_AT).map(|(_, row)| &row.policy).filter(is_of);
    let blocks: Vec<_> = all().filter(|policy| policy.action == Action::Block).take(BLOCKS).collect();
    let owners = Owners::of(facts);
    let mut found = FoundSuspect { is_meant: !blocks.is_empty(), ..FoundSuspect::default() };
    for policy in all() {
        let Some(template) = policy.template else { continue };
        let Some(block) = blocks.iter().find(|block| wins(block, policy)) else { continue };
        let connection = owners.owner(&template);
        let (lower, higher) = (block.priority, policy.priority);
        let text = format!(
            "policy {} with priority {lower} blocks what policy {} with priority {higher} would take",
            block.id, policy.id
        );
        found.suspects.push(Suspect { connection, tunnel: None, spi: None, dst: None, text });
        if found.suspects.len() >= ENOUGH {
            break;
        }
    }
    found
}

/// Whether it takes packets from another policy.
fn wins(block: &KernelPolicy, other: &KernelPolicy) -> bool {
    let (a, b) = (&block.id, &other.id);
    let overlap = a.selector.covers(&b.selector) || b.selector.covers(&a.selector);
    a.direction == b.direction && a.if_id == b.if_id && block.priority <= other.priority && overlap
}
