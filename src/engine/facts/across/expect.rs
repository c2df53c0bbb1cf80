//! What an SA should have: what the daemon was told, or what the configuration demands instead.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::expect::Expected;
use crate::engine::facts::slab::Slot;
use crate::model::{OffloadMode, OffloadSetting, OffloadWish};

impl Facts {
    /// What an SA of this connection should have, and whether its absence is critical.
    pub(in crate::engine) fn expected(&self, slot: Slot<Connection>) -> (Expected, bool) {
        let Some(connection) = self.claims.connection_at(slot) else { return (Expected::Unknown, false) };
        let name = self.names.text(connection.name);
        let settings = &self.started.settings;
        let rule = self.rules.of(name);
        let wish = rule.map_or(settings.offload, |rule| rule.offload);
        let mode = rule.and_then(|rule| rule.mode);
        let demanded = match mode {
            Some(OffloadMode::Packet) => Expected::Packet,
            Some(OffloadMode::Crypto) => Expected::Crypto,
            None => Expected::Any,
        };
        match wish {
            OffloadWish::Off => (Expected::Nothing, false),
            OffloadWish::Required => (demanded, true),
            OffloadWish::Preferred => (demanded, false),
            OffloadWish::Auto => (self.told(connection), false),
        }
    }

    /// Its configuration says that nothing comes back through it.
    pub(in crate::engine) fn is_one_way(&self, connection: &Connection) -> bool {
        self.rules.is_one_way(self.names.text(connection.name))
    }

    fn told(&self, connection: &Connection) -> Expected {
        let Some(loaded) = &connection.loaded else { return Expected::Unknown };
        match loaded.offload.or(self.life.behaviour.default_offload) {
            Some(OffloadSetting::No) => Expected::Nothing,
            Some(OffloadSetting::Crypto) => Expected::Crypto,
            Some(OffloadSetting::Packet) => Expected::Packet,
            Some(OffloadSetting::Auto) => self.automatic(connection),
            None => Expected::Unknown,
        }
    }

    /// `auto` looks at the interface that holds the IKE address.
    fn automatic(&self, connection: &Connection) -> Expected {
        let Some(loaded) = &connection.loaded else { return Expected::Unknown };
        match self.links.of_connection(loaded).map(|link| link.esp_hw_offload) {
            Some(Some(true)) => match self.life.behaviour.auto_mode {
                Some(OffloadMode::Crypto) => Expected::Crypto,
                Some(OffloadMode::Packet) => Expected::Packet,
                None => Expected::Any,
            },
            Some(_) => Expected::Nothing,
            None => Expected::Unknown,
        }
    }
}
