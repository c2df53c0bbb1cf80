//! Which offload an SA should have, and what the configuration says of it.

use glob::Pattern;

use crate::model::ConnectionRule;
use crate::pattern::pattern;

/// Which offload an SA of a connection should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// None.
    Nothing,
    /// At least crypto offload.
    Crypto,
    /// Packet offload.
    Packet,
    Any,
    /// It is not known: never a finding.
    Unknown,
}

impl Expected {
    /// As `sas` shows it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Crypto => "crypto",
            Self::Packet => "packet",
            Self::Any => "any",
            Self::Unknown => "unknown",
        }
    }

    /// Whether some offload is expected.
    pub const fn is_some(self) -> bool {
        matches!(self, Self::Crypto | Self::Packet | Self::Any)
    }
}

/// The exceptions of the configuration, in its order.
#[derive(Debug, Default)]
pub struct Rules {
    rules: Vec<(MatchedNames, ConnectionRule)>,
    /// Connections through which nothing comes back.
    one_way: Vec<MatchedNames>,
}

/// The names that a pattern matches; what is no pattern is a name.
#[derive(Debug)]
struct MatchedNames {
    text: String,
    pattern: Option<Pattern>,
}

impl MatchedNames {
    fn new(text: &str) -> Self {
        // A bracket is one, as in the names of instances.
        Self { text: text.to_owned(), pattern: pattern(&text.replace('[', "[[]")) }
    }

    fn have(&self, name: &str) -> bool {
        self.pattern.as_ref().map_or(self.text == name, |pattern| pattern.matches(name))
    }
}

impl Rules {
    pub(super) fn new(rules: &[ConnectionRule], one_way: &[String]) -> Self {
        Self {
            rules: rules.iter().map(|rule| (MatchedNames::new(&rule.pattern), rule.clone())).collect(),
            one_way: one_way.iter().map(|pattern| MatchedNames::new(pattern)).collect(),
        }
    }

    /// The first whose pattern a connection's name matches.
    pub fn of(&self, connection: &str) -> Option<&ConnectionRule> {
        self.rules.iter().find(|(names, _)| names.have(connection)).map(|(_, rule)| rule)
    }

    /// Nothing comes back through this connection.
    pub fn is_one_way(&self, connection: &str) -> bool {
        self.one_way.iter().any(|names| names.have(connection))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OffloadWish;

    #[test]
    fn the_first_rule_counts_whose_pattern_matches_as_in_a_shell() {
        let rule =
            |pattern: &str| ConnectionRule { pattern: pattern.to_owned(), offload: OffloadWish::Off, mode: None };
        let matches = |pattern: &str, name: &str| Rules::new(&[rule(pattern)], &[]).of(name).is_some();
        for (pattern, name) in [
            ("*", ""),
            ("**", "a/b"),
            ("branch-*", "branch-7"),
            ("*-east", "a-b-east"),
            ("t?", "t1"),
            ("a*b*c", "a-b-b-c"),
            ("t[1]", "t[1]"),
            ("t[", "t["),
            ("t]*", "t]"),
            ("*", ".hidden/7"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("", "a"), ("branch-*", "Branch-7"), ("t?", "t12"), ("a*b", "a-b-c"), ("t[12]", "t1"), ("t[", "t1")]
        {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        let rules = Rules::new(&[rule("t1"), rule("t*"), rule("*")], &["log-*".to_owned()]);
        let first = |name: &str| rules.of(name).map(|rule| rule.pattern.as_str());
        assert_eq!((first("t1"), first("t2"), first("u")), (Some("t1"), Some("t*"), Some("*")));
        assert_eq!(["log-7", "t1"].map(|name| rules.is_one_way(name)), [true, false]);
    }
}
