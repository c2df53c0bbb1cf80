//! SAs that a remedy takes out of the kernel and puts back: what the kernel tells of them meanwhile is our own work.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Boottime, SaId};

/// What the kernel and its drivers tell about a step may be read so long after it has ended.
pub const ECHO: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
pub(super) struct ReinstallUnderWay {
    pub(super) since: Boottime,
    /// The step is under way.
    pub(super) acting: bool,
}

#[derive(Debug, Default)]
pub struct Reinstalls {
    pub(super) by_sa: BTreeMap<SaId, ReinstallUnderWay>,
}
