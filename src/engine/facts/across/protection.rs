//! Policies that protect what leaves go: whether it was an order, the log tells.

use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::protection::{LostProtection, protects};
use crate::model::{Effect, KernelPolicy, Question, Reason};

impl Facts {
    /// Before the first join nobody asks for the log.
    pub(super) fn protection_lost(
        &mut self,
        went: impl Iterator<Item = KernelPolicy>,
        reason: Reason,
        out: &mut Vec<Effect>,
    ) {
        if !self.joined {
            return;
        }
        let policies: Vec<_> = went.filter(protects).collect();
        if !policies.is_empty() {
            let after = self.catch_up(out);
            if self.log_proves_nothing() {
                // Whether it was an order its connections alone tell.
                self.want_daemon(Question::Connections);
            }
            self.happens(Happened::ProtectionLost(LostProtection { policies, reason, after }));
        }
    }
}
