//! strongSwan's charon, 5.9 and 6.x: as charon-systemd, as charon under its starter, and by itself.

mod advice;
mod behaviour;
mod compared;
mod complete;
mod configuration;
mod connections;
mod instances;
mod log;
mod logs;
mod notes;
mod places;
mod proposals;
mod sections;
mod settings;
mod version;

use super::{Dialect, Talk};
use crate::model::DaemonKind;

#[derive(Clone, Copy, Debug)]
pub(super) struct Strongswan;

impl Dialect for Strongswan {
    fn kind(&self) -> DaemonKind {
        DaemonKind::Strongswan
    }

    fn talk(&self) -> Talk {
        Talk::Vici
    }
}
