//! libreswan's pluto, 4.x and 5.x.

mod configuration;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod log;
mod places;
mod proposals;
mod tables;
mod version;
mod whack;

use super::{Dialect, Talk};

/// libreswan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Libreswan;

impl Dialect for Libreswan {
    fn talk(&self) -> Talk {
        Talk::Program(&Self)
    }
}
