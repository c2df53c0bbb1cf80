//! Of whom it is said that he calls a process as the daemon is called. One at a time: anybody may start as many as he likes, as often as he
//! likes, and what is said goes into the journal.

use std::time::{Duration, Instant};

use super::candidate::Stranger;

/// One that is said stays so, seen or not, before another takes its place.
const STAYS: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub struct Strangers {
    said: Option<(Stranger, Instant)>,
}

impl Strangers {
    /// Of whom to say it, now that this one, or none, was seen.
    pub fn worth_a_word(&mut self, seen: Option<Stranger>, now: Instant) -> Option<Stranger> {
        if self.said.is_none_or(|(_, since)| now.saturating_duration_since(since) >= STAYS) {
            self.said = match (self.said, seen) {
                // Still there.
                (Some((said, since)), Some(seen)) if said == seen => Some((said, since)),
                (_, seen) => seen.map(|seen| (seen, now)),
            };
        }
        self.said.map(|(said, _)| said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_comes_and_goes_is_said_once_a_minute() {
        let stranger = |pid| Some(Stranger { name: "pluto", pid, uid: 65_534 });
        let mut strangers = Strangers::default();
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        assert_eq!(strangers.worth_a_word(None, begin), None);
        assert_eq!(strangers.worth_a_word(stranger(1), begin), stranger(1));
        for second in 1..60 {
            let seen = if second % 2 == 0 { stranger(second) } else { None };
            assert_eq!(strangers.worth_a_word(seen, after(second.into())), stranger(1));
        }
        for (second, seen, said) in [(60, 7, 7), (119, 8, 7), (120, 7, 7), (121, 9, 9)] {
            assert_eq!(strangers.worth_a_word(stranger(seen), after(second)), stranger(said), "{second}");
        }
        assert_eq!(strangers.worth_a_word(None, after(181)), None);
    }
}
