//! What a remedy works on: which tunnel that is, how the daemon calls it, and what gives it a new pair.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::model::{RemedyTarget, Serial, Step};

impl Facts {
    /// As people and remedies name a tunnel.
    pub(in crate::engine) fn target_of(&self, tunnel: Slot<Tunnel>) -> Option<RemedyTarget> {
        let connection = self.claims.tunnel_at(tunnel)?.connection;
        let connection = self.names.text(self.claims.connection_at(connection)?.name).to_owned();
        Some(RemedyTarget::Tunnel { connection, instance: self.instance_text(tunnel) })
    }

    pub(in crate::engine) fn connection_named(&self, name: &str) -> Option<Slot<Connection>> {
        self.claims.find_connection(self.names.find(name)?)
    }

    /// The tunnel that is meant, where the daemon still has it.
    pub(in crate::engine) fn tunnel_of(&self, target: &RemedyTarget) -> Option<Slot<Tunnel>> {
        let RemedyTarget::Tunnel { connection, instance } = target else { return None };
        let connection = self.connection_named(connection)?;
        let instance = match instance {
            Some(instance) => Some(self.names.find(instance)?),
            None => None,
        };
        self.claims.find_tunnel(connection, instance)
    }

    pub(in crate::engine) fn newest_of(&self, target: &RemedyTarget) -> Option<&Child> {
        self.claims.newest_child(self.tunnel_of(target)?)
    }

    pub(in crate::engine) fn newest_serial(&self, target: &RemedyTarget) -> Option<Serial> {
        self.newest_of(target).map(|child| child.serial)
    }

    pub(in crate::engine) fn newest_of_stands(&self, target: &RemedyTarget) -> bool {
        self.newest_of(target).is_some_and(Child::stands)
    }

    pub(in crate::engine) fn rekey_step(&self, target: &RemedyTarget, child: Option<&Child>) -> Step {
        let (dialect, connection) = (self.life.dialect(), self.daemon_name(target));
        match child {
            None => Step::Initiate { connection },
            Some(child) => {
                let by_state = matches!(target, RemedyTarget::Tunnel { connection, instance }
                    if dialect.is_rekeyed_by_state(connection, instance.as_deref(), self.life.behaviour.version.as_deref()));
                Step::Rekey { connection, state: by_state.then_some(child.serial) }
            }
        }
    }

    /// What gives it a new pair.
    pub(in crate::engine) fn pair_command(&self, target: &RemedyTarget) -> String {
        match self.rekey_step(target, self.newest_of(target)) {
            Step::Rekey { connection, state } => {
                self.rekey_command_for(&state.map_or(connection, |state| state.0.to_string()))
            }
            _ => self.initiate_command(&self.daemon_name(target)),
        }
    }

    /// As the daemon knows it.
    pub(in crate::engine) fn daemon_name(&self, target: &RemedyTarget) -> String {
        match target {
            RemedyTarget::Tunnel { connection, instance } => {
                self.life.dialect().name_for_commands(connection, instance.as_deref())
            }
            RemedyTarget::Daemon | RemedyTarget::Host | RemedyTarget::Device { .. } => String::new(),
        }
    }
}
