//! What is known: every table, and when each is looked at again.

use std::collections::BTreeMap;

use super::asks::Asks;
use super::claims::Claims;
use super::daemon::Life;
use super::join::Losses;
use super::links::Links;
use super::names::Names;
use super::refusals::Tries;
use super::resync::Resync;
use super::routes::Routes;
use super::sad::Sad;
use super::shapes::Shapes;
use super::spd::Spd;
use super::standing::Standing;
use super::story::Story;
use super::timers::Timers;
use super::traffic::Traffic;
use crate::model::{Boottime, Coverage, RealTime, Source, Started};

/// Every table.
#[derive(Debug, Default)]
pub struct Facts {
    pub now: Boottime,
    pub wall: RealTime,
    pub seq: u64,
    pub started: Started,
    pub names: Names,
    pub shapes: Shapes,
    pub sad: Sad,
    pub tries: Tries,
    pub spd: Spd,
    pub links: Links,
    pub routes: Routes,
    pub claims: Claims,
    pub losses: Losses,
    pub standing: Standing,
    pub life: Life,
    pub asks: Asks,
    pub resync: Resync,
    pub timers: Timers,
    pub traffic: Traffic,
    pub story: Story,
    pub coverage: BTreeMap<Source, Coverage>,
    pub joined: bool,
    /// With so many names and reqids what is over is forgotten.
    pub forgets_at: usize,
}
