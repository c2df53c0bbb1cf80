//! What every kind of remedy answers to.

use std::fmt;

use super::{Course, Over, Plan, Progress, Ready, Run, Scene};
use crate::model::{Finding, RemedyKind, RemedyTarget};

/// One kind of remedy: on what, whether its time is right, its steps, and how it is seen that it helped.
pub(super) trait RemedyRule: fmt::Debug + Sync {
    fn kind(&self) -> RemedyKind;

    /// On what it would work for this finding.
    fn targets(&self, at: Scene<'_>, finding: &Finding) -> Vec<RemedyTarget>;

    /// Why it is not needed any more.
    fn not_needed(&self, at: Scene<'_>, run: &Run) -> Option<Over>;

    /// Whether the time is right.
    fn ready(&self, at: Scene<'_>, run: &Run) -> Ready;

    fn plan(&self, at: Scene<'_>, run: &Run) -> Plan;

    /// Whether it helped. It may ask for what shows that.
    fn seen(&self, course: &mut Course<'_>, run: &Run) -> Progress;
}
