//! Advice that needs no fault: what will hurt later, or hides what swanwatch would need to see. Shown in `status`, never alerted.

use super::Facts;
use crate::model::{LoadedConnection, Note, OffloadSetting};

/// Connections named in a note; more are counted.
const NAMED: usize = 3;

impl Facts {
    /// Everything to be noted now.
    pub(in crate::engine) fn notes(&self) -> Vec<Note> {
        let notes = [
            self.auto_breaks(),
            self.packet_with_tunnels(),
            self.addresses_hidden(),
            self.keys_logged(),
            self.refusal_kills(),
        ];
        notes.into_iter().flatten().collect()
    }

    /// libreswan 5 knows `no`, `crypto` and `packet` alone.
    fn auto_breaks(&self) -> Option<Note> {
        let old = self.life.major_version().is_some_and(|major| major < 5);
        let auto = self.connections_with(|loaded| loaded.offload == Some(OffloadSetting::Auto));
        (old && !auto.is_empty()).then(|| {
            note(
                "nic-offload-auto",
                format!("{} nic-offload=auto, which libreswan 5 refuses", have(&auto)),
                "before an upgrade write nic-offload=crypto where the NIC is meant, else nic-offload=no or nothing",
            )
        })
    }

    /// libreswan 5 refuses to load it (extract.c: restricted to type=transport).
    fn packet_with_tunnels(&self) -> Option<Note> {
        let tunnels = self.connections_with(|loaded| {
            loaded.offload == Some(OffloadSetting::Packet) && loaded.child.tunnel == Some(true)
        });
        (!tunnels.is_empty()).then(|| {
            note(
                "packet-offload-tunnel",
                format!("{} nic-offload=packet and tunnel mode, which libreswan refuses", have(&tunnels)),
                "write type=transport, or nic-offload=crypto",
            )
        })
    }

    /// Without addresses 5.x leaves the SPI out of its error lines, and nothing can be joined with them.
    fn addresses_hidden(&self) -> Option<Note> {
        let hidden = self.life.daemon.as_ref().is_some_and(|daemon| daemon.log_addresses == Some(false));
        hidden.then(|| {
            note(
                "logip-no",
                "logip=no hides addresses in the daemon's log, and libreswan 5 hides SPIs with them: refusals cannot be told apart".to_owned(),
                "write logip=yes in «config setup»",
            )
        })
    }

    /// `private` prints keys; nobody should have to search a log for them afterwards.
    fn keys_logged(&self) -> Option<Note> {
        let daemon = self.life.daemon.as_ref()?;
        daemon.debug.iter().any(|word| word == "private").then(|| {
            note(
                "plutodebug-private",
                format!("plutodebug=private writes keys to {}", daemon.log),
                "take it out of plutodebug=, restart or «ipsec whack --debug none», and treat the log as a secret",
            )
        })
    }

    /// 4.x gives up the whole IKE SA when the kernel refuses one SA (kernel.c, `install_ipsec_sa`; a fatal error of the exchange).
    fn refusal_kills(&self) -> Option<Note> {
        let old = self.life.major_version().is_some_and(|major| major < 5);
        let forced = self.connections_with(|loaded| loaded.offload == Some(OffloadSetting::Crypto));
        (old && !forced.is_empty()).then(|| {
            let version = self.life.version.as_deref().unwrap_or("4");
            note(
                "refusal-kills-ike-sa",
                format!("{} nic-offload=yes: libreswan {version} gives up the whole IKE SA, with every tunnel on it, when the NIC refuses one SA", have(&forced)),
                "see with «swanwatch probe --connections» that the NIC takes them all; nic-offload=auto goes on in software instead",
            )
        })
    }

    fn connections_with(&self, wanted: impl Fn(&LoadedConnection) -> bool) -> Vec<&str> {
        let loaded =
            |connection: &super::claims::Connection| connection.loaded.as_ref().is_some_and(|loaded| wanted(loaded));
        let names = self.claims.connections().filter(|(_, connection)| loaded(connection));
        let mut names: Vec<_> = names.map(|(_, connection)| self.names.text(connection.name)).collect();
        names.sort_unstable();
        names
    }
}

fn note(name: &str, summary: String, advice: &str) -> Note {
    Note { name: name.to_owned(), summary, advice: advice.to_owned() }
}

fn have(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "has" } else { "have" };
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!("{first} and {more} more connections {verb}"),
        _ => format!("{first} {verb}"),
    }
}
