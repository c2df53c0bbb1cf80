//! strongSwan's charon, 5.9 and 6.x: as charon-systemd, as charon under its starter, and by itself.

mod advice;
mod behaviour;
mod compared;
mod complete;
mod configuration;
mod connections;
pub mod control;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod instances;
mod log;
mod logs;
mod notes;
mod orders;
mod places;
mod proposals;
mod sections;
mod settings;
mod tables;
mod told;
mod unlike;
mod version;
mod vici;

use super::{Dialect, Talk};
use crate::model::DaemonKind;

#[derive(Clone, Copy, Debug)]
pub(super) struct Strongswan;

impl Dialect for Strongswan {
    fn kind(&self) -> DaemonKind {
        DaemonKind::Strongswan
    }

    fn usual_log(&self) -> &'static str {
        "/var/log/charon.log"
    }

    fn blocks_clear_text(&self) -> &'static str {
        "a child with the same selectors, mode = drop and start_action = trap"
    }

    fn talk(&self) -> Talk {
        Talk::Vici
    }
}
