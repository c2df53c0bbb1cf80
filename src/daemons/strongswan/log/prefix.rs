//! What charon writes before a message: thread, group, and the IKE SA where that is configured (libcharon/bus/listeners).
//!
//! `NN[GRP] message`, with `log_level = yes` `NN[GRP1]`, with `ike_name = yes` `NN[GRP] <name|id> message`; with `json = yes` (from 6.0 on) an object.
//! The journal's fields say the same of a message that has no such prefix.

use std::borrow::Cow;

use crate::daemons::{LineOrigin, OwnLine};

/// What charon calls its parts (libstrongswan/utils/debug.c).
const GROUPS: [&str; 19] = [
    "DMN", "MGR", "IKE", "CHD", "JOB", "WCH", "CFG", "KNL", "NET", "ASN", "ENC", "TNC", "IMC", "IMV", "PTS", "TLS",
    "APP", "ESP", "LIB",
];

/// Bytes of a time at most (`timestr` in file_logger.c).
const STAMP: usize = 128;

/// The part of charon that speaks, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Daemon,
    Ike,
    Child,
    Job,
    Configuration,
    Kernel,
    Network,
    Library,
    Manager,
    Encoding,
    Other,
}

impl Group {
    /// What charon calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daemon => "DMN",
            Self::Ike => "IKE",
            Self::Child => "CHD",
            Self::Job => "JOB",
            Self::Configuration => "CFG",
            Self::Kernel => "KNL",
            Self::Network => "NET",
            Self::Library => "LIB",
            Self::Manager => "MGR",
            Self::Encoding => "ENC",
            Self::Other => "APP",
        }
    }
}

/// The IKE SA that the thread worked on, by charon's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldIke<'a> {
    /// None before its connection is known.
    pub name: Option<&'a str>,
    pub serial: u32,
}

/// A line in its parts.
#[derive(Debug)]
pub struct CharonLine<'a> {
    pub thread: Option<u32>,
    pub group: Group,
    pub ike: Option<ToldIke<'a>>,
    /// The line comes from where the IKE SA is told wherever there is one.
    pub tells_ike: bool,
    pub message: Cow<'a, str>,
}

impl<'a> CharonLine<'a> {
    /// None for what charon did not write.
    pub fn read(line: &'a [u8], origin: &LineOrigin<'a>) -> Option<Self> {
        if let Some(group) = origin.group {
            let ike = origin.ike.map(|serial| ToldIke { name: origin.ike_name, serial });
            let first = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let message = String::from_utf8_lossy(first);
            return Some(Self { thread: origin.thread, group: group_of(group)?, ike, tells_ike: true, message });
        }
        if line.starts_with(b"{") {
            return json(line);
        }
        let (_, rest) = split(line)?;
        let (head, rest) = head(rest)?;
        let text = std::str::from_utf8(rest);
        let (ike, message) = match text {
            Ok(text) => {
                let (ike, message) = told_ike(text);
                (ike, Cow::Borrowed(message))
            }
            Err(_) => (None, String::from_utf8_lossy(rest)),
        };
        Some(Self { thread: Some(head.thread), group: head.group, ike, tells_ike: ike.is_some(), message })
    }
}

/// A line that charon stamped itself: its time, and what is behind it.
pub fn own_line(line: &[u8]) -> Option<OwnLine<'_>> {
    if line.starts_with(b"{") {
        let stamp = json_text(line).map(|(time, _)| time.unwrap_or_default())?;
        return Some(OwnLine { stamp, text: line });
    }
    let (stamp, text) = split(line)?;
    // A name and a colon: that is syslog's.
    (!stamp.ends_with(b":")).then_some(OwnLine { stamp, text })
}

struct Head {
    thread: u32,
    group: Group,
}

fn group_of(name: &str) -> Option<Group> {
    GROUPS.contains(&name).then_some(match name {
        "DMN" => Group::Daemon,
        "IKE" => Group::Ike,
        "CHD" => Group::Child,
        "JOB" => Group::Job,
        "CFG" => Group::Configuration,
        "KNL" => Group::Kernel,
        "NET" => Group::Network,
        "LIB" => Group::Library,
        "MGR" => Group::Manager,
        "ENC" => Group::Encoding,
        _ => Group::Other,
    })
}

/// What stands before the first `NN[GRP] `, without the blank between, and the rest.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if head(line).is_some() {
        return Some((b"", line));
    }
    let mut from = 0;
    loop {
        let blank = memchr::memchr(b' ', line.get(from..line.len().min(STAMP + 1))?)?;
        let (stamp, rest) = line.split_at_checked(from + blank)?;
        let rest = rest.get(1..)?;
        if head(rest).is_some() {
            return Some((stamp, rest));
        }
        from += blank + 1;
    }
}

/// `12[IKE] `, `12[IKE1] `, and what is behind it.
fn head(text: &[u8]) -> Option<(Head, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at_checked(digits).filter(|_| (2..=9).contains(&digits))?;
    let ([g0, g1, g2], rest) = rest.strip_prefix(b"[")?.split_first_chunk::<3>()?;
    let rest = match rest {
        [b'0'..=b'9', rest @ ..] => rest,
        rest => rest,
    };
    let rest = rest.strip_prefix(b"] ").or_else(|| rest.strip_prefix(b"]").filter(|rest| rest.is_empty()))?;
    let group = group_of(std::str::from_utf8(&[*g0, *g1, *g2]).ok()?)?;
    Some((Head { thread: std::str::from_utf8(number).ok()?.parse().ok()?, group }, rest))
}

/// `<name|3> message`, `<3> message`. No message begins so.
fn told_ike(text: &str) -> (Option<ToldIke<'_>>, &str) {
    let read = || {
        let inside = text.strip_prefix('<')?;
        inside.match_indices("> ").find_map(|(end, _)| {
            let (told, message) = (inside.get(..end)?, inside.get(end + 2..)?);
            let (name, serial) = match told.rsplit_once('|') {
                Some((name, serial)) => (Some(name), serial),
                None => (None, told),
            };
            Some((ToldIke { name, serial: number(serial)? }, message))
        })
    };
    read().map_or((None, text), |(ike, message)| (Some(ike), message))
}

/// A number as charon writes it: digits alone.
pub fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The time and the message of an object. Only line feeds, backslashes and quotes of the message are escaped, and names not at all: so it is
/// no JSON for every message, and is read by its fields, which come in one order.
fn json_text(line: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let inside = line.strip_prefix(b"{")?;
    match inside.strip_prefix(b"\"time\":\"") {
        Some(rest) => {
            let end = memchr::memmem::find(rest, b"\",\"thread\":").filter(|end| *end <= STAMP)?;
            Some((rest.get(..end), rest.get(end + 2..)?))
        }
        None => inside.starts_with(b"\"thread\":").then_some((None, inside)),
    }
}

fn json(line: &[u8]) -> Option<CharonLine<'_>> {
    let (_, fields) = json_text(line)?;
    let text = fields.strip_suffix(b"\"}")?;
    let at = memchr::memmem::find(text, b",\"msg\":\"")?;
    let fields = std::str::from_utf8(text.get(..at)?).ok()?;
    let message = unescaped(&String::from_utf8_lossy(text.get(at + 8..)?));
    let (thread, rest) = fields.strip_prefix("\"thread\":")?.split_once(",\"group\":\"")?;
    let (group, rest) = rest.split_once("\",\"level\":")?;
    let behind_level = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let ike = match behind_level.strip_prefix(",\"ikesa-uniqueid\":\"") {
        Some(rest) => {
            let (serial, rest) = rest.split_once('"')?;
            let name = rest.strip_prefix(",\"ikesa-name\":\"").and_then(|name| name.strip_suffix('"'));
            Some(ToldIke { name, serial: number(serial)? })
        }
        None => None,
    };
    let (thread, group) = (Some(number(thread)?), group_of(group)?);
    Some(CharonLine { thread, group, ike, tells_ike: ike.is_some(), message: Cow::Owned(message) })
}

/// Up to its first line feed.
fn unescaped(text: &str) -> String {
    let mut message = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => match rest.next() {
                Some('n') | None => break,
                Some(other) => message.push(other),
            },
            other => message.push(other),
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    type OwnedIke = Option<(Option<String>, u32)>;

    fn parts(line: &str) -> Option<(Option<u32>, Group, OwnedIke, String)> {
        let line = CharonLine::read(line.as_bytes(), &LineOrigin::default())?;
        let ike = line.ike.map(|ike| (ike.name.map(str::to_owned), ike.serial));
        Some((line.thread, line.group, ike, line.message.into_owned()))
    }

    #[test]
    fn every_form_of_a_line_is_read() {
        let gw = Some((Some("gw".to_owned()), 3));
        for (line, ike) in [
            ("12[KNL] m: 1", None),
            ("12[KNL1] m: 1", None),
            ("12[KNL] <gw|3> m: 1", gw.clone()),
            ("12[KNL1] <gw|3> m: 1", gw.clone()),
            ("12[KNL] <3> m: 1", Some((None, 3))),
            ("Jun  3 12:00:00 12[KNL] m: 1", None),
            ("Jun  3 12:00:00.123 12[KNL] <gw|3> m: 1", gw.clone()),
            ("2024-06-03T12:00:00+0200.123 12[KNL] m: 1", None),
            ("1717416000 12[KNL] m: 1", None),
            ("3. Juni, 12 Uhr 12[KNL] m: 1", None),
            (r#"{"thread":12,"group":"KNL","level":1,"msg":"m: 1"}"#, None),
            (r#"{"time":"Jun  3 12:00:00","thread":12,"group":"KNL","level":1,"msg":"m: 1\nmore"}"#, None),
            (r#"{"thread":12,"group":"KNL","level":1,"ikesa-uniqueid":"3","ikesa-name":"gw","msg":"m: 1"}"#, gw),
            (r#"{"thread":12,"group":"KNL","level":1,"ikesa-uniqueid":"3","msg":"m: 1"}"#, Some((None, 3))),
        ] {
            assert_eq!(parts(line), Some((Some(12), Group::Kernel, ike, "m: 1".to_owned())), "{line}");
        }
        assert_eq!(parts("00[DMN] m"), Some((Some(0), Group::Daemon, None, "m".to_owned())));
        assert_eq!(parts("123[IKE] m"), Some((Some(123), Group::Ike, None, "m".to_owned())));
        assert_eq!(
            parts("01[IKE] <a b|c|9> m> n"),
            Some((Some(1), Group::Ike, Some((Some("a b|c".into()), 9)), "m> n".into()))
        );
        assert_eq!(
            parts(r#"{"thread":1,"group":"IKE","level":1,"msg":"a \"b\" \\ c"}"#),
            Some((Some(1), Group::Ike, None, r#"a "b" \ c"#.to_owned()))
        );
    }

    #[test]
    fn what_charon_did_not_write_is_none_of_it() {
        for line in [
            "",
            "12[XYZ] m",
            "12[KNL]m",
            "1[KNL] m",
            "[KNL] m",
            "12[KNL",
            "12[KNL22] m",
            "{",
            r#"{"thread":12,"group":"XYZ","level":1,"msg":"m"}"#,
            r#"{"thread":12,"group":"KNL","level":1,"msg":"m"#,
            r#"{"log":"m"}"#,
        ] {
            assert_eq!(parts(line), None, "{line}");
        }
    }

    #[test]
    fn its_own_stamp_is_told_from_syslogs_header() {
        let stamp =
            |line: &'static str| own_line(line.as_bytes()).map(|own| String::from_utf8_lossy(own.stamp).into_owned());
        assert_eq!(stamp("Jun  3 12:00:00.123 12[KNL] m").as_deref(), Some("Jun  3 12:00:00.123"));
        assert_eq!(stamp("12[KNL] m").as_deref(), Some(""));
        assert_eq!(stamp(r#"{"time":"17","thread":1,"group":"IKE","level":1,"msg":"m"}"#).as_deref(), Some("17"));
        for line in ["Jun  3 12:00:00 gw1 charon: 12[KNL] m", "Jun  3 12:00:00 gw1 charon[7]: 12[KNL] m", "m", "{}"] {
            assert_eq!(stamp(line), None, "{line}");
        }
    }
}
