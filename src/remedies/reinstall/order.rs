//! What is to be done with one SA.

use crate::model::{Direction, Offload, SaId};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReinstallOrder {
    pub sa: SaId,
    /// Which way its packets go.
    pub direction: Direction,
    /// With this offload; none for software.
    pub offload: Option<Offload>,
}
