//! Pairs that stand side by side in one tunnel.

use super::claims::Child;
use super::slab::Slot;
use crate::model::Boottime;

/// Two pairs of one tunnel, and when no rekey explains them any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SideBySide {
    pub older: Slot<Child>,
    pub newer: Slot<Child>,
    pub unexplained_at: Boottime,
}
