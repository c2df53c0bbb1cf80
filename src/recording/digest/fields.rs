//! Named values as a digest takes them. What is absent or at its default leaves no trace, so that a field that is added later changes
//! nothing where it says nothing, and the order of the fields is that of the code that names them.

use std::fmt::{self, Display, Write};

use super::Fnv;

/// Writes names and values into a hash.
#[derive(Debug)]
pub(super) struct Fields<'a>(pub(super) &'a mut Fnv);

/// A value cannot contain what ends it.
struct Escaped<'a>(&'a mut Fnv);

impl Fields<'_> {
    pub(super) fn put(&mut self, name: &str, value: impl Display) {
        self.0.take(name.as_bytes());
        self.0.take(b"=");
        // A hash takes everything.
        let _ = write!(Escaped(self.0), "{value}");
        self.0.take(b"\n");
    }

    /// Where there is one.
    pub(super) fn some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// Where it is not 0.
    pub(super) fn number(&mut self, name: &str, value: impl Into<u64>) {
        self.some(name, Some(value.into()).filter(|value| *value != 0));
    }

    /// Where it is not empty.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.some(name, Some(value).filter(|value| !value.is_empty()));
    }

    /// Where it is true.
    pub(super) fn flag(&mut self, name: &str, value: bool) {
        self.some(name, value.then_some(true));
    }

    pub(super) fn group(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.0.take(name.as_bytes());
        self.0.take(b"{\n");
        fill(self);
        self.0.take(b"}\n");
    }

    /// A group for each.
    pub(super) fn each<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Self, T),
    ) {
        for item in items {
            self.group(name, |fields| fill(fields, item));
        }
    }
}

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            match byte {
                b'\n' => self.0.take(b"\\n"),
                b'\\' => self.0.take(b"\\\\"),
                other => self.0.take(&[other]),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fill: impl FnOnce(&mut Fields<'_>)) -> String {
        let mut hash = Fnv::new();
        fill(&mut Fields(&mut hash));
        hash.to_string()
    }

    #[test]
    fn what_says_nothing_leaves_no_trace() {
        let nothing = of(|_| {});
        assert_eq!(of(|fields| fields.number("new", 0u64)), nothing);
        assert_eq!(of(|fields| fields.text("new", "")), nothing);
        assert_eq!(of(|fields| fields.flag("new", false)), nothing);
        assert_eq!(of(|fields| fields.some("new", None::<u64>)), nothing);
        assert_eq!(of(|fields| fields.each("new", [] as [u64; 0], |_, _| {})), nothing);
        assert_ne!(of(|fields| fields.some("new", Some(0))), nothing);
    }

    #[test]
    fn no_value_can_look_like_two() {
        let two = of(|fields| {
            fields.text("connection", "t1");
            fields.text("device", "eth0");
        });
        assert_ne!(of(|fields| fields.text("connection", "t1\ndevice=eth0")), two);
        assert_ne!(of(|fields| fields.text("a", "\n")), of(|fields| fields.text("a", "\\n")));
    }

    #[test]
    fn the_same_values_in_other_groups_are_others() {
        let one = of(|fields| {
            fields.each("range", [1u64, 2], |fields, number| fields.number("number", number));
        });
        let other = of(|fields| {
            fields.group("range", |fields| [1u64, 2].into_iter().for_each(|number| fields.number("number", number)));
        });
        assert_ne!(one, other);
    }
}
