//! `metrics: {listen: ADDRESS:PORT}`

use std::fmt;
use std::net::SocketAddr;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::keys::KnownKey;
use super::words::text;

/// Reads the value of `metrics`.
pub(super) struct Metrics;

impl<'de> DeserializeSeed<'de> for Metrics {
    type Value = SocketAddr;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<SocketAddr, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Metrics {
    type Value = SocketAddr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping of listen")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SocketAddr, A::Error> {
        let mut listen = None;
        let mut seen = Vec::new();
        while map.next_key_seed(KnownKey { known: &["listen"], seen: &mut seen })?.is_some() {
            let expected = "an IP address and a port, as 127.0.0.1:9814 or \"[::1]:9814\"";
            listen = Some(map.next_value_seed(text(expected, |found| found.parse().ok()))?);
        }
        listen.ok_or_else(|| A::Error::custom("the key listen is missing; expected listen: ADDRESS:PORT"))
    }
}
