//! What is said of a tunnel with too many pairs.

use crate::daemons::{Advice, Behaviour};
use crate::engine::findings::Sentences;
use crate::model::{Serial, Spi};

pub(super) const OVER: &str = "there are no more pairs than a rekey explains";

/// Too many pairs.
pub(super) fn duplicates(
    daemon: &Behaviour,
    name: &str,
    instance: Option<&str>,
    pairs: usize,
    per_hour: u64,
) -> Sentences {
    let growth =
        if per_hour == 0 { "and the number does not grow".to_owned() } else { format!("{per_hour} more an hour") };
    Sentences::of(
        format!("{name}{} has {pairs} pairs of SAs where a rekey explains two, {growth}", instance.unwrap_or_default()),
        format!(
            "the peer negotiates again and again: look at its log, its kernel may refuse the SA; {} with a peer that sends INITIAL_CONTACT, or '{}', removes the old ones",
            daemon.advice(Advice::UniqueIds),
            daemon.advice(Advice::DeleteState("NUMBER"))
        ),
    )
}

pub(super) fn stand(pairs: usize, first: usize) -> String {
    format!("{pairs} established pairs are in the kernel; there were {first} when the finding was first noticed")
}

/// One of two pairs, with the packets a second of the last window, where they are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct PairWords {
    pub(super) serial: Serial,
    pub(super) outbound: Spi,
    pub(super) inbound: Spi,
    pub(super) sends: Option<u64>,
    pub(super) receives: Option<u64>,
}

impl PairWords {
    pub(super) fn line(&self) -> String {
        let Self { serial, outbound, inbound, .. } = self;
        let rate = |rate: Option<u64>| rate.map_or("an unknown number of".to_owned(), |rate| rate.to_string());
        format!(
            "the pair of state #{} (out {outbound}, in {inbound}) sends {} packets a second and receives {}",
            serial.0,
            rate(self.sends),
            rate(self.receives)
        )
    }
}

/// Two pairs, the newer one first.
pub(super) fn two_pairs(daemon: &Behaviour, name: &str, instance: Option<&str>, pairs: &[PairWords; 2]) -> Sentences {
    let busiest = |rate: fn(&PairWords) -> Option<u64>| {
        let carries = pairs.iter().filter(|pair| rate(pair).is_some_and(|rate| rate > 0));
        carries.max_by_key(|pair| rate(pair)).map(|pair| pair.serial.0)
    };
    let which = match (busiest(|pair| pair.sends), busiest(|pair| pair.receives)) {
        (Some(sends), Some(receives)) if sends == receives => {
            format!("traffic goes both ways on that of state #{sends}")
        }
        (Some(sends), Some(receives)) => {
            format!("it sends on that of state #{sends} and receives on that of state #{receives}")
        }
        (Some(sends), None) => format!("it sends on that of state #{sends} and receives on neither"),
        (None, Some(receives)) => format!("it receives on that of state #{receives} and sends on neither"),
        (None, None) => "neither carries anything now".to_owned(),
    };
    let instance = instance.unwrap_or_default();
    let [newer, older] = pairs;
    Sentences::of(
        format!(
            "{name}{instance} has two pairs of SAs that no rekey explains: {which}; what is sent on a pair that the peer has no longer is lost"
        ),
        format!(
            "compare the SPIs with those at the peer ('ip xfrm state' at both ends): a pair that one end lacks is taken away by '{}' or '{}'; where both ends bring the connection up, let one of them do it",
            daemon.advice(Advice::DeleteState(&older.serial.0.to_string())),
            daemon.advice(Advice::DeleteState(&newer.serial.0.to_string())),
        ),
    )
}
