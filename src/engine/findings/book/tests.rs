//! What is told of a finding, how long it is the same one, and what is kept of it.

use super::*;
use crate::model::{Reason, Source, Subject};

fn draft(summary: &str, again: u64) -> Draft {
    Draft {
        code: Code::SaMissing,
        scope: "t1:out".to_owned(),
        reason: Reason::Deleted,
        severity: Severity::Critical,
        subject: Subject::default(),
        affected: Affected::default(),
        summary: summary.to_owned(),
        advice: String::new(),
        evidence: vec![evidence(summary)],
        again,
        speaks_of: BTreeSet::new(),
    }
}

fn evidence(text: &str) -> Evidence {
    Evidence { time: RealTime::default(), at: Boottime::default(), source: Source::Xfrm, text: text.to_owned() }
}

fn changes(out: &[Effect]) -> Vec<(Change, u64)> {
    let told = |effect: &Effect| match effect {
        Effect::Tell { change, finding } => Some((*change, finding.times)),
        _ => None,
    };
    out.iter().filter_map(told).collect()
}

#[test]
fn a_finding_is_told_when_it_opens_changes_and_closes_and_at_no_other_time() {
    let (mut book, mut out, now) = (Book::default(), Vec::new(), Boottime::from_micros(1));
    for draft in [draft("a", 0), draft("a", 0), draft("b", 0), draft("b", 1)] {
        book.open(draft, now, RealTime::default(), &mut out);
    }
    book.close("sa-missing:t1:out", evidence("back"), now, &mut out);
    book.close("sa-missing:t1:out", evidence("back"), now, &mut out);
    assert_eq!(changes(&out), [(Change::Opened, 1), (Change::Changed, 1), (Change::Changed, 2), (Change::Closed, 2)]);
}

#[test]
fn places_have_their_oldest_time_and_are_the_first_so_many_of_each_code() {
    let (mut book, mut out) = (Book::default(), Vec::new());
    let of = |connection: &str| Subject { connection: Some(connection.to_owned()), ..Subject::default() };
    for number in (0..30).rev() {
        for (code, scope) in [(Code::SaMissing, format!("c{number:02}:out")), (Code::TunnelDown, format!("{number}"))] {
            // Two instances of each of them: one place.
            let subject = of(&format!("c{:02}", number / 2));
            let seen = RealTime::from_micros(100 - number);
            book.open(Draft { code, scope, subject, ..draft("a", 0) }, Boottime::default(), seen, &mut out);
        }
    }
    let places = book.places(20);
    let missing: Vec<_> = places.iter().filter(|(place, _)| place.code == Code::SaMissing).collect();
    assert_eq!((missing.len(), places.len() > missing.len()), (10, true));
    let (first, since) = missing[0];
    assert_eq!((first.connection.as_deref(), since.micros()), (Some("c00"), 99));
    // The newest has the last id of those that are shown, so that none of them goes because of it.
    assert_eq!(missing[9].0.connection.as_deref(), Some("c09"));
}

#[test]
fn it_is_the_same_one_for_ten_minutes() {
    let (mut book, mut out) = (Book::default(), Vec::new());
    let at = |seconds: u64| Boottime::from_micros(seconds * 1_000_000);
    for seconds in [0, 599, 599 + 600] {
        book.open(draft("a", 0), at(seconds), RealTime::default(), &mut out);
        book.close("sa-missing:t1:out", evidence("back"), at(seconds), &mut out);
    }
    let opened: Vec<_> =
        changes(&out).into_iter().filter(|(change, _)| *change == Change::Opened).map(|(_, times)| times).collect();
    assert_eq!(opened, [1, 2, 1]);
}

#[test]
fn what_closed_is_forgotten_when_it_can_be_the_same_no_more() {
    let (mut book, mut out) = (Book::default(), Vec::new());
    let at = |seconds: u64| Boottime::from_micros(seconds * 1_000_000);
    for seconds in [0, 100, 500] {
        book.open(draft("a", 0), at(seconds), RealTime::default(), &mut out);
        book.close("sa-missing:t1:out", evidence("back"), at(seconds), &mut out);
    }
    assert_eq!((book.prune(at(699)), book.closed.len()), (Some(at(700)), 1));
    assert_eq!((book.prune(at(1099)), book.closed.len()), (Some(at(1100)), 1));
    assert_eq!((book.prune(at(1100)), book.closed.len()), (None, 0));
}

#[test]
fn evidence_keeps_the_first_ten_and_the_last_ten() {
    let (mut book, mut out) = (Book::default(), Vec::new());
    for number in 0..50 {
        book.open(draft(&number.to_string(), 1), Boottime::default(), RealTime::default(), &mut out);
    }
    let texts: Vec<_> = book.worst_first()[0].evidence.iter().map(|line| line.text.parse::<u32>().unwrap()).collect();
    assert_eq!(texts, (0..10).chain(40..50).collect::<Vec<_>>());
}
