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
        let rule = settings.connections.iter().find(|rule| glob(&rule.pattern, name));
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

/// Whether a name matches a pattern of `*` and `?`.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => {
                // Give the last star one more character.
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                n = taken + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, name) in
            [("*", ""), ("branch-*", "branch-7"), ("*-east", "a-b-east"), ("t?", "t1"), ("a*b*c", "a-b-b-c")]
        {
            assert!(glob(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("", "a"), ("branch-*", "Branch-7"), ("t?", "t12"), ("a*b", "a-b-c")] {
            assert!(!glob(pattern, name), "{pattern} {name}");
        }
    }
}
