//! What a person types to have the daemon do what a remedy would have it do: the same command, on the version that runs.

use super::facts::Facts;
use super::facts::claims::Tunnel;
use super::facts::slab::Slot;

/// A new pair for one that stands. `name` is the connection's, or a state's number.
pub fn rekey(name: &str, major: Option<u32>) -> String {
    match major {
        Some(major) if major >= 5 => format!("ipsec whack --rekey-child --name {name} --asynchronous"),
        Some(_) => format!("ipsec whack --rekey-ipsec --name {name} --asynchronous"),
        None => format!("ipsec whack --rekey-ipsec --name {name} --asynchronous (libreswan 5: --rekey-child)"),
    }
}

/// A pair where there is none.
pub fn initiate(name: &str) -> String {
    format!("ipsec whack --initiate --name {name} --asynchronous")
}

impl Facts {
    /// What rekeys this tunnel.
    pub(super) fn rekey_command(&self, tunnel: Slot<Tunnel>) -> String {
        match self.target_of(tunnel) {
            Some(target) => self.pair_command(&target),
            None => self.rekey_command_for("CONNECTION"),
        }
    }

    /// What rekeys whatever has this name.
    pub(super) fn rekey_command_for(&self, name: &str) -> String {
        rekey(name, self.life.major_version())
    }
}
