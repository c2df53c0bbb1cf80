//! libreswan's pluto, 4.x and 5.x.

mod advice;
mod behaviour;
mod compared;
mod configuration;
mod connections;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod instances;
mod log;
mod notes;
mod places;
mod proposals;
#[cfg(test)]
mod releases;
mod tables;
mod unlike;
mod version;
mod whack;

use super::{Dialect, Talk};
use crate::model::DaemonKind;

#[derive(Clone, Copy, Debug)]
pub(super) struct Libreswan;

impl Dialect for Libreswan {
    fn kind(&self) -> DaemonKind {
        DaemonKind::Libreswan
    }

    fn usual_log(&self) -> &'static str {
        "/var/log/pluto.log"
    }

    fn blocks_clear_text(&self) -> &'static str {
        "failureshunt=drop, negotiationshunt=hold"
    }

    fn talk(&self) -> Talk {
        Talk::Program(&Self)
    }
}
