//! Addresses that begin with the same bits: a subnet, or one host.

use std::fmt;
use std::net::IpAddr;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subnet {
    // With nothing behind the prefix.
    address: IpAddr,
    prefix: u8,
}

impl Subnet {
    /// The addresses that begin as this one does; a prefix longer than an address is the address alone.
    pub fn new(address: IpAddr, prefix: u8) -> Self {
        let prefix = prefix.min(width(address));
        let rest = u32::from(width(address) - prefix);
        // A prefix of length 0 shifts everything out.
        let address = match address {
            IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & u32::MAX.checked_shl(rest).unwrap_or(0)).into()),
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & u128::MAX.checked_shl(rest).unwrap_or(0)).into()),
        };
        Self { address, prefix }
    }

    /// One address.
    pub fn host(address: IpAddr) -> Self {
        Self { address, prefix: width(address) }
    }

    /// As daemons write the side of a connection: `10.1.0.0/24`, `10.9.0.1`, and with a protocol and ports behind it `10.9.0.1/32:UDP/7001` or
    /// `10.9.0.1/32/17/7001`. None of what only becomes an address later.
    pub fn read(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse() {
            return Some(Self::host(address));
        }
        let (address, rest) = text.split_once('/')?;
        let prefix = rest.split([':', '/']).next()?.parse().ok()?;
        let address: IpAddr = address.parse().ok()?;
        (prefix <= width(address)).then(|| Self::new(address, prefix))
    }

    /// Its first address.
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// How many bits all of them share.
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Whether this address is in it.
    pub fn has(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && Self::new(address, self.prefix) == *self
    }

    /// Whether one is in the other.
    pub fn meets(&self, other: &Self) -> bool {
        if self.prefix <= other.prefix { self.has(other.address) } else { other.has(self.address) }
    }
}

const fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Subnet {
        Subnet::read(text).unwrap()
    }

    #[test]
    fn a_side_is_read_as_daemons_write_it() {
        for (text, expected) in [
            ("10.1.0.0/24", Some("10.1.0.0/24")),
            ("10.1.0.7/24", Some("10.1.0.0/24")),
            ("10.9.0.1", Some("10.9.0.1/32")),
            ("10.9.0.1/32:UDP/7001", Some("10.9.0.1/32")),
            ("10.0.0.0/8/17/500", Some("10.0.0.0/8")),
            ("0.0.0.0/0", Some("0.0.0.0/0")),
            ("2001:db8::1/32", Some("2001:db8::/32")),
            ("2001:db8::1/128:TCP/22", Some("2001:db8::1/128")),
            ("2001:db8::1", Some("2001:db8::1/128")),
            ("::/0", Some("::/0")),
            ("vhost:?10.0.0.0/8", None),
            ("%any", None),
            ("10.1.0.0/x", None),
            ("10.1.0.0/33", None),
            ("10.1.0.0/", None),
            ("", None),
        ] {
            assert_eq!(Subnet::read(text).map(|subnet| subnet.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn it_has_its_own_addresses_alone() {
        let address = "192.0.2.7".parse().unwrap();
        for text in ["192.0.2.0/24", "192.0.2.7", "192.0.2.7/32", "0.0.0.0/0"] {
            assert!(read(text).has(address), "{text}");
        }
        for text in ["192.0.3.0/24", "192.0.2.8", "2001:db8::/32", "::/0"] {
            assert!(!read(text).has(address), "{text}");
        }
    }

    #[test]
    fn two_meet_where_one_is_in_the_other() {
        let meet = |one, other| read(one).meets(&read(other));
        assert!(
            meet("10.1.0.0/16", "10.1.2.0/24") && meet("10.1.2.0/24", "10.1.0.0/16") && meet("0.0.0.0/0", "10.1.2.3")
        );
        assert!(!meet("10.1.0.0/24", "10.1.1.0/24") && !meet("::/0", "10.1.0.0/24"));
    }
}
