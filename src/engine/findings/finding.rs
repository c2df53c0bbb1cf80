//! What every finding answers to.

use std::collections::BTreeSet;
use std::fmt;

use super::{Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::Code;

/// The rule of one code, or of two that are told apart by it.
pub trait FindingRule: fmt::Debug + Send {
    /// What it is about, for its timers and its pages.
    fn codes(&self) -> &'static [Code];

    /// What the runbook says of them.
    fn pages(&self) -> &'static [Page];

    /// Something happened; the tables show already what became of it.
    fn hear(&mut self, _happened: &Happened, _facts: &Facts, _say: &mut Say<'_>) {}

    /// A time has come that it set. Unlike a look this does not wait for the first join: it may have spoken before.
    fn wake(&mut self, _facts: &Facts, _say: &mut Say<'_>) {}

    /// Judges what a step touched. Looking twice does no harm: it goes by what is true now.
    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>);

    /// Tunnels of a connection of which it speaks under this code, and which a new pair may set right.
    fn tunnels(&self, _code: Code, _connection: Slot<Connection>) -> BTreeSet<Slot<Tunnel>> {
        BTreeSet::new()
    }

    /// Connections of which it has not decided yet, or will have to say more: they are not forgotten.
    fn undecided(&self) -> Vec<Slot<Connection>> {
        Vec::new()
    }
}
