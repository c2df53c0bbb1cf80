//! What the daemon said last of a connection without a pair: where nothing decides why it is down, that is quoted.

use std::collections::BTreeMap;
use std::time::Duration;

use super::claims::Connection;
use super::slab::Slot;
use crate::model::{Evidence, LogLine, LogSeverity, Statement};

/// For so long a line that tells of a failure is not put aside by one that goes on from there.
const WEIGHS_FOR: Duration = Duration::from_secs(60);

/// How much a line may tell of why something fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// What every negotiation begins and ends with.
    Little,
    Some,
    /// It tells of a failure.
    Much,
}

#[derive(Debug)]
struct Last {
    weight: Weight,
    line: Evidence,
}

#[derive(Debug, Default)]
pub struct Said(BTreeMap<Slot<Connection>, Last>);

impl Said {
    /// The last line that was read of this connection.
    pub fn last(&self, connection: Slot<Connection>) -> Option<&Evidence> {
        self.0.get(&connection).map(|last| &last.line)
    }

    pub(super) fn hear(&mut self, connection: Slot<Connection>, line: &LogLine, seen: &Evidence) {
        let weight = weight(line);
        let stays = |last: &Last| last.weight > weight && seen.at.since(last.line.at) < WEIGHS_FOR;
        if !self.0.get(&connection).is_some_and(stays) {
            self.0.insert(connection, Last { weight, line: seen.clone() });
        }
    }

    /// It has a pair, or nobody wants one.
    pub fn forget(&mut self, connection: Slot<Connection>) {
        self.0.remove(&connection);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

fn weight(line: &LogLine) -> Weight {
    match &line.says {
        Statement::ChildFailed { .. }
        | Statement::IkeFailed { .. }
        | Statement::PeerDeletes
        | Statement::NoChildSa
        | Statement::LostWithIke { .. } => Weight::Much,
        Statement::Said if line.severity > LogSeverity::Ordinary => Weight::Much,
        Statement::Deleting { .. }
        | Statement::Initiating { .. }
        | Statement::Responding
        | Statement::ConnectionAdded
        | Statement::Missing { .. } => Weight::Little,
        _ => Weight::Some,
    }
}
