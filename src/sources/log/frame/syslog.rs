//! What syslog puts around a message: RFC 3164 and RFC 5424, and what rsyslog, syslog-ng, busybox, OpenWrt and journalctl write of them.

use std::net::IpAddr;

use super::stamp::{self, Stamp};

/// Words between the time and the program: a host, a facility with a severity, the time once more.
const MOST_WORDS: usize = 3;

/// No program has a longer name (RFC 5424 §6: APP-NAME).
const LONGEST_NAME: usize = 64;

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyslogMessage<'a> {
    pub time: Option<Stamp>,
    /// What the writer calls itself: anybody may say anything.
    pub program: &'a str,
    pub pid: Option<u32>,
    pub message: &'a [u8],
}

/// Who wrote it.
struct Tag<'a> {
    program: &'a str,
    pid: Option<u32>,
}

impl SyslogMessage<'_> {
    /// It says that it is of a program of one of these names, be it with the path that it was started by.
    pub fn is_of(&self, names: &[&str]) -> bool {
        self.program.rsplit('/').next().is_some_and(|name| names.contains(&name))
    }
}

/// Reads one line; none where it has no such header.
pub fn read(line: &[u8]) -> Option<SyslogMessage<'_>> {
    let (has_priority, line) = match without_priority(line) {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    if let Some(rest) = line.strip_prefix(b"1 ").filter(|_| has_priority) {
        return version_1(rest);
    }
    let (time, rest) = match stamp::read(line) {
        Some((time, rest)) => (Some(time), rest),
        None if has_priority => (None, line),
        None => return None,
    };
    let (Tag { program, pid }, message) = tag(rest)?;
    Some(SyslogMessage { time, program, pid, message })
}

/// Behind `<86>`.
fn without_priority(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"<")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = rest.get(digits..)?.strip_prefix(b">")?;
    (1..=3).contains(&digits).then_some(rest)
}

/// RFC 5424 §6: `TIMESTAMP HOST APP-NAME PROCID MSGID DATA MESSAGE`.
fn version_1(rest: &[u8]) -> Option<SyslogMessage<'_>> {
    let (time, rest) = word(rest)?;
    let time = match time {
        b"-" => None,
        time => Some(stamp::iso(time).filter(|(_, rest)| rest.is_empty())?.0),
    };
    let (_host, rest) = word(rest)?;
    let (program, rest) = word(rest)?;
    let (pid, rest) = word(rest)?;
    let (_id, rest) = word(rest)?;
    let message = without_data(rest)?;
    let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    let (program, pid) = (name(program)?, std::str::from_utf8(pid).ok()?.parse().ok());
    Some(SyslogMessage { time, program, pid, message })
}

/// Behind `-`, or behind `[id name="value"]…`, in which a backslash escapes quotes and brackets.
fn without_data(rest: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = rest.strip_prefix(b"-") {
        return rest.strip_prefix(b" ").or(rest.is_empty().then_some(rest));
    }
    let mut rest = rest;
    while let Some(element) = rest.strip_prefix(b"[") {
        let mut escaped = false;
        let mut quoted = false;
        let end = element.iter().position(|byte| {
            let ends = *byte == b']' && !quoted;
            quoted ^= *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        })?;
        rest = element.get(end + 1..)?;
    }
    rest.strip_prefix(b" ").or(rest.is_empty().then_some(rest))
}

/// `daemon[610]: `, behind the words that may stand before it, and what follows.
fn tag(rest: &[u8]) -> Option<(Tag<'_>, &[u8])> {
    let mut rest = rest;
    for _ in 0..=MOST_WORDS {
        let (first, behind) = word(rest)?;
        if let Some(tag) = first.strip_suffix(b":").filter(|_| !is_address(first)) {
            return Some((program(tag)?, behind));
        }
        rest = behind;
    }
    None
}

/// `sshd[610]`, `sshd`, `sshd-session(pam_unix)[7]`.
fn program(tag: &[u8]) -> Option<Tag<'_>> {
    let Some(inside) = tag.strip_suffix(b"]") else { return Some(Tag { program: name(tag)?, pid: None }) };
    let open = memchr::memrchr(b'[', inside)?;
    let pid = std::str::from_utf8(inside.get(open + 1..)?).ok()?.parse().ok();
    Some(Tag { program: name(inside.get(..open)?)?, pid })
}

fn name(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let may_be = |c: char| !c.is_control() && !"\"'{}".contains(c);
    ((1..=LONGEST_NAME).contains(&text.len()) && text.chars().all(may_be)).then_some(text)
}

/// A host may be called by its address, and an IPv6 address may end in a colon.
fn is_address(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| word.parse::<IpAddr>().is_ok())
}

/// Up to the next blank, and what is behind it.
fn word(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    let (word, behind) = rest.split_at_checked(end)?;
    (!word.is_empty()).then_some((word, behind.get(1..).unwrap_or_default()))
}
