//! Policies that keep what leaves from leaving in clear, and the loss of one, which may have been an order.

use crate::model::{Action, AskId, KernelPolicy, PolicyDirection, PolicyId, Protocol, Reason};

/// Policies that protected what leaves, and went.
#[derive(Clone, Debug)]
pub struct LostProtection {
    pub policies: Vec<KernelPolicy>,
    /// Deleted alone, or flushed.
    pub reason: Reason,
    /// The question about the log that stands behind every line written until then: it may have been an order.
    pub after: AskId,
}

/// It sends what leaves into an SA.
pub(super) fn protects(policy: &KernelPolicy) -> bool {
    policy.id.direction == PolicyDirection::Out
        && policy.action == Action::Allow
        && policy.template.is_some_and(|template| matches!(template.protocol, Protocol::Esp | Protocol::Ah))
}

/// Nothing that it means leaves in clear.
pub fn closes(policy: &KernelPolicy) -> bool {
    protects(policy) || (policy.id.direction == PolicyDirection::Out && policy.action == Action::Block)
}

/// Nothing that the other means leaves in clear.
pub fn covers(policy: &KernelPolicy, other: &PolicyId) -> bool {
    let id = &policy.id;
    closes(policy) && id.mark == other.mark && id.if_id == other.if_id && id.selector.covers(&other.selector)
}
