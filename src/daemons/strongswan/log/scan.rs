//! Small steps through a message.

use std::net::IpAddr;

use super::prefix::number;
use crate::model::{Notify, Spi};

/// An SA as charon names it: `gw[3]` or `t1{3}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedSa<'a> {
    pub name: &'a str,
    pub serial: u32,
    /// What stands behind it, and behind the words that have to.
    pub rest: &'a str,
}

/// The rest behind the first of `beginnings` that the text has.
pub fn after<'a>(text: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    beginnings.iter().find_map(|beginning| text.strip_prefix(beginning))
}

/// `gw[3]` at the beginning, with one of these words behind it; an empty one for the end of the text.
pub fn ike_sa<'a>(text: &'a str, behind: &[&str]) -> Option<NamedSa<'a>> {
    named(text, ('[', ']'), behind)
}

/// `t1{3}` at the beginning.
pub fn child_sa<'a>(text: &'a str, behind: &[&str]) -> Option<NamedSa<'a>> {
    named(text, ('{', '}'), behind)
}

/// The first place counts: whatever a peer has a part in stands behind it.
fn named<'a>(text: &'a str, (open, close): (char, char), behind: &[&str]) -> Option<NamedSa<'a>> {
    text.match_indices(open).find_map(|(at, _)| {
        let name = text.get(..at).filter(|name| !name.is_empty())?;
        let (digits, rest) = text.get(at + 1..)?.split_once(close)?;
        let serial = number(digits)?;
        let found =
            |word: &&str| if word.is_empty() { rest.is_empty().then_some(rest) } else { rest.strip_prefix(*word) };
        behind.iter().find_map(found).map(|rest| NamedSa { name, serial, rest })
    })
}

/// The notify at the beginning of the text: capital letters, digits and underscores, or a number that charon has no name for.
pub fn notify(text: &str) -> Option<(Notify, &str)> {
    let is_of_name = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"_()".contains(b);
    let length = text.bytes().take_while(is_of_name).count();
    let (name, rest) = text.split_at_checked(length).filter(|_| (3..=64).contains(&length))?;
    Some((Notify(name.to_owned()), rest))
}

/// Eight digits, as charon writes an SPI.
pub fn spi(text: &str) -> Option<(Spi, &str)> {
    let (digits, rest) = text.split_at_checked(8)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some((is_hex.then(|| digits.parse().ok()).flatten()?, rest))
}

/// `10.9.0.1[4500]`, `2001:db8::1[500]`, `10.9.0.1/32[udp/53]`, `10.9.0.1`.
pub fn address(text: &str) -> Option<IpAddr> {
    text.split(['[', '/']).next()?.parse().ok()
}
