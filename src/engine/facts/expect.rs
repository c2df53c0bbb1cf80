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
pub struct Rules(Vec<(Option<Pattern>, ConnectionRule)>);

impl Rules {
    pub(super) fn new(rules: &[ConnectionRule]) -> Self {
        // A bracket is one, as in the names of instances.
        let pattern = |rule: &ConnectionRule| pattern(&rule.pattern.replace('[', "[[]"));
        Self(rules.iter().map(|rule| (pattern(rule), rule.clone())).collect())
    }

    /// The first whose pattern a connection's name matches; what is no pattern is a name.
    pub fn of(&self, connection: &str) -> Option<&ConnectionRule> {
        let matches = |pattern: &Option<Pattern>, rule: &ConnectionRule| match pattern {
            Some(pattern) => pattern.matches(connection),
            None => rule.pattern == connection,
        };
        self.0.iter().find(|(pattern, rule)| matches(pattern, rule)).map(|(_, rule)| rule)
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
        let matches = |pattern: &str, name: &str| Rules::new(&[rule(pattern)]).of(name).is_some();
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
        let rules = Rules::new(&[rule("t1"), rule("t*"), rule("*")]);
        let first = |name: &str| rules.of(name).map(|rule| rule.pattern.as_str());
        assert_eq!((first("t1"), first("t2"), first("u")), (Some("t1"), Some("t*"), Some("*")));
    }
}
