//! Addresses, prefix by prefix: two that share their first n bits share n bits afterwards (Xu, Fan, Ammar, Moon: Prefix-Preserving IP
//! Address Anonymization, 2002), so that a network still holds its hosts.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use regex::{Captures, Regex};

/// The first bits that stay: unicast stays unicast.
const KEPT: u32 = 4;

/// A secret that is gone with the process, and the form of an address.
pub(super) struct Addresses {
    secret: RandomState,
    /// None never: the pattern is a constant.
    form: Option<Regex>,
}

impl Addresses {
    /// With a secret of its own.
    pub(super) fn new() -> Self {
        // An address and, behind it, the length of a prefix. What only looks like one does not parse.
        let form = Regex::new(
            r"([0-9a-fA-F]*(?::[0-9a-fA-F]*){2,7}(?:\.\d{1,3}){0,3}|\d{1,3}(?:\.\d{1,3}){3})(?:/(\d{1,3}))?",
        );
        Self { secret: RandomState::new(), form: form.ok() }
    }

    /// The text with every address in it replaced.
    pub(super) fn replaced(&self, text: &str) -> String {
        let Some(form) = &self.form else { return String::new() };
        form.replace_all(text, |found: &Captures<'_>| self.one(found)).into_owned()
    }

    fn one(&self, found: &Captures<'_>) -> String {
        let group = |number| found.get(number).map(|part| part.as_str());
        let whole = group(0).unwrap_or_default();
        let Some((text, tail)) = group(1).and_then(parsable) else { return whole.to_owned() };
        let Ok(address) = text.parse::<IpAddr>() else { return whole.to_owned() };
        match group(2).filter(|_| tail.is_empty()).map(str::parse::<u32>) {
            Some(Ok(length)) => format!("{}/{length}", self.changed(address, Some(length))),
            Some(Err(_)) => whole.to_owned(),
            None => format!(
                "{}{tail}{}",
                self.changed(address, None),
                whole.strip_prefix(&format!("{text}{tail}")).unwrap_or("")
            ),
        }
    }

    /// Of a network only the bits of its prefix.
    fn changed(&self, address: IpAddr, length: Option<u32>) -> IpAddr {
        if address.is_unspecified() || address.is_loopback() || address.is_multicast() {
            return address;
        }
        match address {
            IpAddr::V4(address) => {
                let bits = self.bits(u128::from(u32::from(address)) << 96, 32) >> 96;
                let bits = u32::try_from(bits).unwrap_or_default();
                let bits = length.map_or(bits, |length| {
                    if length < 32 && is_network(u128::from(u32::from(address)), 32 - length) {
                        bits & !(u32::MAX >> length)
                    } else {
                        bits
                    }
                });
                Ipv4Addr::from(bits).into()
            }
            IpAddr::V6(address) => {
                let bits = self.bits(address.into(), 128);
                let bits = length.map_or(bits, |length| {
                    if length < 128 && is_network(address.into(), 128 - length) {
                        bits & !(u128::MAX >> length)
                    } else {
                        bits
                    }
                });
                Ipv6Addr::from(bits).into()
            }
        }
    }

    /// Flips each bit or not, as the secret says of all bits before it.
    fn bits(&self, address: u128, count: u32) -> u128 {
        (KEPT..count).fold(address, |changed, place| {
            let before = address & !(u128::MAX >> place);
            let flip = u128::from(self.secret.hash_one((before, place, count)) & 1);
            changed ^ (flip << (127 - place))
        })
    }
}

/// Its host bits are zero.
fn is_network(address: u128, host_bits: u32) -> bool {
    address.trailing_zeros() >= host_bits
}

/// The longest beginning that is an address, and the rest: a colon of the sentence may follow it.
fn parsable(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_suffix(':').filter(|rest| !rest.ends_with(':'));
    [Some(text), rest]
        .into_iter()
        .flatten()
        .find(|text| text.parse::<IpAddr>().is_ok())
        .map(|found| text.split_at(found.len()))
}
