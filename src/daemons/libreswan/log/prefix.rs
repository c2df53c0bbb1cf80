//! Who speaks: `"west" #2: `, `"west/1x2": `, `"rw"[1] 192.1.3.209 #3: `, `"private#192.1.3.0/24"[1] ...192.1.2.23 #3: `.

use super::scan;
use crate::model::Speaker;

/// Longer names and instances are not pluto's: it cuts a line at 1,024 bytes (`LOG_WIDTH`).
const MAX_PREFIX: usize = 1_000;

/// The speaker and the message; without a speaker where the line has no such prefix.
pub fn speaker(body: &str) -> (Option<Speaker>, &str) {
    match read(body) {
        Some((speaker, message)) => (Some(speaker), message),
        None => (None, body),
    }
}

fn read(body: &str) -> Option<(Speaker, &str)> {
    ends_of_name(body.strip_prefix('"')?).find_map(|(name, rest)| read_behind(name, rest))
}

/// Where a name in quotes may end, the opening one taken off, and what stands behind. A name has quotes or blanks in it, never both
/// (ipsec.conf's scanner.lex).
pub fn ends_of_name(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let candidates = text.match_indices('"').map(|(at, _)| (text.get(..at), text.get(at + 1..)));
    candidates
        .map_while(|(name, rest)| Some((name?, rest?)))
        .take_while(|(name, _)| !name.contains('"') || !name.contains([' ', '\t']))
        .filter(|(name, _)| !name.is_empty())
}

fn read_behind<'a>(name: &str, rest: &'a str) -> Option<(Speaker, &'a str)> {
    if !rest.starts_with([':', '[', ' ']) {
        return None;
    }
    let (head, message) = rest.split_once(": ")?;
    // An IPv6 address that ends in `::` before a serial.
    let (head, serial, message) = match scan::serial(message) {
        Some((serial, message)) if head.ends_with(':') && message.starts_with(": ") => {
            (rest.get(..=head.len())?, Some(serial), message.get(2..)?)
        }
        _ => match head.rsplit_once('#').filter(|(before, _)| before.ends_with(' ')) {
            Some((before, digits)) => (before, Some(whole_serial(digits)?), message),
            None => (head, None, message),
        },
    };
    if name.len() + head.len() > MAX_PREFIX {
        return None;
    }
    let (connection, instance) = parts(name, head.trim())?;
    Some((Speaker { connection, instance, serial }, message))
}

fn whole_serial(digits: &str) -> Option<crate::model::Serial> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten().map(crate::model::Serial)
}

/// Connection and instance from the name in quotes and what stands behind it.
pub fn parts(name: &str, behind: &str) -> Option<(String, Option<String>)> {
    if !behind.is_empty() && (!behind.starts_with('[') || behind.contains('"')) {
        return None;
    }
    let alias = name.rfind('/').filter(|at| name.get(at + 1..).is_some_and(is_alias));
    let (connection, alias) = name.split_at_checked(alias.unwrap_or(name.len()))?;
    let instance = format!("{alias}{behind}");
    Some((connection.to_owned(), (!instance.is_empty()).then_some(instance)))
}

/// `1x2`: pluto's name for a pair out of `leftsubnets=` and `rightsubnets=`.
fn is_alias(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit());
    text.split_once('x').is_some_and(|(left, right)| number(left) && number(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_prefix_is_read() {
        for (line, connection, instance, serial) in [
            (r#""west" #2: m"#, "west", None, Some(2)),
            (r#""west": m"#, "west", None, None),
            (r#""west/1x2" #4: m"#, "west", Some("/1x2"), Some(4)),
            (r#""branch/office" #4: m"#, "branch/office", None, Some(4)),
            (r#""rw"[1] 192.1.3.209 #3: m"#, "rw", Some("[1] 192.1.3.209"), Some(3)),
            (r#""rw/2x1"[1] 192.1.3.209: m"#, "rw", Some("/2x1[1] 192.1.3.209"), None),
            (r#""rw"[7] 2001:db8::7 #3: m"#, "rw", Some("[7] 2001:db8::7"), Some(3)),
            (r#""rw"[7] 2001:db8:: #3: m"#, "rw", Some("[7] 2001:db8::"), Some(3)),
            (r#""rw"[7] 2001:db8::: m"#, "rw", Some("[7] 2001:db8::"), None),
            (r#""p#192.1.3.0/24"[1] ...192.1.2.23 #3: m"#, "p#192.1.3.0/24", Some("[1] ...192.1.2.23"), Some(3)),
            (r#""p"[1] 10.0.0.1/32=== ...192.1.2.23 #3: m"#, "p", Some("[1] 10.0.0.1/32=== ...192.1.2.23"), Some(3)),
            (r#""labeled"[1][1] 192.1.2.23 #3: m"#, "labeled", Some("[1][1] 192.1.2.23"), Some(3)),
        ] {
            let (speaker, message) = speaker(line);
            let speaker = speaker.unwrap();
            assert_eq!(message, "m", "{line}");
            assert_eq!(speaker.connection, connection, "{line}");
            assert_eq!(speaker.instance.as_deref(), instance, "{line}");
            assert_eq!(speaker.serial.map(|s| s.0), serial, "{line}");
        }
    }

    #[test]
    fn a_name_is_read_as_it_is() {
        for name in [
            "site@0f1e2d3c4b5a69788796a5b4c3d2e1f0@@203.0.113.7@@Customer",
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "a\"b",
            "\"",
            "a\"[1]",
            "a\":b",
            "conn with space",
            "tun: 1",
            "site #2",
            "it's",
            "-dash",
            "büro-münchen",
            "a\u{202e}b",
            "0x1122334455667788990011223344556677",
        ] {
            for (behind, instance) in [("", None), (" #3", None), ("[1] 192.0.2.9 #3", Some("[1] 192.0.2.9"))] {
                let line = format!("\"{name}\"{behind}: m");
                let (speaker, message) = speaker(&line);
                let speaker = speaker.unwrap();
                assert_eq!((speaker.connection.as_str(), message), (name, "m"), "{line}");
                assert_eq!(speaker.instance.as_deref(), instance, "{line}");
            }
        }
    }

    #[test]
    fn no_text_behind_a_name_makes_it_longer() {
        let (speaker, message) = speaker("\"west\" #2: peer sent \"east\" #3: deleting connection");
        assert_eq!(
            (speaker.unwrap().connection.as_str(), message),
            ("west", "peer sent \"east\" #3: deleting connection")
        );
    }

    #[test]
    fn what_is_no_prefix_stays_in_the_message() {
        for line in [
            "packet from 192.1.2.23:500: m",
            "\"west",
            "\"\": m",
            "\"west\"x #2: m",
            "\"a\" b #2: m",
            "\"a\" #2x: m",
            "\"/etc/ipsec.secrets\" line 3: near \"x\": m",
        ] {
            assert_eq!(speaker(line), (None, line));
        }
    }
}
