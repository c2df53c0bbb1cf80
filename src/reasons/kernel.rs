//! A kernel's release, as `uname -r` has it.

/// 6.12.117.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    major: u16,
    minor: u16,
    patch: u16,
}

impl Version {
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor, patch: 0 }
    }

    /// From `6.12.117+deb12-amd64`; none where it does not begin with two numbers.
    pub fn read(release: &str) -> Option<Self> {
        let mut parts = release.splitn(3, '.');
        let major = parts.next()?.parse().ok()?;
        let minor = number(parts.next()?)?;
        let patch = parts.next().and_then(number).unwrap_or(0);
        Some(Self { major, minor, patch })
    }

    /// A bond tells its slave's driver the bond instead of the slave: 6.12.37 took half of a change that 6.16 has whole.
    pub fn mixes_up_bond_and_slave(self) -> bool {
        self >= Self { major: 6, minor: 12, patch: 37 } && self < Self::new(6, 13)
    }
}

fn number(text: &str) -> Option<u16> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_read() {
        let read = Version::read("6.12.117+deb12-amd64").unwrap();
        assert_eq!(read, Version { major: 6, minor: 12, patch: 117 });
        assert!(read < Version::new(6, 16) && read >= Version::new(6, 12));
        assert_eq!(Version::read("6.16-rc1"), Some(Version::new(6, 16)));
        assert!(["", "6", "six.one", "70000.1", "6.x"].iter().all(|none| Version::read(none).is_none()));
    }

    #[test]
    fn bonds_are_unsafe_where_half_the_change_is() {
        let unsafe_on = |release| Version::read(release).unwrap().mixes_up_bond_and_slave();
        assert!(unsafe_on("6.12.37") && unsafe_on("6.12.117+deb12-amd64"));
        assert!(!unsafe_on("6.12.36") && !unsafe_on("6.1.0-40-amd64") && !unsafe_on("6.16.0"));
    }
}
