//! Which unit is followed: the one that runs the daemon, or of those that may the likeliest.

use crate::daemons::dialect;
use crate::model::{DaemonKind, UnitLook};

/// Units, the likeliest first, and whom one of them has to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitChoice {
    pub names: Vec<String>,
    kinds: Vec<DaemonKind>,
}

impl UnitChoice {
    /// This one: it runs the daemon.
    pub fn one(name: String) -> Self {
        Self { names: vec![name], kinds: DaemonKind::ALL.to_vec() }
    }

    /// The one that is named, or those that usually run one of these daemons.
    pub fn of(named: Option<&str>, kinds: &[DaemonKind]) -> Self {
        if let Some(name) = named {
            return Self::one(name.to_owned());
        }
        let mut names: Vec<String> = Vec::new();
        for unit in kinds.iter().flat_map(|kind| dialect(*kind).usual_units()) {
            if !names.iter().any(|name| name == unit) {
                names.push((*unit).to_owned());
            }
        }
        Self { names, kinds: kinds.to_vec() }
    }

    /// One of these commands (`ExecStart=`) starts a daemon that is not meant. Two kinds may have a unit of one name.
    pub fn is_of_another(&self, commands: &[Vec<String>]) -> bool {
        let starts = |kind: &DaemonKind| commands.iter().any(|command| dialect(*kind).is_run_by(command));
        !self.kinds.iter().any(starts) && DaemonKind::ALL.iter().any(starts)
    }
}

/// How likely a unit is the one that runs the daemon, or should.
pub fn rank(look: &UnitLook, loaded: bool) -> u8 {
    match look.active.as_str() {
        _ if !loaded => u8::from(look.masked),
        "active" | "activating" | "reloading" | "deactivating" => 5,
        "failed" => 4,
        _ if look.enabled => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(words: &[&str]) -> Vec<Vec<String>> {
        vec![words.iter().map(|word| (*word).to_owned()).collect()]
    }

    #[test]
    fn a_unit_is_told_apart_by_its_command_where_two_kinds_have_its_name() {
        let pluto = commands(&["/usr/libexec/ipsec/pluto", "--nofork"]);
        let starter = commands(&["/usr/sbin/ipsec", "start", "--nofork"]);
        let script = commands(&["/usr/local/sbin/start-ike"]);
        let libreswan = UnitChoice::of(None, &[DaemonKind::Libreswan]);
        assert_eq!(libreswan.names, ["ipsec.service"]);
        assert_eq!([&pluto, &starter, &script].map(|one| libreswan.is_of_another(one)), [false, true, false]);
        let strongswan = UnitChoice::of(None, &[DaemonKind::Strongswan]);
        assert_eq!([&pluto, &starter, &script].map(|one| strongswan.is_of_another(one)), [true, false, false]);
        let either = UnitChoice::of(None, &DaemonKind::ALL);
        assert_eq!(either.names, ["ipsec.service", "strongswan.service", "strongswan-starter.service"]);
        assert_eq!([&pluto, &starter, &script].map(|one| either.is_of_another(one)), [false; 3]);
        let named = UnitChoice::of(Some("gw.service"), &[DaemonKind::Libreswan]);
        assert_eq!((named.names.len(), named.is_of_another(&starter)), (1, false));
    }

    #[test]
    fn one_that_runs_goes_before_one_that_should() {
        let look = |active: &str, enabled| UnitLook { active: active.to_owned(), enabled, ..UnitLook::default() };
        let ranks = [
            ("inactive", false, false),
            ("inactive", false, true),
            ("inactive", true, true),
            ("failed", false, true),
            ("active", false, true),
        ]
        .map(|(active, enabled, loaded)| rank(&look(active, enabled), loaded));
        assert!(ranks.is_sorted() && ranks[0] < ranks[4], "{ranks:?}");
    }
}
