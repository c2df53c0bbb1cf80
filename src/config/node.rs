//! A YAML file as a tree: what stands in it, before anybody asks what it means. So everything that is wrong can be told at once.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// What stands at one place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// In the order of the file; a key may stand there twice.
    Mapping(Vec<(String, Node)>),
    /// With a tag, as `!secret x`.
    Tagged,
}

/// What repeats too much in too little text (aliases of aliases).
pub(super) const TOO_MUCH: &str = "aliases repeat more than the whole file holds";

/// The tree of a file. Its nodes and the bytes of its texts are no more than the file has bytes, and some.
///
/// # Errors
/// It is no YAML.
pub(super) fn read(text: &[u8]) -> Result<Node, serde_yaml::Error> {
    let left = Cell::new(text.len().saturating_mul(2).saturating_add(64));
    Root(Seed { left: &left }).deserialize(serde_yaml::Deserializer::from_slice(text))
}

/// A file may be empty.
struct Root<'a>(Seed<'a>);

#[derive(Clone, Copy)]
struct Seed<'a> {
    left: &'a Cell<usize>,
}

struct Key<'a>(Seed<'a>);

impl Seed<'_> {
    fn spend<E: Error>(self, amount: usize) -> Result<(), E> {
        let left = self.left.get().checked_sub(amount).ok_or_else(|| E::custom(TOO_MUCH))?;
        self.left.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.spend(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, found: bool) -> Result<Node, E> {
        Ok(Node::Bool(found))
    }

    fn visit_i64<E: Error>(self, found: i64) -> Result<Node, E> {
        Ok(Node::Number(found.to_string()))
    }

    fn visit_u64<E: Error>(self, found: u64) -> Result<Node, E> {
        Ok(Node::Number(found.to_string()))
    }

    fn visit_i128<E: Error>(self, found: i128) -> Result<Node, E> {
        Ok(Node::Number(found.to_string()))
    }

    fn visit_u128<E: Error>(self, found: u128) -> Result<Node, E> {
        Ok(Node::Number(found.to_string()))
    }

    fn visit_f64<E: Error>(self, found: f64) -> Result<Node, E> {
        Ok(Node::Number(found.to_string()))
    }

    fn visit_str<E: Error>(self, found: &str) -> Result<Node, E> {
        self.spend(found.len())?;
        Ok(Node::Text(found.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(Key(self))? {
            entries.push((key, map.next_value_seed(self)?));
        }
        Ok(Node::Mapping(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Node, A::Error> {
        let (_, value) = tagged.variant::<IgnoredAny>()?;
        value.newtype_variant::<IgnoredAny>()?;
        Ok(Node::Tagged)
    }
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        // A number, too, is a connection's name.
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, found: &str) -> Result<String, E> {
        self.0.spend(found.len())?;
        Ok(found.to_owned())
    }
}

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document or none")
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.0.deserialize(deserializer)
    }
}

/// One step from a node to what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeStep {
    /// The key of an entry of a mapping.
    Key(usize),
    Value(usize),
    /// An item of a list.
    Item(usize),
}

/// Line and column of a node, from 1. The parser tells places with errors alone, so one is made there.
pub(super) fn locate(text: &[u8], steps: &[NodeStep]) -> (usize, usize) {
    let found = Locate(steps).deserialize(serde_yaml::Deserializer::from_slice(text));
    found.err().and_then(|error| error.location()).map_or((1, 1), |at| (at.line(), at.column()))
}

struct Locate<'a>(&'a [NodeStep]);

impl<'de> DeserializeSeed<'de> for Locate<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Locate<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the end of the way")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((NodeStep::Item(number), rest)) = self.0.split_first() else { return Err(A::Error::custom("here")) };
        for _ in 0..*number {
            list.next_element::<IgnoredAny>()?;
        }
        list.next_element_seed(Locate(rest)).map(drop)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (number, rest, is_key) = match self.0.split_first() {
            Some((NodeStep::Key(number), rest)) => (*number, rest, true),
            Some((NodeStep::Value(number), rest)) => (*number, rest, false),
            _ => return Err(A::Error::custom("here")),
        };
        for _ in 0..number {
            map.next_entry::<IgnoredAny, IgnoredAny>()?;
        }
        if is_key {
            return map.next_key_seed(Locate(&[])).map(drop);
        }
        map.next_key::<IgnoredAny>()?;
        map.next_value_seed(Locate(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 1\nb:\n  - x\n  - {c: [d, e]}\na: ~\n";

    #[test]
    fn a_tree_has_all_that_stands_in_the_file() {
        let text = |text: &str| Node::Text(text.to_owned());
        let inner = Node::Mapping(vec![("c".to_owned(), Node::List(vec![text("d"), text("e")]))]);
        let tree = vec![
            ("a".to_owned(), Node::Number("1".to_owned())),
            ("b".to_owned(), Node::List(vec![text("x"), inner])),
            ("a".to_owned(), Node::Null),
        ];
        assert_eq!(read(TEXT.as_bytes()).unwrap(), Node::Mapping(tree));
        for (text, node) in
            [("", Node::Null), ("---\n", Node::Null), ("true", Node::Bool(true)), ("!x y", Node::Tagged)]
        {
            assert_eq!(read(text.as_bytes()).unwrap(), node, "{text}");
        }
    }

    #[test]
    fn each_node_has_its_place() {
        let at = |steps: &[NodeStep]| locate(TEXT.as_bytes(), steps);
        assert_eq!(at(&[]), (1, 1));
        assert_eq!(at(&[NodeStep::Value(0)]), (1, 4));
        assert_eq!(at(&[NodeStep::Value(1), NodeStep::Item(0)]), (3, 5));
        assert_eq!(at(&[NodeStep::Value(1), NodeStep::Item(1), NodeStep::Key(0)]), (4, 6));
        assert_eq!(at(&[NodeStep::Value(1), NodeStep::Item(1), NodeStep::Value(0), NodeStep::Item(1)]), (4, 13));
        assert_eq!(at(&[NodeStep::Key(2)]), (5, 1));
    }

    #[test]
    fn aliases_of_aliases_take_no_more_memory_than_the_file() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", [before.as_str(); 8].join(", ")));
        }
        assert!(read(text.as_bytes()).is_err());
    }
}
