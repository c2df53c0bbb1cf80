//! `alerts: [{alertmanager: URL}, {webhook: URL}, {exec: PATH}]`

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::keys::{KnownKey, OneOf};
use super::words::{absolute_path, text};
use crate::sinks::alerts::{Address, Receiver};

const KINDS: &[&str] = &["alertmanager", "webhook", "exec"];

/// More is a mistake.
const MOST: usize = 32;

/// Reads the value of `alerts`.
pub(super) struct Alerts;

struct OneReceiver;

impl<'de> DeserializeSeed<'de> for Alerts {
    type Value = Vec<Receiver>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Receiver>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Alerts {
    type Value = Vec<Receiver>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of receivers, as - webhook: URL")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Receiver>, A::Error> {
        let mut receivers: Vec<Receiver> = Vec::new();
        while let Some(receiver) = list.next_element_seed(OneReceiver)? {
            if receivers.contains(&receiver) {
                return Err(A::Error::custom(format_args!("«{receiver}» stands here a second time; expected it once")));
            }
            receivers.push(receiver);
            if receivers.len() > MOST {
                return Err(A::Error::custom(format_args!("more than {MOST} receivers")));
            }
        }
        Ok(receivers)
    }
}

impl<'de> DeserializeSeed<'de> for OneReceiver {
    type Value = Receiver;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Receiver, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneReceiver {
    type Value = Receiver;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a mapping of one of {}", OneOf(KINDS))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Receiver, A::Error> {
        let mut seen = Vec::new();
        let address = || text("an address, as https://HOST/PATH, without a name or password in it", Address::parse);
        let receiver = match map.next_key_seed(KnownKey { known: KINDS, seen: &mut seen })? {
            Some("alertmanager") => Receiver::Alertmanager(map.next_value_seed(address())?),
            Some("webhook") => Receiver::Webhook(map.next_value_seed(address())?),
            Some(_) => Receiver::Exec(map.next_value_seed(absolute_path())?),
            None => return Err(A::Error::custom(format_args!("an empty receiver; expected {}", OneOf(KINDS)))),
        };
        if let Some(second) = map.next_key_seed(KnownKey { known: KINDS, seen: &mut seen })? {
            return Err(A::Error::custom(format_args!(
                "«{second}» beside another receiver; expected one in each item"
            )));
        }
        Ok(receiver)
    }
}
