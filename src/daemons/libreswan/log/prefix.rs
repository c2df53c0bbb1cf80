//! Who speaks: `"west" #2: `, `"west/1x2": `, `"rw"[1] 192.1.3.209 #3: `, `"private#192.1.3.0/24"[1] ...192.1.2.23 #3: `.

use super::scan;
use crate::model::Speaker;
use crate::text::presentable;

/// Longer names and instances are not pluto's.
const MAX_PREFIX: usize = 600;

/// The speaker and the message; without a speaker where the line has no such prefix.
pub fn speaker(body: &str) -> (Option<Speaker>, &str) {
    match read(body) {
        Some((speaker, message)) => (Some(speaker), message),
        None => (None, body),
    }
}

fn read(body: &str) -> Option<(Speaker, &str)> {
    let (name, rest) = body.strip_prefix('"')?.split_once('"')?;
    if name.is_empty() || !rest.starts_with([':', '[', ' ']) {
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
    if !behind.is_empty() && !behind.starts_with('[') {
        return None;
    }
    let alias = name.rfind('/').filter(|at| name.get(at + 1..).is_some_and(is_alias));
    let (connection, alias) = name.split_at_checked(alias.unwrap_or(name.len()))?;
    let instance = format!("{alias}{behind}");
    Some((presentable(connection), (!instance.is_empty()).then(|| presentable(&instance))))
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
    fn what_is_no_prefix_stays_in_the_message() {
        for line in
            ["packet from 192.1.2.23:500: m", "\"west", "\"\": m", "\"west\"x #2: m", "\"a\" b #2: m", "\"a\" #2x: m"]
        {
            assert_eq!(speaker(line), (None, line));
        }
    }
}
