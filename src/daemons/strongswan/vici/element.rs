//! A message: sections, keys with values and lists, read one element after the other.

/// Types of elements (vici_message.h, `vici_type_t`).
pub(super) mod kind {
    pub const SECTION_START: u8 = 1;
    pub const SECTION_END: u8 = 2;
    pub const KEY_VALUE: u8 = 3;
    pub const LIST_START: u8 = 4;
    pub const LIST_ITEM: u8 = 5;
    pub const LIST_END: u8 = 6;
}

/// Sections within sections. charon's own go four deep.
const DEEPEST: usize = 8;

/// One element. Names and values are bytes: most are text, but identities may be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element<'a> {
    /// A section of this name begins.
    Section(&'a [u8]),
    SectionEnd,
    Value(&'a [u8], &'a [u8]),
    List(&'a [u8]),
    Item(&'a [u8]),
    ListEnd,
}

/// What is no message: it is cut short, nests too deep or wrongly, or has elements of another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message is malformed at its byte {at}")]
pub struct MalformedMessage {
    /// From 0.
    pub at: usize,
}

/// Reads a message. After an error nothing more is told.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    all: &'a [u8],
    at: usize,
    depth: usize,
    in_list: bool,
    failed: bool,
}

impl<'a> Elements<'a> {
    pub const fn of(message: &'a [u8]) -> Self {
        Self { all: message, at: 0, depth: 0, in_list: false, failed: false }
    }

    /// How many sections are open.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Passes over the rest of the section that is open.
    ///
    /// # Errors
    /// The message is malformed before its end.
    pub fn skip_section(&mut self) -> Result<(), MalformedMessage> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            match self.next() {
                Some(element) => drop(element?),
                None => break,
            }
        }
        Ok(())
    }

    fn element(&mut self) -> Option<Element<'a>> {
        let kind = *self.take(1)?.first()?;
        // Items stand in lists and nothing else does.
        if self.in_list != matches!(kind, kind::LIST_ITEM | kind::LIST_END) {
            return None;
        }
        Some(match kind {
            kind::SECTION_START => {
                self.depth = Some(self.depth + 1).filter(|depth| *depth <= DEEPEST)?;
                Element::Section(self.name()?)
            }
            kind::SECTION_END => {
                self.depth = self.depth.checked_sub(1)?;
                Element::SectionEnd
            }
            kind::KEY_VALUE => Element::Value(self.name()?, self.value()?),
            kind::LIST_START => {
                self.in_list = true;
                Element::List(self.name()?)
            }
            kind::LIST_ITEM => Element::Item(self.value()?),
            kind::LIST_END => {
                self.in_list = false;
                Element::ListEnd
            }
            _ => return None,
        })
    }

    fn name(&mut self) -> Option<&'a [u8]> {
        let length = *self.take(1)?.first()?;
        self.take(usize::from(length))
    }

    fn value(&mut self) -> Option<&'a [u8]> {
        let length = u16::from_be_bytes(*self.take(2)?.first_chunk()?);
        self.take(usize::from(length))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.all.get(self.at..)?.get(..length)?;
        self.at += length;
        Some(taken)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, MalformedMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        let ended = self.at == self.all.len();
        if self.failed || (ended && self.depth == 0 && !self.in_list) {
            return None;
        }
        let at = self.at;
        let element = self.element();
        self.failed = element.is_none();
        Some(element.ok_or(MalformedMessage { at }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::MessageBytes;
    use super::*;

    fn elements(message: &[u8]) -> Result<Vec<Element<'_>>, MalformedMessage> {
        Elements::of(message).collect()
    }

    /// The example of the protocol's own description, in other words.
    #[test]
    fn sections_lists_and_values_are_these_bytes() {
        let bytes = b"\x03\x05first\0\x03one\x01\x05outer\x01\x05inner\x03\x06second\0\0\x02\x04\x03few\x05\0\x01a\x05\0\x02bc\x06\x02";
        let expected = [
            Element::Value(b"first", b"one"),
            Element::Section(b"outer"),
            Element::Section(b"inner"),
            Element::Value(b"second", b""),
            Element::SectionEnd,
            Element::List(b"few"),
            Element::Item(b"a"),
            Element::Item(b"bc"),
            Element::ListEnd,
            Element::SectionEnd,
        ];
        assert_eq!(elements(bytes).unwrap(), expected);
        let mut message = MessageBytes::default();
        message.value("first", "one").begin("outer").begin("inner").value("second", "").end();
        message.list("few", &["a", "bc"]).end();
        assert_eq!(message.bytes(), bytes);
    }

    #[test]
    fn values_are_any_bytes() {
        let bytes = b"\x03\x02\xff\0\0\x02\0\xfe";
        assert_eq!(elements(bytes).unwrap(), [Element::Value(b"\xff\0", b"\0\xfe")]);
    }

    #[test]
    fn what_is_malformed_ends_with_one_error() {
        for (bytes, at) in [
            (&b"\x03"[..], 0),
            (b"\x03\x01", 0),
            (b"\x03\x01a\0", 0),
            (b"\x03\x01a\0\x02b", 0),
            (b"\x03\x01a\0\0\x07", 5),
            (b"\x02", 0),
            (b"\x01\x01a", 3),
            (b"\x05\0\x01a", 0),
            (b"\x06", 0),
            (b"\x04\x01a\x03\x01a\0\0\x06", 3),
            (b"\x04\x01a\x04\x01b\x06", 3),
            (b"\x04\x01a", 3),
            (b"\0", 0),
        ] {
            let mut read = Elements::of(bytes);
            let failed = read.by_ref().find_map(Result::err);
            assert_eq!(failed, Some(MalformedMessage { at }), "{bytes:?}");
            assert_eq!(read.next(), None);
        }
        let deep = b"\x01\0".repeat(DEEPEST + 1);
        assert_eq!(elements(&deep), Err(MalformedMessage { at: 2 * DEEPEST }));
    }

    #[test]
    fn a_section_is_passed_over_with_all_that_is_in_it() {
        let mut message = MessageBytes::default();
        message.begin("a").begin("b").list("c", &["d"]).end().value("e", "f").end().value("g", "h");
        let mut read = Elements::of(message.bytes());
        assert_eq!(read.next(), Some(Ok(Element::Section(b"a"))));
        read.skip_section().unwrap();
        assert_eq!(read.next(), Some(Ok(Element::Value(b"g", b"h"))));
        assert_eq!(read.next(), None);
    }
}
