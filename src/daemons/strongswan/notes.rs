//! What will hurt later, or hides what swanwatch would need to see.

use super::Strongswan;
use super::connections::{OF_IKE, offload};
use super::unlike;
use super::version::is_from;
use crate::daemons::note::{and_more, note};
use crate::daemons::{Loaded, Notes};
use crate::model::{ConfiguredConnection, Note, Setting};

/// Before this version netlink messages, with the keys in them, are written at `knl = 3`, from it on at 4 (kernel_netlink_shared.c); and there is
/// no packet offload.
const OF_5_9_10: (u32, u32, u32) = (5, 9, 10);

impl Notes for Strongswan {
    fn notes(&self, loaded: &Loaded<'_>) -> Vec<Note> {
        let notes = [keys_logged(loaded), encrypts_itself(loaded), discarded(loaded), never_unique(loaded)];
        notes.into_iter().flatten().chain(unlike::notes(loaded)).collect()
    }
}

/// Nobody should have to search a log for keys afterwards.
fn keys_logged(known: &Loaded<'_>) -> Option<Note> {
    let daemon = known.daemon?;
    let from = if is_from(known.version, OF_5_9_10) == Some(true) { 4 } else { 3 };
    // `knl` counts where it is set, else `default`.
    let level = |group: &str| {
        let levels = daemon.debug.iter().filter_map(|word| word.split_once('=')).filter(|(name, _)| *name == group);
        levels.filter_map(|(_, level)| level.parse::<i32>().ok()).max()
    };
    let (group, level) = match level("knl") {
        Some(level) => ("knl", level),
        None => ("default", level("default")?),
    };
    (level >= from).then(|| {
        note(
            "log-level-keys",
            format!("{group} = {level} in strongswan.conf writes the keys of SAs to the daemon's log"),
            "write knl = 2 there, restart or run 'swanctl --reload-settings', and treat the log as a secret",
        )
    })
}

/// Whoever wants the NIC to encrypt has the kernel do it first.
fn encrypts_itself(known: &Loaded<'_>) -> Option<Note> {
    known.encrypts_itself.then(|| {
        note(
            "kernel-libipsec",
            "the daemon encrypts in its own process, by its plugin kernel-libipsec: neither the kernel nor a NIC has its SAs, what happens to \
             them is not watched, and its tunnels count as down"
                .to_owned(),
            "write load = no for kernel-libipsec in strongswan.d/charon/kernel-libipsec.conf and restart it, where the kernel is to encrypt",
        )
    })
}

/// charon before 5.9.10 knows `yes`, `no` and `auto` alone (vici_config.c, `parse_hw_offload`).
fn discarded(known: &Loaded<'_>) -> Option<Note> {
    known.version?;
    let unknown = |one: &&ConfiguredConnection| match one.value("hw_offload") {
        Setting::Is(word) => one.certain && offload(word, known.version).is_none(),
        Setting::Default | Setting::Unknown => false,
    };
    let names = names(known, unknown);
    let version = known.version.unwrap_or_default();
    let words = if is_from(known.version, OF_5_9_10) == Some(true) {
        "no, yes, crypto, packet and auto"
    } else {
        "no, yes and auto"
    };
    (!names.is_empty()).then(|| {
        note(
            "hw-offload-refused",
            format!(
                "{} an hw_offload that strongSwan {version} does not know: it discards the whole connection, with every child, when it is loaded",
                have(&names)
            ),
            &format!("write one of {words}, then 'swanctl --load-conns'"),
        )
    })
}

/// `unique = never` ignores INITIAL_CONTACT, too (swanctl.conf(5)).
fn never_unique(known: &Loaded<'_>) -> Option<Note> {
    let setting = format!("{OF_IKE}unique");
    let names = names(known, |one| one.certain && one.value(&setting) == Setting::Is("never"));
    (!names.is_empty()).then(|| {
        note(
            "unique-never",
            format!(
                "{} unique = never: where a peer comes anew, as after its crash, what it had before stays until liveness checks or lifetimes end it",
                have(&names)
            ),
            "write unique = replace, where a peer has one IKE SA at a time",
        )
    })
}

fn names<'a>(known: &Loaded<'a>, wanted: impl Fn(&&'a ConfiguredConnection) -> bool) -> Vec<&'a str> {
    known.written.iter().filter(wanted).map(|one| one.connection.as_str()).collect()
}

fn have(names: &[&str]) -> String {
    format!("{} {}", and_more(names), if names.len() == 1 { "has" } else { "have" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemons::dialect;
    use crate::model::{Daemon, DaemonKind, KnownBy, RealTime};

    fn written(text: &str) -> Vec<ConfiguredConnection> {
        let mut reader = dialect(DaemonKind::Strongswan).connections_reader();
        for line in text.split_inclusive('\n') {
            assert_eq!(reader.line(line), None);
        }
        reader.connections().unwrap()
    }

    fn notes(daemon: Option<&Daemon>, version: &str, text: &str) -> Vec<(String, String, String)> {
        let written = written(text);
        let loaded = Loaded {
            daemon,
            encrypts_itself: false,
            version: Some(version),
            connections: Vec::new(),
            file: "/etc/swanctl/swanctl.conf",
            written: &written,
            unlike: Vec::new(),
            homeless: Vec::new(),
        };
        Strongswan.notes(&loaded).into_iter().map(|note| (note.name, note.summary, note.advice)).collect()
    }

    #[test]
    fn a_word_that_costs_the_connection_is_noted_with_the_version_that_does_not_know_it() {
        let text = "connections { gw { children { a { hw_offload = packet } b { hw_offload = auto } c { hw_offload = on } } } }";
        let [(name, summary, advice)] = &notes(None, "5.9.8", text)[..] else { panic!() };
        assert_eq!(
            (name.as_str(), advice.as_str()),
            ("hw-offload-refused", "write one of no, yes and auto, then 'swanctl --load-conns'")
        );
        assert!(summary.starts_with("gw/a, gw/c have an hw_offload that strongSwan 5.9.8 does not know"), "{summary}");
        let [(_, summary, _)] = &notes(None, "6.0.1", text)[..] else { panic!() };
        assert!(summary.starts_with("gw/c has an hw_offload that strongSwan 6.0.1"), "{summary}");
    }

    #[test]
    fn a_level_that_writes_keys_is_noted() {
        for (words, version, noted) in [
            (&["knl=3"][..], "5.9.8", true),
            (&["knl=3"], "6.0.1", false),
            (&["knl=4"], "6.0.1", true),
            (&["default=4"], "6.0.1", true),
            (&["default=4", "knl=2"], "6.0.1", false),
            (&["cfg=4", "knl=2"], "5.9.8", false),
            (&[], "5.9.8", false),
        ] {
            let daemon = Daemon { debug: words.iter().map(|word| (*word).to_owned()).collect(), ..daemon() };
            let found = notes(Some(&daemon), version, "");
            assert_eq!(found.iter().any(|(name, ..)| name == "log-level-keys"), noted, "{words:?} {version}");
        }
    }

    #[test]
    fn a_peer_whose_old_sas_stay_is_noted() {
        let text =
            "connections { gw { unique = never\n children { a { } } } hub { unique = keep\n children { a { } } } }";
        let found = notes(None, "6.0.1", text);
        assert!(found.len() == 1 && found[0].1.starts_with("gw/a has unique = never"), "{found:?}");
    }

    #[test]
    fn what_is_loaded_otherwise_is_noted_with_what_loads_it() {
        use crate::daemons::{Difference, Unlike, Unlikeness};
        use crate::model::AtStart;
        let setting = |value: &str| format!("mode = {value}");
        let how = Unlike::Otherwise(vec![Difference {
            setting: "mode",
            loaded: setting("tunnel"),
            written: setting("transport"),
        }]);
        let not = Unlike::NotLoaded { lacks: None };
        let one = |connection, how| Unlikeness { connection, start: AtStart::Loads, how };
        let loaded = Loaded {
            daemon: None,
            encrypts_itself: false,
            version: Some("6.0.1"),
            connections: Vec::new(),
            file: "/etc/swanctl/swanctl.conf",
            written: &[],
            unlike: vec![one("gw/a", &how), one("gw/b", &how), one("gw/c", &not)],
            homeless: Vec::new(),
        };
        let found = Strongswan.notes(&loaded);
        let names: Vec<_> = found.iter().map(|note| note.name.as_str()).collect();
        assert_eq!(names, ["configuration-changed", "configuration-not-loaded"]);
        assert_eq!(
            found[0].summary,
            "gw/a, gw/b are loaded with mode = tunnel, and /etc/swanctl/swanctl.conf now says mode = transport"
        );
        assert!(found.iter().all(|note| note.advice.contains("'swanctl --load-conns'")), "{found:?}");
    }

    fn daemon() -> Daemon {
        Daemon {
            kind: DaemonKind::Strongswan,
            known: KnownBy::Socket { listener: 1 },
            since: RealTime::default(),
            version: None,
            unit: None,
            log: "journal".to_owned(),
            socket: String::new(),
            log_addresses: None,
            debug: Vec::new(),
        }
    }
}
