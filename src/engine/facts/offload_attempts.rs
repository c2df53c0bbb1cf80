//! What the kernel itself tells about offloads that did not come about: joined by SPI with what the daemon says and with the SA.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use super::latest::keep_latest;
use crate::model::{Boottime, Evidence, KernelLogLine, OffloadTry, Spi};
use crate::reasons::speaks_for;

/// More than a burst of rekeys; the oldest go first.
const KEPT: usize = 1024;

/// Lines of drivers that are remembered.
const LINES: usize = 64;

/// A driver writes its line inside the call that it refuses; it may be read a little before the refusal or after it.
const SAME_CALL: Duration = Duration::from_millis(300);

/// What names an attempt: the destination is none where it could not be read.
pub type AttemptId = (Spi, Option<IpAddr>);

/// One offload that did not come about.
#[derive(Debug)]
pub struct Attempt {
    pub tried: OffloadTry,
    /// When it was told.
    pub at: Boottime,
    /// The line of evidence.
    pub line: Evidence,
    /// A finding has it.
    pub told: bool,
}

/// The latest of them, and what drivers said besides.
#[derive(Debug, Default)]
pub struct OffloadAttempts {
    by_sa: BTreeMap<AttemptId, Attempt>,
    order: VecDeque<AttemptId>,
    kernel_log: VecDeque<(Boottime, KernelLogLine)>,
}

impl OffloadAttempts {
    /// What was tried for this SA. Without a destination the SPI alone has to do.
    pub fn find(&self, spi: Spi, dst: Option<IpAddr>) -> Option<(AttemptId, &Attempt)> {
        let same = |id: &AttemptId| id.1.is_none() || dst.is_none() || id.1 == dst;
        let of_spi = self.by_sa.range((spi, None)..).take_while(|(id, _)| id.0 == spi);
        of_spi.filter(|(id, _)| same(id)).max_by_key(|(_, tried)| tried.at).map(|(id, tried)| (*id, tried))
    }

    pub fn get(&self, id: &AttemptId) -> Option<&Attempt> {
        self.by_sa.get(id)
    }

    /// Whether a finding has any of them.
    pub fn is_told_of(&self) -> bool {
        self.by_sa.values().any(|attempt| attempt.told)
    }

    /// A finding has it now.
    pub fn tell(&mut self, id: &AttemptId) {
        if let Some(tried) = self.by_sa.get_mut(id) {
            tried.told = true;
        }
    }

    /// A driver logged this.
    pub(super) fn driver_said(&mut self, at: Boottime, line: KernelLogLine) {
        keep_latest(&mut self.kernel_log, (at, line), LINES);
    }

    pub(super) fn keep(&mut self, tried: Attempt) -> AttemptId {
        let id = (tried.tried.spi, tried.tried.dst);
        if self.by_sa.insert(id, tried).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_sa.remove(&oldest);
        }
        id
    }

    /// Whether another request than this one came to nothing on the device about that moment: a driver's line may be about either.
    pub fn has_another(&self, at: Boottime, ifindex: u32, tried: Option<&OffloadTry>) -> bool {
        let near = |attempt: &&Attempt| is_near(attempt.at, at) && attempt.tried.ifindex == ifindex;
        let as_this = |other: &OffloadTry| {
            tried.is_some_and(|tried| {
                (other.spi, other.dst) == (tried.spi, tried.dst)
                    || (tried.shape.is_some() && (other.shape, other.mode) == (tried.shape, tried.mode))
            })
        };
        self.by_sa.values().filter(near).any(|attempt| !as_this(&attempt.tried))
    }

    /// What the driver of a device logged about that moment.
    pub fn kernel_log<'a>(
        &'a self,
        at: Boottime,
        device: Option<&'a str>,
        driver: Option<&'a str>,
    ) -> impl Iterator<Item = &'a KernelLogLine> {
        let its = move |line: &KernelLogLine| match &line.device {
            Some(name) => device == Some(name.as_str()),
            None => line.driver.as_deref().zip(driver).is_some_and(|(name, driver)| speaks_for(name, driver)),
        };
        self.kernel_log.iter().filter(move |(said, line)| is_near(*said, at) && its(line)).map(|(_, line)| line)
    }
}

fn is_near(one: Boottime, other: Boottime) -> bool {
    one.since(other) < SAME_CALL && other.since(one) < SAME_CALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Direction, OffloadMode, Source};

    fn tried(spi: u32, dst: Option<&str>, at: u64) -> Attempt {
        let tried = OffloadTry {
            pid: 7,
            process: "pluto".to_owned(),
            spi: Spi(spi),
            src: None,
            dst: dst.map(|dst| dst.parse().unwrap()),
            ifindex: 2,
            mode: OffloadMode::Crypto,
            direction: Direction::Out,
            errno: 22,
            text: None,
            shape: None,
        };
        let line = crate::engine::facts::story::evidence(Default::default(), Boottime::default(), Source::Trace, "");
        Attempt { tried, at: Boottime::from_micros(at), line, told: false }
    }

    #[test]
    fn an_attempt_is_found_by_spi_and_by_destination_where_both_sides_have_one() {
        let mut attempts = OffloadAttempts::default();
        attempts.keep(tried(1, Some("10.0.0.2"), 1));
        attempts.keep(tried(1, Some("10.0.0.3"), 2));
        attempts.keep(tried(2, None, 3));
        let dst = |dst: &str| Some(dst.parse().unwrap());
        assert_eq!(attempts.find(Spi(1), dst("10.0.0.2")).unwrap().1.at.micros(), 1);
        assert_eq!(attempts.find(Spi(1), None).unwrap().1.at.micros(), 2);
        assert!(attempts.find(Spi(1), dst("10.0.0.9")).is_none());
        assert_eq!(attempts.find(Spi(2), dst("10.0.0.9")).unwrap().1.at.micros(), 3);
    }

    #[test]
    fn old_attempts_make_room() {
        let mut attempts = OffloadAttempts::default();
        for spi in 0..2 * u32::try_from(KEPT).unwrap() {
            attempts.keep(tried(spi, None, 1));
            attempts.keep(tried(spi, None, 1));
        }
        assert_eq!((attempts.by_sa.len(), attempts.order.len()), (KEPT, KEPT));
    }
}
