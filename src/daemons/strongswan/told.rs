//! What charon tells by itself: the events of its control socket, in the words of its log. They come within milliseconds of the log's lines and carry
//! what these leave out.

use super::tables::{ChildSa, IkeSa, KnownSas, ike_sas};
use super::version::is_from;
use super::vici::MalformedMessage;
use crate::model::{LogLine, LogSeverity, Speaker, Statement};
use crate::text::presentable;

/// Those that every version has.
const EVENTS: [&str; 4] = ["child-updown", "child-rekey", "ike-updown", "ike-rekey"];

/// What is to be registered for. To be asked for one that it does not have, charon writes into its log.
pub fn events(version: Option<&str>) -> impl Iterator<Item = &'static str> {
    let alerts = is_from(version, (6, 0, 3)) == Some(true);
    let updates = is_from(version, (5, 9, 2)) != Some(false);
    EVENTS.into_iter().chain(updates.then_some("ike-update")).chain(alerts.then_some("alert"))
}

/// What an event says. `known` learns of it.
///
/// # Errors
/// It is no message.
pub fn told(event: &str, message: &[u8], known: &mut KnownSas) -> Result<Vec<LogLine>, MalformedMessage> {
    let (mut up, mut kind) = (false, None);
    let (sas, _) = ike_sas(message, |key, value| match key {
        b"up" => up = value == b"yes",
        b"type" => kind = Some(String::from_utf8_lossy(value).into_owned()),
        _ => {}
    })?;
    let mut lines = Vec::new();
    match (event, &sas[..]) {
        ("ike-rekey", [old, new]) => {
            known.ike_is_replaced(old, new);
            let text = format!("IKE SA {} stands in place of {}", new.label(), old.label());
            lines.push(of_ike(known, new, Statement::IkeRekeyed { replaces: Some(old.serial) }, &text));
        }
        ("ike-updown", [ike]) if up => {
            known.ike_is_up(ike);
            lines.push(of_ike(
                known,
                ike,
                Statement::IkeEstablished,
                &format!("IKE SA {} is established", ike.label()),
            ));
        }
        ("ike-updown", [ike]) => {
            known.ike_is_gone(ike);
            let says = Statement::Deleting { is_ike: true, established: true };
            lines.push(of_ike(known, ike, says, &format!("IKE SA {} is down", ike.label())));
        }
        // Its addresses are others now, and so are those of its Child SAs: its table tells.
        ("ike-update", [ike]) => lines.push(missing(&format!("addresses of IKE SA {} have changed", ike.label()))),
        ("child-updown", [ike]) => {
            for child in &ike.children {
                lines.extend(if up { came(known, ike, child, None) } else { went(known, ike, child, "is down") });
            }
        }
        ("child-rekey", [ike]) => {
            let old = ike.children.iter().find(|child| child.is_old);
            for new in ike.children.iter().filter(|child| !child.is_old) {
                lines.extend(came(known, ike, new, old));
            }
            // IKEv1's peers may send with it until it ends.
            if let Some(old) = old.filter(|_| !ike.ikev1) {
                lines.extend(went(known, ike, old, "is replaced"));
            }
        }
        ("alert", [ike, ..]) => {
            let text = format!("alert of IKE SA {}: {}", ike.label(), kind.as_deref().unwrap_or("of an unknown type"));
            lines.push(of_ike(known, ike, Statement::Said, &text));
        }
        _ => {}
    }
    Ok(lines)
}

/// Of which version it is: it says so when it is asked, and at its start not in every version.
pub fn version_told(version: &str, pid: Option<u32>) -> LogLine {
    let says = Statement::Starting { version: Some(version.to_owned()), pid };
    LogLine { past: true, pid, ..line(None, says, &format!("version {version}")) }
}

/// A gap in what it told.
pub fn missing(why: &str) -> LogLine {
    line(None, Statement::Missing { lines: None }, why)
}

/// A Child SA is up; without its SPIs there is nothing to say of it.
fn came(known: &mut KnownSas, ike: &IkeSa, child: &ChildSa, old: Option<&ChildSa>) -> Option<LogLine> {
    known.child_is_up(ike, child);
    let spis = child.spis?;
    let replaces = old.map(|old| format!(" in place of {}", old.label())).unwrap_or_default();
    let text = format!(
        "Child SA {} of {} is up{replaces}, SPIs {:08x} in, {:08x} out",
        child.label(),
        ike.label(),
        spis.inbound.0,
        spis.outbound.0
    );
    let says = Statement::ChildEstablished {
        ike: Some(ike.serial),
        rekeys: old.map(|old| old.serial),
        spis,
        selectors: child.selectors(),
        esn: child.esn,
        offload_claim: None,
    };
    Some(line(Some(speaker(known, ike, child)), says, &text))
}

fn went(known: &mut KnownSas, ike: &IkeSa, child: &ChildSa, how: &str) -> Option<LogLine> {
    known.child_is_gone(ike, child);
    let text = format!("Child SA {} of {} {how}", child.label(), ike.label());
    let says = Statement::Deleting { is_ike: false, established: true };
    Some(line(Some(speaker(known, ike, child)), says, &text))
}

fn speaker(known: &KnownSas, ike: &IkeSa, child: &ChildSa) -> Speaker {
    Speaker { connection: ike.connection(child), instance: known.instance(ike), serial: Some(child.serial) }
}

fn of_ike(known: &KnownSas, ike: &IkeSa, says: Statement, text: &str) -> LogLine {
    let about = Speaker { connection: ike.name.clone(), instance: known.instance(ike), serial: Some(ike.serial) };
    line(Some(about), says, text)
}

fn line(about: Option<Speaker>, says: Statement, text: &str) -> LogLine {
    LogLine {
        time: None,
        pid: None,
        past: false,
        forgeable: false,
        severity: LogSeverity::Ordinary,
        about,
        says,
        text: presentable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::vici::MessageBytes;
    use super::*;
    use crate::model::{Protocol, Serial, Spi, SpiPair};

    /// The IKE SA `gw[1]` with what `inside` puts into its section, behind these keys of the message.
    fn message(keys: &[(&str, &str)], name: &str, inside: impl FnOnce(&mut MessageBytes)) -> MessageBytes {
        let mut message = MessageBytes::of(keys);
        message.begin(name).value("uniqueid", "1").value("version", "2").value("state", "ESTABLISHED");
        message.value("local-host", "10.9.0.1").value("remote-host", "10.9.0.2");
        inside(&mut message);
        message.end();
        message
    }

    fn child(message: &mut MessageBytes, serial: &str, spi: &str) {
        message.value("name", "t1").value("uniqueid", serial).value("state", "INSTALLED");
        message.value("spi-in", spi).value("spi-out", "0a").value("protocol", "ESP");
    }

    fn with_child(keys: &[(&str, &str)], name: &str) -> MessageBytes {
        message(keys, name, |message| {
            message.begin("child-sas").begin("t1-7");
            child(message, "7", "c1");
            message.end().end();
        })
    }

    fn only(event: &str, message: &MessageBytes, known: &mut KnownSas) -> LogLine {
        let mut lines = told(event, message.bytes(), known).unwrap();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.remove(0)
    }

    fn about(line: &LogLine) -> (&str, u32) {
        let about = line.about.as_ref().unwrap();
        (&about.connection, about.serial.unwrap().0)
    }

    #[test]
    fn a_child_sa_that_comes_and_goes_is_told_as_the_log_tells_it() {
        let mut known = KnownSas::default();
        let up = only("child-updown", &with_child(&[("up", "yes")], "gw"), &mut known);
        assert_eq!((about(&up), known.children()), (("gw/t1", 7), 1));
        assert_eq!(up.text, "Child SA t1{7} of gw[1] is up, SPIs 000000c1 in, 0000000a out");
        let spis = SpiPair { protocol: Protocol::Esp, outbound: Spi(0x0a), inbound: Spi(0xc1) };
        let Statement::ChildEstablished { ike: Some(Serial(1)), rekeys: None, spis: told, .. } = up.says else {
            panic!("{up:?}")
        };
        assert_eq!(told, spis);
        // It is still said to be installed.
        let down = only("child-updown", &with_child(&[], "gw"), &mut known);
        assert_eq!(down.says, Statement::Deleting { is_ike: false, established: true });
        assert_eq!((about(&down), known.children()), (("gw/t1", 7), 0));
    }

    #[test]
    fn a_connection_may_be_called_like_a_key() {
        let mut known = KnownSas::default();
        let down = only("child-updown", &with_child(&[], "up"), &mut known);
        assert_eq!(down.says, Statement::Deleting { is_ike: false, established: true });
        assert_eq!(about(&only("ike-updown", &message(&[("up", "yes")], "up", |_| {}), &mut known)), ("up", 1));
    }

    #[test]
    fn a_rekey_tells_of_both_child_sas() {
        let mut known = KnownSas::default();
        let rekey = |version: &str| {
            message(&[], "gw", |message| {
                message.value("version", version).begin("child-sas").begin("t1").begin("old");
                child(message, "7", "c1");
                message.end().begin("new");
                child(message, "8", "c2");
                message.end().end().end();
            })
        };
        let lines = told("child-rekey", rekey("2").bytes(), &mut known).unwrap();
        let [new, old] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((about(new), about(old), known.children()), (("gw/t1", 8), ("gw/t1", 7), 1));
        assert!(matches!(new.says, Statement::ChildEstablished { rekeys: Some(Serial(7)), .. }));
        assert_eq!(old.says, Statement::Deleting { is_ike: false, established: true });
        let lines = told("child-rekey", rekey("1").bytes(), &mut known).unwrap();
        assert_eq!(lines.len(), 1, "IKEv1 goes on to use it");
    }

    #[test]
    fn an_ike_sa_that_replaces_another_has_its_child_sas() {
        let mut known = KnownSas::default();
        only("child-updown", &with_child(&[("up", "yes")], "gw"), &mut known);
        let mut rekey = MessageBytes::default();
        rekey.begin("gw").begin("old").value("uniqueid", "1").end().begin("new").value("uniqueid", "2").end().end();
        let line = only("ike-rekey", &rekey, &mut known);
        assert_eq!((about(&line), &line.says), (("gw", 2), &Statement::IkeRekeyed { replaces: Some(Serial(1)) }));
        assert_eq!(known.children(), 1);
        assert_eq!(known.lacks(|_| false), [(Serial(2), "gw".to_owned())]);
        let down = only("ike-updown", &message(&[], "gw", |_| {}), &mut known);
        assert_eq!(down.says, Statement::Deleting { is_ike: true, established: true });
    }

    #[test]
    fn changed_addresses_are_a_reason_to_ask() {
        let line = only("ike-update", &message(&[], "gw", |_| {}), &mut KnownSas::default());
        assert_eq!(line.says, Statement::Missing { lines: None });
    }

    #[test]
    fn what_is_not_understood_says_nothing() {
        let mut known = KnownSas::default();
        for (event, message) in [
            ("log", with_child(&[], "gw")),
            ("ike-rekey", with_child(&[], "gw")),
            ("child-updown", MessageBytes::of(&[("up", "yes")])),
        ] {
            assert_eq!(told(event, message.bytes(), &mut known), Ok(Vec::new()), "{event}");
        }
        assert!(told("child-updown", b"\x01\x02g", &mut known).is_err());
    }

    #[test]
    fn what_not_every_version_has_is_registered_for_where_it_is() {
        for (version, alerts, updates) in [
            (Some("5.9.1"), false, false),
            (Some("5.9.8"), false, true),
            (Some("6.0.2"), false, true),
            (Some("6.0.3"), true, true),
            (None, false, true),
        ] {
            let has = |name| events(version).any(|event| event == name);
            assert_eq!((has("alert"), has("ike-update")), (alerts, updates), "{version:?}");
            assert!(EVENTS.into_iter().all(has), "{version:?}");
        }
    }
}
