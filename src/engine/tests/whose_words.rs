//! The kernel's words that name no SA are told of the SA that they are about, or of none.

use proptest::prelude::*;

use super::refusals::trace_works;
use super::world::*;
use crate::model::*;

/// Words of the kernel, and what they mean.
const WORDS: [(&str, Reason); 6] = [
    ("Requested AEAD algorithm not found", Reason::AlgorithmMissing),
    ("ESN replay window must be > 0", Reason::ReplayWindow),
    ("Requested mode not found", Reason::ModeUnsupported),
    ("No SPI available in the requested range", Reason::NoSpi),
    ("pCPU number too big", Reason::PerCpu),
    ("SA is in use by tunnels", Reason::Busy),
];

/// Longer than it takes until a refusal is told.
const APART: u64 = 1_500_000;

/// The daemon asks the kernel for an SA, and is refused. Times in microseconds.
#[derive(Clone, Debug)]
struct Ask {
    /// After it had written its line on the one before.
    after: u64,
    /// Until its line is written.
    writes: u64,
    /// Until we read the words, and the line.
    words_late: u64,
    line_late: u64,
    says: bool,
}

enum Read {
    Words(u64),
    Line,
    End,
}

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    let after = prop_oneof![3 => 0..20_000_u64, 3 => 0..800_000_u64, 1 => Just(APART)];
    let ask = (after, 10..50_000_u64, 0..200_000_u64, 0..100_000_u64, prop::bool::weighted(0.8));
    let ask =
        ask.prop_map(|(after, writes, words_late, line_late, says)| Ask { after, writes, words_late, line_late, says });
    prop::collection::vec(ask, 1..WORDS.len())
}

fn name(number: usize) -> String {
    format!("t{}", number + 1)
}

/// What comes of these, with the words known by when they were said, or heard alone.
fn play(asks: &[Ask], stamped: bool) -> World {
    let mut world = World::unjoined();
    world.connections.extend((0..asks.len()).map(|number| connection(&name(number), OffloadSetting::No)));
    world.join();
    trace_works(&mut world);
    let (mut at, mut line_read, mut reads) = (world.now() + 1_000_000, 0, Vec::new());
    for (number, ask) in asks.iter().enumerate() {
        at += ask.after;
        if ask.says {
            reads.push((at + ask.words_late, number, Read::Words(at)));
        }
        at += ask.writes;
        // Lines are read in their order.
        line_read = line_read.max(at + ask.line_late);
        reads.push((line_read, number, Read::Line));
        reads.push((line_read + 20, number, Read::End));
    }
    reads.sort_by_key(|(at, number, _)| (*at, *number));
    for (at, number, read) in reads {
        world.wait_until(at);
        let serial = 2 * u32::try_from(number).unwrap() + 2;
        match read {
            Read::Words(said) => world.see(What::KernelSaid(KernelWords {
                at: stamped.then_some(Boottime::from_micros(said)),
                ..KernelWords::now(100, WORDS[number].0.to_owned())
            })),
            Read::Line => {
                let sa =
                    RefusedSa { protocol: Protocol::Esp, spi: Spi(0x100 + serial), dst: Some(PEER.parse().unwrap()) };
                let operation = KernelOperation::AddSa;
                world.log(&name(number), serial, Statement::KernelRefused { operation, sa: Some(sa), errno: 22 });
            }
            Read::End => world.log(&name(number), serial, Statement::ChildFailed { notify: None }),
        }
    }
    world.wait(2);
    world
}

fn finding(world: &World, number: usize) -> Finding {
    world.finding(&format!("sa-add-failed:{}", name(number)))
}

proptest! {
    #[test]
    fn refusals_that_follow_each_other_never_exchange_reasons(asks in asks()) {
        let world = play(&asks, true);
        for (number, ask) in asks.iter().enumerate() {
            let told = finding(&world, number);
            let own = if ask.says { WORDS[number].1 } else { Reason::Unknown };
            prop_assert!([own, Reason::Unknown].contains(&told.reason), "{}", told.summary);
            // What stands alone keeps what it was told.
            let alone = |other: Option<&Ask>| other.is_none_or(|other| other.after == APART);
            if alone(Some(ask)) && alone(asks.get(number + 1)) {
                prop_assert_eq!(told.reason, own);
            }
        }
    }
}

#[test]
fn words_of_two_refusals_are_quoted_and_decide_nothing() {
    // As on a kernel whose trace tells words alone: the second one's come 0.35 s behind the first one's line, and each is read late.
    let ask = |after| Ask { after, writes: 500, words_late: 90_000, line_late: 1000, says: true };
    for stamped in [true, false] {
        let world = play(&[ask(0), ask(348_000)], stamped);
        let told = finding(&world, 0);
        assert_eq!(told.reason, Reason::Unknown, "{}", told.summary);
        let quoted = |text: &str| told.evidence.iter().any(|line| line.text.contains(text));
        assert!(quoted(&format!("'{}'", WORDS[0].0)), "{:?}", told.evidence);
        assert_ne!(finding(&world, 1).reason, WORDS[0].1);
        if stamped {
            world.keep("made-words-of-two-refusals");
        }
    }
    let world = play(&[ask(0), ask(APART)], true);
    assert_eq!([0, 1].map(|number| finding(&world, number).reason), [0, 1].map(|number: usize| WORDS[number].1));
}
