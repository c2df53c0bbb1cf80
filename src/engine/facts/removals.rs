//! Who asked the kernel to delete or flush SAs and policies, beside the daemon: the last of them.

use std::collections::VecDeque;
use std::time::Duration;

use super::join::How;
use crate::model::{Boottime, PolicyId, RealTime, Reason, Removal, Removals, Removed, SaId};

/// What the kernel is asked for it does at once, and tells at once; whoever reads both may be late with one of them.
const AT_ONCE: Duration = Duration::from_secs(5);

/// What left without an event is noticed by a count, or the next dump.
const NOTICED_WITHIN: Duration = Duration::from_secs(600);

/// One request, and when it was on the wall clock.
#[derive(Debug)]
pub struct RemovalAsked {
    pub removal: Removal,
    pub wall: RealTime,
}

/// The last [`Removals::MOST`].
#[derive(Debug, Default)]
pub struct RemovalRequests(VecDeque<RemovalAsked>);

impl RemovalRequests {
    pub(super) fn keep(&mut self, asked: RemovalAsked) {
        if self.0.len() >= Removals::MOST {
            self.0.pop_front();
        }
        self.0.push_back(asked);
    }

    /// Who had this SA taken out, which left so and was noticed then.
    pub fn of_sa(&self, id: &SaId, how: How, at: Boottime) -> Option<&RemovalAsked> {
        let (is_meant, within): (fn(&Removed, &SaId) -> bool, _) = match how {
            How::Deleted => (is_deleted, AT_ONCE),
            How::Flushed => (is_flushed, AT_ONCE),
            How::Silently => (|what, id| is_deleted(what, id) || is_flushed(what, id), NOTICED_WITHIN),
            How::Expired | How::NeverSeen => return None,
        };
        self.latest(at, within, |what| is_meant(what, id))
    }

    /// Who had the policy with this id and index taken out, alone or with all others.
    pub fn of_policy(&self, (id, index): (&PolicyId, u32), reason: Reason, at: Boottime) -> Option<&RemovalAsked> {
        let is_it = |other: &PolicyId| (other.selector, other.direction) == (id.selector, id.direction);
        self.latest(at, AT_ONCE, |what| match what {
            Removed::Policy { id: Some(other), .. } => reason == Reason::Deleted && is_it(other),
            Removed::Policy { id: None, index: other } => reason == Reason::Deleted && *other == index,
            Removed::Policies => reason == Reason::Flushed,
            _ => false,
        })
    }

    fn latest(&self, at: Boottime, within: Duration, is_meant: impl Fn(&Removed) -> bool) -> Option<&RemovalAsked> {
        let is_near = |asked: &RemovalAsked| {
            let then = asked.removal.at;
            at.since(then) <= within && then.since(at) <= AT_ONCE
        };
        self.0.iter().rev().find(|asked| is_near(asked) && is_meant(&asked.removal.what))
    }
}

/// Marks are not read, and hardly any two SAs differ in their mark alone.
fn is_deleted(what: &Removed, sa: &SaId) -> bool {
    matches!(what, Removed::Sa(id) if (id.dst, id.spi, id.protocol) == (sa.dst, sa.spi, sa.protocol))
}

fn is_flushed(what: &Removed, sa: &SaId) -> bool {
    matches!(what, Removed::Sas { protocol } if protocol.is_none_or(|protocol| protocol == sa.protocol))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Mark, Netns, Protocol, Spi};

    fn sa(spi: u32) -> SaId {
        let (netns, dst, mark) = (Netns(1), [10, 0, 0, 1].into(), Mark::default());
        SaId { netns, dst, spi: Spi(spi), protocol: Protocol::Esp, mark }
    }

    fn asked(second: u64, pid: u32, what: Removed) -> RemovalAsked {
        let at = Boottime::from_micros(second * 1_000_000);
        RemovalAsked { removal: Removal { at, pid, process: "ip".to_owned(), what }, wall: RealTime::default() }
    }

    fn requests(all: impl IntoIterator<Item = RemovalAsked>) -> RemovalRequests {
        let mut requests = RemovalRequests::default();
        all.into_iter().for_each(|asked| requests.keep(asked));
        requests
    }

    fn pid(found: Option<&RemovalAsked>) -> Option<u32> {
        found.map(|asked| asked.removal.pid)
    }

    #[test]
    fn an_sa_went_by_the_last_request_for_it_a_moment_before() {
        let at = Boottime::from_micros(100_000_000);
        let all = [(99, 1, 7), (100, 2, 7), (100, 3, 8), (50, 4, 9)];
        let requests = requests(all.map(|(second, pid, spi)| asked(second, pid, Removed::Sa(sa(spi)))));
        let by = |spi, how| pid(requests.of_sa(&sa(spi), how, at));
        assert_eq!([7, 8, 9, 10].map(|spi| by(spi, How::Deleted)), [Some(2), Some(3), None, None]);
        assert_eq!(by(9, How::Silently), Some(4), "a count noticed it later");
        assert_eq!([How::Flushed, How::Expired, How::NeverSeen].map(|how| by(7, how)), [None; 3]);
    }

    #[test]
    fn a_flush_takes_what_it_is_for() {
        let at = Boottime::from_micros(100_000_000);
        let flush = |protocol| requests([asked(100, 1, Removed::Sas { protocol })]);
        let by = |protocol| pid(flush(protocol).of_sa(&sa(7), How::Flushed, at));
        assert_eq!([None, Some(Protocol::Esp), Some(Protocol::Ah)].map(by), [Some(1), Some(1), None]);
    }

    #[test]
    fn old_requests_make_room() {
        let all = (0..1000).map(|spi| asked(100, spi, Removed::Sa(sa(spi))));
        let requests = requests(all);
        assert_eq!(requests.0.len(), Removals::MOST);
        let at = Boottime::from_micros(100_000_000);
        assert_eq!(pid(requests.of_sa(&sa(999), How::Deleted, at)), Some(999));
        assert_eq!(pid(requests.of_sa(&sa(1), How::Deleted, at)), None);
    }
}
