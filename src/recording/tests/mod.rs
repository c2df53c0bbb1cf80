mod again;
mod samples;
mod times;

use std::io::{BufReader, Cursor};

use self::samples::every_kind;
use super::header::Trailer;
use super::*;
use crate::model::{AskId, Boottime, Effect, Observation, RealTime, What};

fn observations() -> Vec<Observation> {
    let stamped = |(what, seq): (What, u64)| Observation {
        seq,
        at: Boottime::from_micros(1_000 * seq),
        wall: RealTime::from_micros(1_700_000_000_000_000),
        what,
    };
    every_kind().into_iter().zip(1..).map(stamped).collect()
}

fn written(partial: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut recorder = Recorder::begin(&mut file, partial).unwrap();
    for seen in observations() {
        recorder.observed(&seen).unwrap();
        recorder.wanted(&[]);
    }
    recorder.finish().unwrap();
    file
}

fn read(file: &[u8]) -> Result<RecordingReader<BufReader<Cursor<Vec<u8>>>>, RecordingError> {
    RecordingReader::new(BufReader::new(Cursor::new(file.to_vec())))
}

fn all(file: &[u8]) -> Result<Vec<Observation>, RecordingError> {
    let mut reader = read(file)?;
    std::iter::from_fn(|| reader.next_observation().transpose()).collect()
}

#[test]
fn every_kind_of_observation_comes_back_equal() {
    let file = written(false);
    let mut reader = read(&file).unwrap();
    for expected in observations() {
        assert_eq!(reader.next_observation().unwrap(), Some(expected));
    }
    assert_eq!(reader.next_observation().unwrap(), None);
    assert_eq!(reader.end().unwrap().observations, observations().len() as u64);
    assert_eq!(reader.torn(), None);
}

#[test]
fn one_observation_is_one_line() {
    let lines = written(false).iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, observations().len() + 2);
}

#[test]
fn a_torn_last_line_ends_the_reading_and_is_told() {
    let file = written(false);
    let end = file.len() - file.rsplit(|b| *b == b'\n').nth(1).unwrap().len() - 1;
    for cut in [10, 40] {
        let mut reader = read(&file[..end - cut]).unwrap();
        let count = std::iter::from_fn(|| reader.next_observation().unwrap()).count();
        assert_eq!(count, observations().len() - 1);
        assert_eq!(reader.torn(), Some(observations().len() as u64 + 1));
        assert_eq!(reader.end(), None);
    }
}

#[test]
fn a_bad_line_in_the_middle_is_an_error_with_its_number() {
    let mut lines: Vec<Vec<u8>> = written(false).split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    lines[3] = b"{\"seq\":3,\n".to_vec();
    let error = all(&lines.concat()).unwrap_err();
    assert!(matches!(error, RecordingError::Line { line: 4, .. }), "{error}");
    assert!(error.to_string().starts_with("line 4 of the recording is no observation"), "{error}");
}

#[test]
fn a_newer_form_is_refused_naming_both() {
    let error = read(b"{\"swanwatch-recording\":7,\"version\":\"9.1.0\",\"more\":{}}\n").unwrap_err().to_string();
    assert!(error.contains("form 7") && error.contains("9.1.0"), "{error}");
    assert!(error.contains("up to 2") && error.contains(env!("CARGO_PKG_VERSION")), "{error}");
}

#[test]
fn what_is_no_recording_is_refused() {
    for file in [&b""[..], b"\n", b"{}\n", b"\x7fELF\x02\x01", b"src 10.0.0.1 dst 10.0.0.2\n"] {
        assert!(matches!(read(file), Err(RecordingError::NotARecording)), "{file:?}");
    }
}

#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert!(matches!(Recorder::begin(full(), false), Err(RecordingError::Write(_))));
    // A disk that fills up later: the first line still fits.
    let mut recorder = Recorder::begin(Filling { room: 4096 }, false).unwrap();
    let seen = observations();
    let failed = (0..10_000).find_map(|n| recorder.observed(&seen[n % seen.len()]).err());
    assert!(matches!(failed, Some(RecordingError::Write(_))), "{failed:?}");
}

#[derive(Debug)]
struct Filling {
    room: usize,
}

impl std::io::Write for Filling {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.room = self.room.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn observations_out_of_order_are_refused() {
    let mut file = Vec::new();
    let mut recorder = Recorder::begin(&mut file, false).unwrap();
    let seen = observations();
    recorder.observed(&seen[2]).unwrap();
    recorder.observed(&seen[1]).unwrap();
    recorder.finish().unwrap();
    assert!(matches!(all(&file), Err(RecordingError::OutOfOrder { line: 3, seq: 2 })));
}

#[test]
fn nothing_may_stand_behind_the_end() {
    let mut file = written(false);
    file.extend_from_slice(b"{}\n");
    assert!(matches!(all(&file), Err(RecordingError::BehindEnd { .. })));
}

#[test]
fn a_recording_is_never_written_over_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    Recorder::create(&path, false).unwrap().finish().unwrap();
    let error = Recorder::create(&path, false).unwrap_err();
    assert!(matches!(error, RecordingError::Create { .. }), "{error}");
}

#[test]
fn a_whole_recording_replays_to_the_same_effects() {
    let file = recorded_run(false);
    let replayed = replay(read(&file).unwrap()).unwrap();
    assert_eq!(replayed.agreement, Agreement::Same);
    assert_eq!(replayed.end.observations, observations().len() as u64);
}

#[test]
fn another_build_may_decide_otherwise() {
    let text = String::from_utf8(recorded_run(false)).unwrap();
    let agreement = |text: &str| replay(read(text.as_bytes()).unwrap()).unwrap().agreement;
    let digest = serde_json::from_str::<Trailer>(text.lines().last().unwrap()).unwrap().end.digest;
    let otherwise = text.replace(&digest, "0000000000000000");
    let build = format!("\"build\":\"{BUILD}\",");
    assert_eq!(agreement(&otherwise), Agreement::Different);
    assert_eq!(agreement(&otherwise.replace(&build, "\"build\":\"another\",")), Agreement::OtherBuild);
    assert_eq!(agreement(&otherwise.replace(&build, "")), Agreement::Older);
    // What is the same is so whoever made it.
    assert_eq!(agreement(&text.replace(&build, "\"build\":\"another\",")), Agreement::Same);
    assert_eq!(agreement(&text.replace(&build, "")), Agreement::Same);
}

#[test]
fn other_words_are_not_another_decision() {
    let text = String::from_utf8(recorded_run(false)).unwrap();
    let words = serde_json::from_str::<Trailer>(text.lines().last().unwrap()).unwrap().end.words.unwrap();
    let agreement = replay(read(text.replace(&words, "0000000000000000").as_bytes()).unwrap()).unwrap().agreement;
    assert_eq!(agreement, Agreement::OtherWords);
    assert_eq!((agreement.same(), agreement.is_wrong()), (Some(true), false));
}

#[test]
fn an_observation_that_was_taken_out_is_noticed_whoever_recorded_it() {
    let text = String::from_utf8(recorded_run(false)).unwrap();
    let build = format!("\"build\":\"{BUILD}\",");
    let lines: Vec<_> = text.lines().collect();
    let shorter = format!("{}\n", [&lines[..5], &lines[6..]].concat().join("\n"));
    for text in [shorter.replace(&build, ""), shorter] {
        let agreement = replay(read(text.as_bytes()).unwrap()).unwrap().agreement;
        assert_eq!((agreement, agreement.is_wrong()), (Agreement::Changed, true));
    }
}

#[test]
fn other_effects_than_the_recorded_are_noticed() {
    let mut file = Vec::new();
    let mut recorder = Recorder::begin(&mut file, false).unwrap();
    for seen in observations() {
        recorder.observed(&seen).unwrap();
        recorder.wanted(&[Effect::Count { ask: AskId(u64::MAX) }]);
    }
    recorder.finish().unwrap();
    assert_eq!(replay(read(&file).unwrap()).unwrap().agreement, Agreement::Different);
}

#[test]
fn a_partial_recording_claims_no_sameness() {
    let replayed = replay(read(&recorded_run(true)).unwrap()).unwrap();
    assert!(replayed.header.partial);
    assert_eq!(replayed.agreement, Agreement::Partial);
}

fn recorded_run(partial: bool) -> Vec<u8> {
    let mut engine = crate::engine::Engine::new();
    let mut file = Vec::new();
    let mut recorder = Recorder::begin(&mut file, partial).unwrap();
    let mut effects = Vec::new();
    for seen in observations() {
        recorder.observed(&seen).unwrap();
        engine.step(&seen, &mut effects);
        recorder.wanted(&effects);
        effects.clear();
    }
    recorder.finish().unwrap();
    file
}
