//! What is known of a refusal or of an SA in software, for the table of reasons.

use super::claims::Connection;
use super::offload_attempts::Attempt;
use super::sad::Sa;
use super::slab::Slot;
use crate::model::{Boottime, Direction, Link, OffloadMode, Protocol};
use crate::reasons::Device;

/// What is known of a refusal, from whom ever.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownRefusal<'a> {
    /// Whose it is, where the daemon's line is all that tells of it.
    pub connection: Option<Slot<Connection>>,
    /// errno(3), where somebody told it.
    pub errno: Option<u32>,
    /// The kernel's words, where the daemon quotes them or the kernel said them to the daemon.
    pub words: Option<&'a str>,
    /// What the kernel told of it itself.
    pub tried: Option<&'a Attempt>,
    /// The SA in the kernel, where it was taken in software.
    pub sa: Option<&'a Sa>,
    /// It was migrated since it was added.
    pub migrated: bool,
    /// It stands, and was to move.
    pub moves: bool,
    /// The protocol alone, where that is all.
    pub protocol: Option<Protocol>,
    /// What was asked for.
    pub wanted: Option<OffloadMode>,
    pub direction: Option<Direction>,
    /// When it was seen.
    pub at: Boottime,
}

/// What is known of an interface, for the table of reasons.
pub fn device(link: &Link) -> Device<'_> {
    Device {
        name: &link.name,
        driver: link.driver.as_deref(),
        kind: link.kind.as_deref(),
        esp_hw_offload: link.esp_hw_offload,
    }
}
