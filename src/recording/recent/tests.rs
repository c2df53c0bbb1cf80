use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::kind::ROWS;
use super::*;
use crate::model::{Answer, AskId, Boottime, DumpTable, Dumped, Event, RealTime, Source, SourceState, What};
use crate::recording::{RecordingReader, Replay, open, replay, shows_all_sas};

/// Runs that the ring has to be able to tell of.
const CASES: [&str; 6] = [
    "lab-healthy-rekeyed-three-times",
    "lab-inbound-deleted",
    "lab-outbound-deleted-under-traffic",
    "made-three-rekeys",
    "made-traffic-healthy",
    "made-duplicates",
];

fn case_path(case: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay/cases").join(case).join("recording.jsonl")
}

fn observations(case: &str) -> Vec<Observation> {
    let mut reader = open(&case_path(case)).unwrap();
    std::iter::from_fn(|| reader.next_observation().unwrap()).collect()
}

fn written(ring: &Recent) -> Vec<u8> {
    let mut text = Vec::new();
    ring.snapshot().write(&mut text).unwrap();
    text
}

fn lived_through(text: &[u8]) -> Replay {
    replay(RecordingReader::new(text).unwrap()).unwrap()
}

fn read(text: &[u8]) -> Vec<Observation> {
    let mut reader = RecordingReader::new(text).unwrap();
    std::iter::from_fn(|| reader.next_observation().unwrap()).collect()
}

/// What a person would be told at the end of it.
fn end(replay: &Replay) -> (String, BTreeSet<String>) {
    let status = replay.engine.status(replay.ended);
    let summary = serde_json::to_string(&status.summary).unwrap();
    (summary, replay.engine.findings().into_iter().map(|finding| finding.id.to_string()).collect())
}

fn of(observations: &[Observation], room: usize) -> Recent {
    let mut ring = Recent::with_room(room);
    observations.iter().for_each(|seen| ring.take(seen.clone()));
    ring
}

fn size(observations: &[Observation]) -> usize {
    of(observations, usize::MAX).used
}

#[test]
fn while_nothing_is_forgotten_it_tells_what_the_run_told() {
    for case in CASES {
        let seen = observations(case);
        let whole = replay(open(&case_path(case)).unwrap()).unwrap();
        let text = written(&of(&seen, ROOM));
        let again = lived_through(&text);
        assert!(again.header.partial, "{case}");
        let codes = |replay: &Replay| -> BTreeSet<String> {
            replay.told.iter().map(|told| told.finding.id.to_string()).collect()
        };
        assert_eq!(codes(&again), codes(&whole), "{case}");
        assert_eq!(end(&again), end(&whole), "{case}");
    }
}

#[test]
fn whatever_is_forgotten_the_end_is_the_same() {
    let mut forgotten = 0;
    for case in CASES {
        let seen = observations(case);
        let whole = end(&replay(open(&case_path(case)).unwrap()).unwrap());
        for part in 2..8 {
            let room = size(&seen) / part;
            let text = written(&of(&seen, room));
            let left = read(&text);
            assert!(shows_all_sas(&left), "{case}: a {part}th of it shows no SAs");
            forgotten += seen.len().saturating_sub(left.len());
            assert_eq!(end(&lived_through(&text)).0, whole.0, "{case}: a {part}th of it");
        }
    }
    assert!(forgotten > 1_000, "{forgotten} observations were forgotten");
}

fn see(ring: &mut Recent, seq: u64, what: What) {
    ring.take(Observation { seq, at: Boottime::from_micros(seq), wall: RealTime::from_micros(1), what });
}

fn dump(ring: &mut Recent, seq: u64, rows: usize) {
    let (ask, row) = (AskId(seq), first_row());
    see(ring, seq, What::DumpBegin { ask, table: DumpTable::Sad });
    for _ in 0..rows.div_ceil(100) {
        see(ring, seq, What::Sas { ask, rows: vec![row; 100] });
    }
    see(ring, seq, What::DumpEnd { ask, how: Dumped::Complete, took: 1 });
}

fn first_row() -> crate::model::KernelSa {
    let rows = observations("made-three-rekeys").into_iter().find_map(|seen| match seen.what {
        What::Sas { rows, .. } => rows.first().copied(),
        _ => None,
    });
    rows.unwrap()
}

#[test]
fn more_sas_than_fit_are_left_out_and_not_taken_for_all() {
    let mut ring = Recent::default();
    dump(&mut ring, 1, ROWS + 100);
    let first = ring.kept.len();
    assert!(!shows_all_sas(&read(&written(&ring))));
    // The next is not begun at all.
    dump(&mut ring, 2, ROWS + 100);
    assert_eq!(ring.kept.len(), first);
    // When they have become fewer, the one after that is in it again.
    dump(&mut ring, 3, 200);
    dump(&mut ring, 4, 200);
    assert!(shows_all_sas(&read(&written(&ring))));
}

#[test]
fn it_never_takes_more_memory_than_it_has_room() {
    let mut ring = Recent::with_room(100_000);
    for seq in 1..5_000 {
        see(&mut ring, seq, What::Woke);
        if seq % 50 == 0 {
            dump(&mut ring, seq, 100);
        }
        assert!(ring.used <= 100_000, "{}", ring.used);
        assert_eq!(ring.used, ring.kept.iter().map(|(_, kept)| kept.size()).sum::<usize>());
    }
    assert!(ring.used > 30_000);
    // Longer than all of it.
    let coverage = crate::model::Coverage { source: Source::Log, state: SourceState::Ok, detail: "x".repeat(200_000) };
    see(&mut ring, 5_000, What::Coverage(coverage));
    assert_eq!((ring.used, ring.kept.len()), (0, 0));
}

#[test]
fn what_is_kept_for_those_that_came_after_is_bounded_too() {
    let mut ring = Recent::with_room(10_000);
    dump(&mut ring, 1, 1_000);
    // One that does not end, and events meanwhile without number.
    see(&mut ring, 2, What::DumpBegin { ask: AskId(2), table: DumpTable::Sad });
    let (row, mut most) = (first_row(), 0);
    for seq in 3..20_000 {
        see(&mut ring, seq, What::Kernel(Event::SaAdded(Box::new(row))));
        most = ring.before.size().max(most);
    }
    assert!(most > BEFORE && most <= 2 * BEFORE, "{most}");
    assert_eq!(ring.before.size(), 0);
    // And an answer that is longer than that is in none of it.
    let connections = observations("made-three-rekeys").into_iter().find_map(|seen| match seen.what {
        What::DaemonAnswered { answer, .. } => match *answer {
            Answer::Connections(connections) => connections.first().cloned(),
            _ => None,
        },
        _ => None,
    });
    for (seq, count) in [(20_000, 20), (20_001, 20_000)] {
        let answer = Box::new(Answer::Connections(vec![connections.clone().unwrap(); count]));
        see(&mut ring, seq, What::DaemonAnswered { ask: AskId(seq), answer, took: 1, worked: None });
    }
    let answers = read(&written(&ring)).into_iter().filter(|seen| matches!(seen.what, What::DaemonAnswered { .. }));
    assert_eq!(answers.count(), 1);
}

#[test]
fn a_quiet_one_takes_next_to_nothing() {
    let mut ring = Recent::default();
    (1..500).for_each(|seq| see(&mut ring, seq, What::Woke));
    assert!(ring.used < 200_000, "{}", ring.used);
}

/// How far back the ring reaches where so many SAs are sampled every ten seconds. Their dumps are told as the source tells them: the first
/// rows with room for more than there are.
fn reach(sas: usize) -> Duration {
    const TOGETHER: usize = 384 + 50;
    let row = first_row();
    let mut ring = Recent::default();
    let mut seq = 0;
    for round in 0..500 {
        let ask = AskId(round);
        let mut dump = vec![What::DumpBegin { ask, table: DumpTable::Sad }];
        for begun in (0..sas).step_by(TOGETHER) {
            let mut rows = Vec::with_capacity(TOGETHER);
            rows.resize(TOGETHER.min(sas - begun), row);
            dump.push(What::Sas { ask, rows });
        }
        dump.push(What::DumpEnd { ask, how: Dumped::Complete, took: 1 });
        for what in dump {
            seq += 1;
            let at = Boottime::from_micros(round * 10_000_000);
            ring.take(Observation { seq, at, wall: RealTime::from_micros(1), what });
        }
    }
    let times = |kept: Option<&(ObservationKind, KeptObservation)>| {
        kept.and_then(|(_, kept)| kept.clone().into_observation()).unwrap().at
    };
    Duration::from_micros(times(ring.kept.back()).micros() - times(ring.kept.front()).micros())
}

#[test]
fn it_reaches_back_as_far_as_the_design_says() {
    for (sas, seconds) in [(100, 1_800..2_400), (1_000, 180..240), (ROWS, 90..120)] {
        let reach = reach(sas).as_secs();
        assert!(seconds.contains(&reach), "{sas} SAs: {reach} s");
    }
}
