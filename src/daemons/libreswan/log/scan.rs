//! Small steps through a message.

use crate::model::{Notify, Serial};

/// The rest behind the first of `beginnings` that the text has.
pub fn after<'a>(text: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    beginnings.iter().find_map(|beginning| text.strip_prefix(beginning))
}

/// `#12` at the beginning, and the rest.
pub fn serial(text: &str) -> Option<(Serial, &str)> {
    let digits = text.strip_prefix('#')?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = digits.split_at_checked(length)?;
    Some((Serial(digits.parse().ok()?), rest))
}

/// The first `#12` behind `word`.
pub fn serial_behind(text: &str, word: &str) -> Option<Serial> {
    serial(text.split_once(word)?.1).map(|(serial, _)| serial)
}

/// The notify at the beginning of the text: capital letters, digits and underscores, before 4.5 behind a `v2N_`.
pub fn notify(text: &str) -> Option<Notify> {
    let text = text.strip_prefix("v2N_").unwrap_or(text);
    let name = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    let length = text.bytes().take_while(|b| name(b)).count();
    (3..=64).contains(&length).then(|| text.get(..length).map(|word| Notify(word.to_owned()))).flatten()
}
