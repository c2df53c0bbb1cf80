//! Other addresses and names for the real ones, each the same wherever it stands, so that what belongs together still does.

mod addresses;
mod names;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::addresses::Addresses;
use self::names::AnonymousNames;

/// What becomes of what. Another one in every bundle, and kept in none.
pub(super) struct Map {
    addresses: Addresses,
    names: AnonymousNames,
}

impl Map {
    /// One that knows no name yet.
    pub(super) fn new() -> Self {
        Self { addresses: Addresses::new(), names: AnonymousNames::default() }
    }

    /// Learns the names in a row, from the keys that hold them.
    pub(super) fn learn(&mut self, row: &Value) {
        match row {
            Value::Object(fields) => {
                // Of lines that are only quoted nobody knows where the names stand.
                if let (Some("said"), Some(text)) = (text_of(fields, "says"), text_of(fields, "text")) {
                    self.names.learn_quoted(text);
                }
                for (key, value) in fields {
                    match (key.as_str(), value) {
                        ("connection" | "pattern" | "lacks", Value::String(name)) => {
                            // Where it has two names, each is one of its own.
                            name.split('/').for_each(|name| self.names.learn("connection", name));
                        }
                        ("device" | "interface", Value::String(name)) => self.names.learn("device", name),
                        ("link", Value::Object(link)) => {
                            if let Some(Value::String(name)) = link.get("name") {
                                self.names.learn("device", name);
                            }
                        }
                        ("alerts", Value::Array(receivers)) => {
                            receivers.iter().filter_map(Value::as_str).for_each(|one| self.names.learn_receiver(one));
                        }
                        // What a finding touches: SAs in words, or connections.
                        ("list", Value::Array(touched)) => {
                            let names = touched.iter().filter_map(Value::as_str).filter(|name| !name.contains(' '));
                            names.for_each(|name| self.names.learn("connection", name));
                        }
                        _ => self.learn(value),
                    }
                }
            }
            Value::Array(rows) => rows.iter().for_each(|row| self.learn(row)),
            Value::String(text) => self.names.learn_identities(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Changes every text in a row. Keys are the format's own, but for those that are names.
    pub(super) fn change(&self, row: &mut Value) {
        match row {
            Value::Object(fields) => {
                let changed = std::mem::take(fields).into_iter().map(|(key, mut value)| {
                    self.change(&mut value);
                    (if self.names.is_name(&key) { self.text(&key) } else { key }, value)
                });
                *fields = changed.collect();
            }
            Value::Array(rows) => rows.iter_mut().for_each(|row| self.change(row)),
            Value::String(text) => *text = self.text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// One text. Names first: an address may be one.
    pub(super) fn text(&self, text: &str) -> String {
        self.addresses.replaced(&self.names.replaced(text))
    }
}

fn text_of<'a>(fields: &'a serde_json::Map<String, Value>, key: &str) -> Option<&'a str> {
    fields.get(key).and_then(Value::as_str)
}
