//! What a person types to have the daemon do what a remedy would have it do: the same command, on the version that runs.

use crate::daemons::Advice;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::slab::Slot;

impl Facts {
    /// What rekeys this tunnel.
    pub(in crate::engine) fn rekey_command(&self, tunnel: Slot<Tunnel>) -> String {
        match self.target_of(tunnel) {
            Some(target) => self.pair_command(&target),
            None => self.rekey_command_for("CONNECTION"),
        }
    }

    /// What rekeys whatever has this name.
    pub(in crate::engine) fn rekey_command_for(&self, name: &str) -> String {
        self.life.behaviour.advice(Advice::Rekey(name))
    }

    /// What brings up whatever has this name.
    pub(in crate::engine) fn initiate_command(&self, name: &str) -> String {
        self.life.behaviour.advice(Advice::Initiate(name))
    }
}
