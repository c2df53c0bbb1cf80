//! A fuzz target: the kernel's histograms.

use super::histogram;
use crate::fuzzing::comes_back;
use crate::model::{Dropped, Senders};

/// No line is a row twice, and no packet is lost in the telling.
pub(crate) fn histograms(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(counts) = histogram::read(&text) else { return };
    assert!(counts.rows.len() <= text.lines().count());
    let all = counts.rows.iter().fold(counts.dropped, |sum, (_, _, packets)| sum.saturating_add(*packets));
    let mut senders = Senders::default();
    histogram::add(&mut senders, Dropped::NoState, counts);
    histogram::keep_the_most(&mut senders);
    assert!(senders.rows.len() <= Senders::MOST);
    assert_eq!(senders.rows.iter().fold(senders.more, |sum, sender| sum.saturating_add(sender.packets)), all);
    comes_back(&senders);
}
