use std::os::fd::AsFd;
use std::sync::Barrier;
use std::thread;

use rustix::fs::{Uid, fchown};

use super::*;

fn name(of: &str) -> String {
    format!("swt-{of}-{}", std::process::id())
}

/// How many of so many that begin at once have the name in the end.
fn race(name: &str, runners: usize) -> usize {
    let barrier = Barrier::new(runners);
    thread::scope(|scope| {
        let run = || {
            barrier.wait();
            RootName::take(name)
        };
        let runs: Vec<_> = (0..runners).map(|_| scope.spawn(run)).collect();
        // All of them have ended before one that has the name lets it go.
        let done: Vec<_> = runs.into_iter().map(|run| run.join().unwrap()).collect();
        for lost in done.iter().filter_map(|done| done.as_ref().err()) {
            assert!(matches!(lost, RootNameError::Held { pid } if *pid == std::process::id()), "{lost}");
        }
        done.iter().filter(|done| done.is_ok()).count()
    })
}

#[test]
fn of_two_that_begin_at_once_exactly_one_stays() {
    let name = name("two");
    for turn in 0..1_000 {
        assert_eq!(race(&name, 2), 1, "{turn}");
    }
}

#[test]
fn of_eight_that_begin_at_once_exactly_one_stays() {
    let name = name("eight");
    for turn in 0..50 {
        assert_eq!(race(&name, 8), 1, "{turn}");
    }
}

#[test]
fn one_that_comes_later_is_told_who_was_first_and_may_come_again_when_it_is_gone() {
    let name = name("later");
    let first = RootName::take(&name).unwrap();
    for _ in 0..20 {
        let error = RootName::take(&name).unwrap_err();
        assert!(matches!(error, RootNameError::Held { pid } if pid == std::process::id()), "{error}");
    }
    drop(first);
    RootName::take(&name).unwrap();
}

#[test]
fn names_of_others_count_for_nothing_and_are_counted() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let name = name("strangers");
    let mut theirs = Vec::new();
    let longest = format!("{name}/{}", "x".repeat(106 - name.len()));
    let forged = Ticket { held: true, random: 0, pid: 1 };
    for text in [name.clone(), forged.text(&name), Ticket { held: false, ..forged }.text(&name), longest] {
        theirs.push(bound(&text).unwrap());
    }
    theirs.extend((0..2_000).map(|number| bound(&format!("{name}/held/\u{1}\n{number}")).unwrap()));
    for socket in &theirs {
        fchown(socket.as_fd(), Some(Uid::from_raw(65_534)), None).unwrap();
    }
    let ours = RootName::take(&name).unwrap();
    assert_eq!(ours.doubt(), Some(&NameDoubt::Strangers { names: 2_003, uid: Some(65_534) }));
    assert!(matches!(RootName::take(&name).unwrap_err(), RootNameError::Held { .. }));
    let said = ours.doubt().unwrap().to_string();
    assert!(said.starts_with("2003 abstract sockets") && said.contains("user 65534"), "{said}");
}

#[test]
fn what_root_binds_in_another_form_is_no_instance() {
    let name = name("form");
    let _others: Vec<_> = ["", "/held", "/held/00", "/held/00/1", "/claim/x/y/z", "/held/../1", "/other/x"]
        .map(|rest| bound(&format!("{name}{rest}")).unwrap())
        .into();
    assert_eq!(RootName::take(&name).unwrap().doubt(), None);
}

#[test]
fn the_smallest_claim_waits_for_a_larger_one_that_does_not_go_on_and_then_gives_way() {
    let name = name("stopped");
    let stopped = Ticket { held: false, random: u128::MAX, pid: 7 };
    let claim = bound(&stopped.text(&name)).unwrap();
    assert!(matches!(RootName::take(&name).unwrap_err(), RootNameError::Held { pid: 7 }));
    drop(claim);
    RootName::take(&name).unwrap();
}

#[test]
fn a_claim_that_becomes_a_holder_or_goes_is_seen() {
    let name = name("becomes");
    let other = Ticket { held: false, random: u128::MAX, pid: 7 };
    let claim = bound(&other.text(&name)).unwrap();
    thread::scope(|scope| {
        let run = scope.spawn(|| RootName::take(&name));
        let held = bound(&Ticket { held: true, ..other }.text(&name)).unwrap();
        assert!(matches!(run.join().unwrap().unwrap_err(), RootNameError::Held { pid: 7 }));
        drop(held);
        let run = scope.spawn(|| RootName::take(&name));
        drop(claim);
        assert!(run.join().unwrap().is_ok());
    });
}

#[test]
fn a_ticket_is_read_as_it_was_written_and_nothing_else_is_one() {
    let ticket = Ticket { held: true, random: 0xabc, pid: 4_194_304 };
    let text = ticket.text("n");
    assert_eq!(Ticket::parse(text.strip_prefix("n/").unwrap().as_bytes()), Some(ticket));
    for wrong in [&b"held"[..], b"held/+0000000000000000000000000000001/", b"held//1", b"\xff\xfe", b""] {
        assert_eq!(Ticket::parse(wrong), None);
    }
}
