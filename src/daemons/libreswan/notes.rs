//! What will hurt later, or hides what swanwatch would need to see.

use super::Libreswan;
use super::unlike;
use super::version::major;
use crate::daemons::note::{and_more, note};
use crate::daemons::{Loaded, Notes};
use crate::model::{Note, OffloadSetting};

impl Notes for Libreswan {
    fn notes(&self, loaded: &Loaded<'_>) -> Vec<Note> {
        let notes = [
            auto_breaks(loaded),
            packet_with_tunnels(loaded),
            addresses_hidden(loaded),
            keys_logged(loaded),
            refusal_kills(loaded),
        ];
        notes.into_iter().flatten().chain(unlike::notes(loaded)).collect()
    }
}

/// libreswan 5 knows `no`, `crypto` and `packet` alone.
fn auto_breaks(known: &Loaded<'_>) -> Option<Note> {
    let old = major(known.version).is_some_and(|major| major < 5);
    let auto = known.connections_with(|loaded| loaded.offload == Some(OffloadSetting::Auto));
    (old && !auto.is_empty()).then(|| {
        note(
            "nic-offload-auto",
            format!("{} nic-offload=auto, which libreswan 5 refuses", have(&auto)),
            "before an upgrade write nic-offload=crypto for the connections that should use the NIC, else nic-offload=no",
        )
    })
}

/// libreswan 5 refuses to load it (extract.c: restricted to type=transport).
fn packet_with_tunnels(known: &Loaded<'_>) -> Option<Note> {
    let tunnels = known
        .connections_with(|loaded| loaded.offload == Some(OffloadSetting::Packet) && loaded.child.tunnel == Some(true));
    (!tunnels.is_empty()).then(|| {
        note(
            "packet-offload-tunnel",
            format!("{} nic-offload=packet and tunnel mode, which libreswan refuses", have(&tunnels)),
            "write type=transport, or nic-offload=crypto",
        )
    })
}

/// Without addresses 5.x leaves the SPI out of its error lines, and nothing can be joined with them.
fn addresses_hidden(known: &Loaded<'_>) -> Option<Note> {
    let hidden = known.daemon.is_some_and(|daemon| daemon.log_addresses == Some(false));
    hidden.then(|| {
        note(
            "logip-no",
            "refusals cannot be matched to SAs: logip=no hides addresses in the daemon's log, and libreswan 5 hides SPIs with them".to_owned(),
            "write logip=yes in 'config setup'",
        )
    })
}

/// `private` prints keys; nobody should have to search a log for them afterwards.
fn keys_logged(known: &Loaded<'_>) -> Option<Note> {
    let daemon = known.daemon?;
    daemon.debug.iter().any(|word| word == "private").then(|| {
        note(
            "plutodebug-private",
            format!("plutodebug=private writes keys to {}", daemon.log),
            "take it out of plutodebug=, restart or run 'ipsec whack --debug none', and treat the log as a secret",
        )
    })
}

/// 4.x gives up the whole IKE SA when the kernel refuses one SA (kernel.c, `install_ipsec_sa`; a fatal error of the exchange).
fn refusal_kills(known: &Loaded<'_>) -> Option<Note> {
    let old = major(known.version).is_some_and(|major| major < 5);
    let forced = known.connections_with(|loaded| loaded.offload == Some(OffloadSetting::Crypto));
    (old && !forced.is_empty()).then(|| {
        let version = known.version.unwrap_or("4");
        note(
            "refusal-kills-ike-sa",
            format!("{} nic-offload=yes: libreswan {version} gives up the whole IKE SA, with every tunnel on it, when the NIC refuses one SA", have(&forced)),
            "check with 'swanwatch probe --connections' that the NIC takes them all; nic-offload=auto goes on in software instead",
        )
    })
}

fn have(names: &[&str]) -> String {
    format!("{} {}", and_more(names), if names.len() == 1 { "has" } else { "have" })
}
