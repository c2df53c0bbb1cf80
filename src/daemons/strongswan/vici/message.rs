//! Making a message.

use super::element::kind;

/// A message while it is made. What does not fit into its length is cut: our own words are short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageBytes(Vec<u8>);

impl MessageBytes {
    /// Keys with values, one after the other.
    pub fn of(values: &[(&str, &str)]) -> Self {
        let mut message = Self::default();
        for (name, value) in values {
            message.value(name, value);
        }
        message
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn value(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.push(kind::KEY_VALUE);
        self.name(name);
        self.long(value)
    }

    fn name(&mut self, name: &str) -> &mut Self {
        let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
        self.0.push(length);
        self.0.extend(name.bytes().take(usize::from(length)));
        self
    }

    fn long(&mut self, value: &str) -> &mut Self {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(value.bytes().take(usize::from(length)));
        self
    }
}

/// What charon's answers have, and no question of ours.
#[cfg(test)]
impl MessageBytes {
    pub fn begin(&mut self, section: &str) -> &mut Self {
        self.0.push(kind::SECTION_START);
        self.name(section)
    }

    pub fn end(&mut self) -> &mut Self {
        self.0.push(kind::SECTION_END);
        self
    }

    pub fn list(&mut self, name: &str, items: &[&str]) -> &mut Self {
        self.0.push(kind::LIST_START);
        self.name(name);
        for item in items {
            self.0.push(kind::LIST_ITEM);
            self.long(item);
        }
        self.0.push(kind::LIST_END);
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::element::{Element, Elements};
    use super::*;

    #[derive(Clone, Debug)]
    enum Branch {
        Value(String, String),
        List(String, Vec<String>),
        Section(String, Vec<Branch>),
    }

    fn node() -> impl Strategy<Value = Branch> {
        let leaf = prop_oneof![
            ("\\PC{0,20}", "\\PC{0,60}").prop_map(|(name, value)| Branch::Value(name, value)),
            ("\\PC{0,20}", proptest::collection::vec("\\PC{0,20}", 0..4))
                .prop_map(|(name, items)| Branch::List(name, items)),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            ("\\PC{0,20}", proptest::collection::vec(inner, 0..4))
                .prop_map(|(name, nodes)| Branch::Section(name, nodes))
        })
    }

    fn write<'a>(nodes: &'a [Branch], message: &mut MessageBytes, expected: &mut Vec<Element<'a>>) {
        for node in nodes {
            match node {
                Branch::Value(name, value) => {
                    message.value(name, value);
                    expected.push(Element::Value(name.as_bytes(), value.as_bytes()));
                }
                Branch::List(name, items) => {
                    message.list(name, &items.iter().map(String::as_str).collect::<Vec<_>>());
                    expected.push(Element::List(name.as_bytes()));
                    expected.extend(items.iter().map(|item| Element::Item(item.as_bytes())));
                    expected.push(Element::ListEnd);
                }
                Branch::Section(name, nodes) => {
                    message.begin(name);
                    expected.push(Element::Section(name.as_bytes()));
                    write(nodes, message, expected);
                    message.end();
                    expected.push(Element::SectionEnd);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_made_is_read_as_it_was_made(nodes in proptest::collection::vec(node(), 0..5)) {
            let (mut message, mut expected) = (MessageBytes::default(), Vec::new());
            write(&nodes, &mut message, &mut expected);
            let read: Result<Vec<_>, _> = Elements::of(message.bytes()).collect();
            prop_assert_eq!(read.unwrap(), expected);
        }

        #[test]
        fn no_bytes_make_reading_panic_or_go_on_for_ever(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Elements::of(&bytes).count() <= bytes.len() + 1);
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_can_be_read() {
        let (name, value) = ("n".repeat(300), "v".repeat(70_000));
        let message = MessageBytes::of(&[(&name, &value)]);
        let Some(Ok(Element::Value(name, value))) = Elements::of(message.bytes()).next() else { panic!() };
        assert_eq!((name.len(), value.len()), (255, 65_535));
    }
}
