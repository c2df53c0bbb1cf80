//! What comes of each recording, compared whole. `tests/replay/update` writes what comes of them now, and says what has changed.

use std::collections::BTreeSet;
use std::process::Command;

use swanwatch::testing::model::{Code, Reason};
use swanwatch::testing::recording::{Agreement, Replay};

use crate::cases::{Case, cases, told};
use crate::changes;

fn played() -> Vec<Replay> {
    cases().iter().map(Case::play).collect()
}

#[test]
fn every_recording_tells_what_it_should() {
    let changed = |case: Case| changes::of_told(&case.name(), &case.expected(), &told(&case.play()));
    let wrong: Vec<_> = cases().into_iter().filter_map(changed).collect();
    assert!(wrong.is_empty(), "{}\nif that is right: tests/replay/update", wrong.join("\n"));
}

#[test]
fn every_recording_ends_the_same() {
    let mut wrong = Vec::new();
    for case in cases() {
        let replay = case.play();
        // What was begun later than the run cannot be compared.
        if replay.agreement != Agreement::Same && !replay.header.partial {
            wrong.push(format!("{}: {:?}, {:?} now", case.name(), replay.agreement, replay.end));
        }
    }
    assert!(wrong.is_empty(), "{}\nif that is right: tests/replay/update", wrong.join("\n"));
}

#[test]
fn the_program_says_of_every_recording_that_it_is_the_same() {
    for case in cases().into_iter().filter(|case| case.name().starts_with("lab-")) {
        let output =
            Command::new(env!("CARGO_BIN_EXE_swanwatch")).arg("replay").arg(case.recording()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{}: {said}", case.name());
        assert!(
            said.lines().last().unwrap().contains(", the same as in the recorded run ("),
            "{}: {said}",
            case.name()
        );
    }
}

#[test]
fn the_same_observations_have_the_same_effects() {
    for case in cases() {
        assert_eq!(case.play().end, case.play().end, "{}", case.name());
    }
}

#[test]
fn every_code_is_opened_by_a_case_and_kept_silent_by_another() {
    let replays = played();
    for code in Code::ALL {
        let opens = |replay: &&Replay| replay.told.iter().any(|told| told.finding.code == code);
        assert!(replays.iter().any(|replay| opens(&replay)), "no case opens {code}");
        assert!(replays.iter().any(|replay| !opens(&replay)), "no case is silent about {code}");
    }
}

#[test]
fn every_reason_of_the_table_is_told_by_a_case() {
    let replays = played();
    let told: BTreeSet<Reason> =
        replays.iter().flat_map(|replay| &replay.told).map(|told| told.finding.reason).collect();
    let all: BTreeSet<Reason> = swanwatch::testing::reasons::all().iter().map(|entry| entry.reason).collect();
    assert_eq!(all.difference(&told).collect::<Vec<_>>(), [] as [&Reason; 0]);
}
