//! `stats`, `version`, and how a command ended.

use super::super::vici::{Element, Elements, MalformedMessage};
use super::section::{number, text};
use crate::model::BriefStatus;

/// The plugin that encrypts in charon itself, through a TUN device (kernel-libipsec; off in every distribution).
const ENCRYPTS: &[u8] = b"kernel-libipsec";

/// The counters of `stats`; it does not count Child SAs, of which there are `children`. None where it has none.
///
/// # Errors
/// It is no message.
pub fn brief(stats: &[u8], children: u32) -> Result<Option<BriefStatus>, MalformedMessage> {
    let (mut ike, mut half_open, mut idle_workers, mut encrypts_itself) = (None, None, None, false);
    each_value(stats, |section, key, value| match (section, key) {
        (b"ikesas", b"total") => ike = number(value),
        (b"ikesas", b"half-open") => half_open = number(value),
        (b"workers", b"idle") => idle_workers = number(value),
        (b"", b"plugins") => encrypts_itself |= value == ENCRYPTS,
        _ => {}
    })?;
    Ok(ike.map(|ike| BriefStatus { ike, half_open: half_open.unwrap_or(0), children, idle_workers, encrypts_itself }))
}

/// `5.9.8`, as `version` has it.
///
/// # Errors
/// It is no message.
pub fn version(answer: &[u8]) -> Result<Option<String>, MalformedMessage> {
    let mut version = None;
    each_value(answer, |section, key, value| {
        if section.is_empty() && key == b"version" {
            version = Some(text(value));
        }
    })?;
    Ok(version)
}

/// Whether a command was taken: else what charon says, in one sentence.
///
/// # Errors
/// It is no message.
pub fn done(answer: &[u8]) -> Result<Result<(), String>, MalformedMessage> {
    let (mut success, mut error) = (false, None);
    each_value(answer, |section, key, value| match (section, key) {
        (b"", b"success") => success = value == b"yes",
        (b"", b"errmsg") => error = Some(text(value)),
        _ => {}
    })?;
    Ok(if success { Ok(()) } else { Err(error.unwrap_or_else(|| "it refuses, and does not say why".to_owned())) })
}

/// Every value, and every item of a list, with its key and the section that it is in; those that are further in are passed over.
fn each_value(message: &[u8], mut told: impl FnMut(&[u8], &[u8], &[u8])) -> Result<(), MalformedMessage> {
    let mut elements = Elements::of(message);
    let (mut section, mut list): (&[u8], &[u8]) = (b"", b"");
    while let Some(element) = elements.next() {
        match element? {
            Element::Section(_) if elements.depth() > 1 => elements.skip_section()?,
            Element::Section(name) => section = name,
            Element::SectionEnd => section = b"",
            Element::Value(key, value) => told(section, key, value),
            Element::List(name) => list = name,
            Element::Item(value) => told(section, list, value),
            Element::ListEnd => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::vici::MessageBytes;
    use super::*;

    #[test]
    fn counters_are_read_where_they_stand() {
        let mut message = MessageBytes::default();
        message.begin("uptime").value("running", "4 seconds").end();
        message
            .begin("workers")
            .value("total", "16")
            .value("idle", "11")
            .begin("active")
            .value("idle", "4")
            .end()
            .end();
        message.begin("queues").value("total", "9").end();
        message.begin("ikesas").value("total", "2").value("half-open", "1").end().list("plugins", &["vici"]);
        let expected =
            BriefStatus { ike: 2, half_open: 1, children: 7, idle_workers: Some(11), encrypts_itself: false };
        assert_eq!(brief(message.bytes(), 7), Ok(Some(expected)));
        message.list("others", &["kernel-libipsec"]);
        assert_eq!(brief(message.bytes(), 7), Ok(Some(expected)));
        message.list("plugins", &["vici", "kernel-libipsec", "kernel-netlink"]);
        assert_eq!(brief(message.bytes(), 7), Ok(Some(BriefStatus { encrypts_itself: true, ..expected })));
        assert_eq!(brief(b"", 7), Ok(None));
        assert!(brief(b"\x01", 7).is_err());
    }

    #[test]
    fn the_version_is_the_daemons() {
        let mut message = MessageBytes::of(&[("daemon", "charon-systemd"), ("version", "5.9.8"), ("sysname", "Linux")]);
        message.begin("other").value("version", "1").end();
        assert_eq!(version(message.bytes()), Ok(Some("5.9.8".to_owned())));
        assert_eq!(version(b""), Ok(None));
    }

    #[test]
    fn a_refusal_is_told_in_its_words() {
        let refused =
            MessageBytes::of(&[("success", "no"), ("matches", "0"), ("errmsg", "no matching SAs to rekey found")]);
        for (message, expected) in [
            (MessageBytes::of(&[("success", "yes"), ("matches", "1")]), Ok(())),
            (refused, Err("no matching SAs to rekey found".to_owned())),
            (MessageBytes::default(), Err("it refuses, and does not say why".to_owned())),
        ] {
            assert_eq!(done(message.bytes()), Ok(expected));
        }
    }
}
