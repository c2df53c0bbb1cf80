//! The number that names an SA on the wire (RFC 4301 §4.1).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Protocol;

/// Security Parameter Index (RFC 4303 §2.1), in host order. Shown as `0x%08x`; 0 belongs to a larval SA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spi(pub u32);

impl Spi {
    /// SPI of a larval SA that an acquire made.
    pub const LARVAL: Self = Self(0);

    /// One number for an SPI and its protocol, to be hashed: a log line names an SA by no more.
    pub fn with_protocol(self, protocol: Protocol) -> u64 {
        (u64::from(self.0) << 8) | u64::from(protocol.number())
    }
}

impl fmt::Display for Spi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

impl Serialize for Spi {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Spi {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl std::str::FromStr for Spi {
    type Err = SpiError;

    /// Reads `0x75cd8d5e`, and, as daemons write them, hexadecimal digits without prefix or padding.
    fn from_str(text: &str) -> Result<Self, SpiError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let hexadecimal = !digits.is_empty() && digits.len() <= 8 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        match u32::from_str_radix(digits, 16) {
            Ok(value) if hexadecimal => Ok(Self(value)),
            _ => Err(SpiError { text: text.chars().take(32).collect() }),
        }
    }
}

/// A text that is no SPI.
#[derive(Debug, thiserror::Error)]
#[error("'{text}' is not an SPI: expected one to eight hexadecimal digits, as in 0x75cd8d5e")]
pub struct SpiError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_spi_is_read_in_all_three_spellings() {
        for text in ["0x00c63bbe", "c63bbe", "00c63bbe"] {
            assert_eq!(text.parse::<Spi>().unwrap(), Spi(0x00c6_3bbe));
        }
        assert_eq!(Spi(0x00c6_3bbe).to_string(), "0x00c63bbe");
    }

    #[test]
    fn what_is_no_spi_is_refused() {
        for text in ["", "0x", "123456789", "+12", "xyz"] {
            assert!(text.parse::<Spi>().is_err(), "{text}");
        }
    }
}
