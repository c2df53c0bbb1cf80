//! What a daemon's silence means: it hangs only where it could have answered.

use std::time::Duration;

use crate::model::{Silence, Unread, micros};

/// A host is busy for a moment now and then.
const STARVED_AFTER: Duration = Duration::from_secs(20);

/// Microseconds of its own that tell something.
const A_LITTLE: u64 = 1_000_000;

/// What a daemon is starved of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    Processor,
    /// Its control group may use no more of it.
    Quota,
    Memory,
}

/// What its main thread does while it does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Frozen,
    /// It waits in the kernel, and nothing else wakes it.
    Waits,
    Spins,
    Sleeps,
    /// Neither for most of the time.
    Unclear,
}

/// How a question that is unanswered stands.
#[derive(Debug, Default)]
pub struct Unanswered {
    /// How long the daemon may take, where it can do something.
    pub patience: Duration,
    /// What it did meanwhile, as last seen.
    pub silence: Option<Silence>,
    /// What was told of it last.
    pub told: Option<Doing>,
    /// Of the time between the last two looks it could use the smaller part.
    pub starves: bool,
}

impl Unanswered {
    /// Of a question that is asked now.
    pub fn new(patience: Duration) -> Self {
        Self { patience, ..Self::default() }
    }

    /// It was looked at again. Returns how much of the time since the last look it could not use.
    pub fn seen(&mut self, silence: &Silence) -> Duration {
        let (over, gone) = self.silence.as_ref().map_or((0, 0), |before| (before.over, lost(before)));
        let (over, gone) = (silence.over.saturating_sub(over), lost(silence).saturating_sub(gone));
        self.starves = over > 0 && gone >= over / 2;
        self.silence = Some(silence.clone());
        Duration::from_micros(gone)
    }

    /// It could have answered: most of its time was its own. Where nothing was seen of it, that counts as so.
    pub fn could_answer(&self) -> bool {
        self.silence.as_ref().is_none_or(|silence| usable(silence) >= micros(self.patience) / 4 * 3)
    }

    /// It has been without something for so long that this is worth a word.
    pub fn starved(&self) -> Option<Lack> {
        let silence = self.silence.as_ref()?;
        let own = own_loss(silence);
        if silence.over < micros(STARVED_AFTER) || own < silence.over / 2 {
            return None;
        }
        let (waited, memory) = (silence.waited.unwrap_or(0), silence.memory.unwrap_or(0));
        Some(match silence.throttled {
            _ if memory > waited => Lack::Memory,
            Some(throttled) if throttled >= waited / 2 => Lack::Quota,
            _ => Lack::Processor,
        })
    }

    /// What it does.
    pub fn doing(&self) -> Option<Doing> {
        self.silence.as_ref().map(doing)
    }
}

/// Without a processor, or without memory.
fn own_loss(silence: &Silence) -> u64 {
    silence.waited.unwrap_or(0).saturating_add(silence.memory.unwrap_or(0)).min(silence.over)
}

/// In which no answer could come: the daemon could do nothing, or whoever asks could not.
fn lost(silence: &Silence) -> u64 {
    own_loss(silence).saturating_add(silence.asker_waited).min(silence.over)
}

/// What the daemon had for its answer.
pub fn usable(silence: &Silence) -> u64 {
    silence.over - lost(silence)
}

fn doing(silence: &Silence) -> Doing {
    let looks = silence.looks;
    let most = |count: u32| count > 0 && count.saturating_mul(2) >= looks.all();
    // Of what was its own to use.
    let own = silence.over - own_loss(silence);
    let worked = silence.worked;
    if silence.frozen {
        Doing::Frozen
    } else if own < A_LITTLE {
        Doing::Unclear
    } else if worked.is_some_and(|worked| worked >= own / 10 * 8) && looks.running > 0 {
        Doing::Spins
    } else if most(looks.uninterruptible) {
        Doing::Waits
    } else if worked.is_none_or(|worked| worked <= own / 10) && most(looks.asleep) {
        Doing::Sleeps
    } else {
        Doing::Unclear
    }
}

/// Something waits, and no less than before.
pub fn does_not_fall(before: Unread, now: Unread) -> bool {
    [(before.ike, now.ike), (before.netlink, now.netlink), (before.control, now.control)]
        .iter()
        .any(|(b, n)| *b > 0 && n >= b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Looks;

    const SECOND: u64 = 1_000_000;

    fn after(seconds: u64) -> Silence {
        let looks = Looks { asleep: u32::try_from(seconds).unwrap(), ..Looks::default() };
        Silence { pid: 1, over: seconds * SECOND, looks, worked: Some(0), waited: Some(0), ..Silence::default() }
    }

    fn busy(seconds: u64, worked: u64, waited: u64) -> Silence {
        let looks = Looks { running: u32::try_from(seconds).unwrap(), ..Looks::default() };
        Silence { looks, worked: Some(worked * SECOND), waited: Some(waited * SECOND), ..after(seconds) }
    }

    fn unanswered(silence: Silence) -> Unanswered {
        let mut unanswered = Unanswered::new(Duration::from_secs(8));
        unanswered.seen(&silence);
        unanswered
    }

    #[test]
    fn it_is_judged_by_what_it_could_use() {
        for (silence, could, starved, doing) in [
            (after(8), true, None, Doing::Sleeps),
            (busy(8, 8, 0), true, None, Doing::Spins),
            (busy(8, 7, 1), true, None, Doing::Spins),
            // Half of a processor is enough in twice the time.
            (busy(8, 4, 4), false, None, Doing::Spins),
            (busy(16, 8, 8), true, None, Doing::Spins),
            (busy(8, 0, 8), false, None, Doing::Unclear),
            (busy(25, 0, 25), false, Some(Lack::Processor), Doing::Unclear),
            (busy(25, 2, 23), false, Some(Lack::Processor), Doing::Spins),
            (busy(60, 1, 3), true, None, Doing::Unclear),
        ] {
            let is = unanswered(silence.clone());
            assert_eq!((is.could_answer(), is.starved()), (could, starved), "{silence:?}");
            assert_eq!(is.doing(), Some(doing), "{silence:?}");
        }
    }

    #[test]
    fn what_it_lacks_is_named() {
        let quota = Silence { throttled: Some(20 * SECOND), ..busy(25, 2, 22) };
        assert_eq!(unanswered(quota).starved(), Some(Lack::Quota));
        let looks = Looks { uninterruptible: 25, ..Looks::default() };
        let memory = Silence { memory: Some(24 * SECOND), looks, ..after(25) };
        assert_eq!(unanswered(memory.clone()).starved(), Some(Lack::Memory));
        assert!(!unanswered(memory).could_answer());
    }

    #[test]
    fn a_question_that_waits_for_a_processor_itself_excuses_the_daemon_and_accuses_nobody() {
        let late = Silence { asker_waited: 25 * SECOND, ..after(25) };
        let is = unanswered(late);
        assert_eq!((is.could_answer(), is.starved()), (false, None));
    }

    #[test]
    fn one_look_in_the_kernel_is_no_wait_in_it() {
        let looks = Looks { uninterruptible: 1, asleep: 7, ..Looks::default() };
        assert_eq!(unanswered(Silence { looks, ..after(8) }).doing(), Some(Doing::Sleeps));
        let looks = Looks { uninterruptible: 7, asleep: 1, ..Looks::default() };
        assert_eq!(unanswered(Silence { looks, ..after(8) }).doing(), Some(Doing::Waits));
    }

    #[test]
    fn what_no_kernel_would_say_is_no_panic() {
        let most = Some(u64::MAX);
        for over in [0, 1, u64::MAX] {
            let silence = Silence { over, worked: most, waited: most, memory: most, asker_waited: 7, ..after(0) };
            let mut is = unanswered(silence);
            assert!(is.starved().is_some() == (over == u64::MAX));
            assert_eq!(is.seen(&after(1)), Duration::ZERO);
        }
        let unknown = Silence { worked: None, waited: None, looks: Looks::default(), ..after(8) };
        let is = unanswered(unknown);
        assert_eq!((is.could_answer(), is.doing()), (true, Some(Doing::Unclear)));
    }
}
