//! Records in whatever order, halves of calls, and losses.

use proptest::prelude::*;

use super::*;
use crate::model::{Direction, OffloadMode, Spi};

const NOW: Boottime = Boottime::from_micros(1_000_000);
const SA: u64 = 0xffff_8000_0000_0000;

fn entry(time: u64, thread: u32, told: ToldRecord) -> ThreadRecord {
    ThreadRecord { time, thread, told }
}

fn begun(time: u64, thread: u32, spi: u32) -> ThreadRecord {
    let tried = OffloadTry {
        pid: thread,
        process: "pluto".to_owned(),
        spi: Spi(spi),
        src: None,
        dst: None,
        ifindex: 2,
        mode: OffloadMode::Crypto,
        direction: Direction::Out,
        errno: 0,
        text: None,
        shape: None,
    };
    entry(time, thread, ToldRecord::Begun(Box::new(tried), SA + u64::from(spi)))
}

fn ended(time: u64, thread: u32, result: i32) -> ThreadRecord {
    entry(time, thread, ToldRecord::Ended(result))
}

fn taken(time: u64, thread: u32, spi: u32) -> ThreadRecord {
    entry(time, thread, ToldRecord::InSoftware(SA + u64::from(spi)))
}

fn answered(time: u64, thread: u32, text: Option<&str>) -> ThreadRecord {
    entry(time, thread, ToldRecord::Answered(text.map(str::to_owned)))
}

fn words(time: u64, thread: u32, text: &str) -> ThreadRecord {
    entry(time, thread, ToldRecord::Words(text.to_owned()))
}

/// (time, SPI, errno, words) of each try.
fn told(calls: &mut Calls, entries: Vec<ThreadRecord>) -> Vec<(u64, u32, u32, Option<String>)> {
    let mut out = Vec::new();
    entries.into_iter().for_each(|entry| calls.take(entry, NOW, &mut out));
    calls.all_read_since(u64::MAX, NOW, &mut out);
    calls.waited(NOW + CALL, &mut out);
    assert_eq!((calls.due(), calls.open.len()), (None, 0));
    let tries = out.into_iter().filter_map(|entry| match entry.told {
        ToldRecord::Try(tried) => Some((entry.time, tried.spi.0, tried.errno, tried.text)),
        _ => None,
    });
    tries.collect()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_refusal_is_put_together_whatever_was_read_first() {
    let parts = [begun(1, 7, 0x10), words(2, 7, "driver's"), ended(3, 7, -22), answered(4, 7, Some("core's"))];
    for turn in 0..parts.len() {
        let mut parts = parts.to_vec();
        parts.rotate_left(turn);
        assert_eq!(told(&mut Calls::new(true), parts), [(3, 0x10, 22, text("core's"))]);
    }
}

#[test]
fn without_answers_the_words_in_between_are_its_own() {
    let parts =
        vec![words(1, 7, "before"), begun(2, 7, 1), words(3, 7, "its"), ended(4, 7, -22), words(5, 7, "behind")];
    assert_eq!(told(&mut Calls::new(false), parts), [(4, 1, 22, text("its"))]);
    let wordless = vec![words(1, 7, "before"), begun(2, 7, 1), words(3, 8, "another's"), ended(4, 7, -22)];
    assert_eq!(told(&mut Calls::new(false), wordless), [(4, 1, 22, None)]);
}

#[test]
fn what_is_taken_in_software_is_told_and_what_is_offloaded_is_not() {
    for answers in [true, false] {
        let silent = vec![begun(1, 7, 1), ended(2, 7, 0), taken(3, 7, 1)];
        assert_eq!(told(&mut Calls::new(answers), silent), [(2, 1, 0, None)]);
        let offloaded = vec![begun(1, 7, 1), ended(2, 7, 0)];
        assert_eq!(told(&mut Calls::new(answers), offloaded), []);
        // The next SA of the thread asks for no offload.
        let another = vec![begun(1, 7, 1), ended(2, 7, 0), taken(3, 7, 2)];
        assert_eq!(told(&mut Calls::new(answers), another), []);
        let refused = vec![begun(1, 7, 1), ended(2, 7, -22), taken(3, 7, 1)];
        assert_eq!(told(&mut Calls::new(answers), refused).len(), 1, "once");
    }
    let parts = vec![begun(1, 7, 1), ended(2, 7, 0), taken(3, 7, 1), answered(4, 7, Some("a warning"))];
    assert_eq!(told(&mut Calls::new(true), parts), [(2, 1, 0, text("a warning"))]);
}

#[test]
fn words_of_a_call_are_told_with_it_or_when_nothing_came_of_it() {
    let said = |parts: Vec<ThreadRecord>| {
        let (mut calls, mut out) = (Calls::new(true), Vec::new());
        parts.into_iter().for_each(|entry| calls.take(entry, NOW, &mut out));
        calls.all_read_since(u64::MAX, NOW, &mut out);
        calls.waited(NOW + CALL, &mut out);
        out.retain(|entry| matches!(entry.told, ToldRecord::Words(_)));
        out
    };
    let (driver, core) = (words(3, 7, "driver's"), words(4, 7, "core's"));
    let refused = vec![begun(2, 7, 1), driver.clone(), core.clone(), ended(5, 7, -22), answered(6, 7, Some("core's"))];
    assert_eq!(said(refused), []);
    for end in
        [vec![], vec![ended(5, 7, 0)], vec![ended(5, 7, 0), ended(6, 7, 0)], vec![begun(5, 7, 2), ended(6, 7, 0)]]
    {
        let nothing = [vec![begun(2, 7, 1), driver.clone(), core.clone()], end].concat();
        assert_eq!(said(nothing), [driver.clone(), core.clone()]);
    }
    let many = (0..100).map(|time| words(10 + time, 7, "more"));
    assert!(said([begun(1, 7, 1)].into_iter().chain(many).collect()).len() == 100, "none is lost");
}

#[test]
fn halves_are_nothing() {
    let only_begun = vec![begun(1, 7, 1)];
    let only_ended = vec![ended(1, 7, -22), answered(2, 7, Some("its")), taken(3, 7, 1)];
    let begun_twice = vec![begun(1, 7, 1), begun(2, 7, 2), ended(3, 7, -22)];
    let ended_twice = vec![begun(1, 7, 1), ended(2, 7, 0), ended(3, 7, -22), answered(4, 7, Some("not its"))];
    for parts in [only_begun, only_ended, ended_twice] {
        assert_eq!(told(&mut Calls::new(true), parts), []);
    }
    assert_eq!(told(&mut Calls::new(true), begun_twice), [(3, 2, 22, None)]);
}

#[test]
fn what_began_before_a_loss_is_not_ended_by_what_came_after_it() {
    let mut calls = Calls::new(true);
    let mut out = Vec::new();
    calls.take(begun(1, 7, 1), NOW, &mut out);
    calls.all_read_since(u64::MAX, NOW, &mut out);
    // What ended it, and what began another, was lost.
    calls.take(begun(4, 8, 2), NOW, &mut out);
    calls.take(ended(9, 7, -22), NOW, &mut out);
    calls.take(begun(10, 8, 3), NOW, &mut out);
    calls.lost_before(9, &mut out);
    assert_eq!(told(&mut calls, vec![ended(11, 8, -28)]), [(11, 3, 28, None)]);
    assert_eq!(out, []);
}

#[test]
fn what_was_made_while_others_were_read_waits_for_the_next_reading() {
    let (mut calls, mut out) = (Calls::new(true), Vec::new());
    // What ended the first call, and began the second, is in a buffer that was read before they were made.
    for entry in [begun(1, 7, 1), ended(9, 7, -22), answered(10, 7, Some("second's"))] {
        calls.take(entry, NOW, &mut out);
    }
    calls.all_read_since(2, NOW, &mut out);
    assert_eq!(calls.due(), Some(NOW + SOON));
    let (mut other_clock, mut later) = (Calls::new(true), Vec::new());
    other_clock.take(words(u64::MAX, 7, "of another clock"), NOW, &mut later);
    other_clock.all_read_since(2, NOW + SOON, &mut later);
    assert_eq!((later.len(), other_clock.due()), (0, Some(NOW + SOON + SOON)));
    other_clock.all_read_since(2, NOW + PATIENCE, &mut later);
    assert_eq!((later.len(), other_clock.due()), (1, None));
    let tries = told(&mut calls, vec![ended(3, 7, 0), begun(5, 7, 2)]);
    assert_eq!((tries, out), (vec![(9, 2, 22, text("second's"))], Vec::new()));
}

#[test]
fn waiting_is_bounded() {
    let mut calls = Calls::new(true);
    let mut out = Vec::new();
    for time in 0..10_000 {
        calls.take(begun(time, u32::try_from(time).unwrap(), 1), NOW, &mut out);
    }
    assert_eq!((calls.waiting.len(), calls.open.len()), (ROOM, ROOM));
}

proptest! {
    /// Threads that are refused at once never exchange SAs, errors or words, in whatever order the records are read.
    #[test]
    fn no_thread_has_anothers(results in proptest::collection::vec((0..4_u32, 0..40_i32, any::<bool>()), 1..30), order in any::<u64>()) {
        let (mut parts, mut expected) = (Vec::new(), Vec::new());
        for (place, (thread, errno, in_software)) in results.iter().enumerate() {
            // Calls of different threads lie in each other, those of one thread behind each other.
            let (time, spi) = (place as u64 * 100 + u64::from(*thread), u32::try_from(place).unwrap());
            let own = format!("{place}");
            parts.push(begun(time, *thread, spi));
            parts.push(ended(time + 50, *thread, -errno));
            if *errno == 0 && *in_software {
                parts.push(taken(time + 60, *thread, spi));
            }
            if *errno != 0 {
                parts.push(words(time + 40, *thread, &own));
                parts.push(answered(time + 90, *thread, Some(&own)));
            }
            if *errno != 0 || *in_software {
                expected.push((time + 50, spi, errno.unsigned_abs(), (*errno != 0).then_some(own)));
            }
        }
        let mut seed = order;
        parts.sort_by_cached_key(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed >> 33
        });
        let mut found = told(&mut Calls::new(true), parts);
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}
