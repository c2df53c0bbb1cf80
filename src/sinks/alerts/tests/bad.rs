//! Receivers that do what they should not.

use super::*;

#[test]
fn whatever_a_receiver_does_it_is_tried_again_until_it_takes_it() {
    const BAD: &[Does] = &[
        Does::Answers(500),
        Does::ClosesEarly,
        Does::ClosesHalfWay,
        Does::Endless,
        Does::Answers(404),
        Does::Answers(301),
        Does::Hangs,
        Does::Answers(204),
    ];
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(BAD);
    let mut telling = Telling::new(folder.path(), vec![webhook(server.address)]);
    telling.tell(Change::Opened, "t1");
    assert_eq!(telling.coverage().state, SourceState::Ok);
    let said = telling.hears("it answers 500");
    assert_eq!(said.state, SourceState::Degraded);
    assert!(said.detail.ends_with(": worn") && !said.detail.contains("/hook"), "{said:?}");
    for words in ["it answers 404", "it answers 301", "no answer within 0.5 s"] {
        telling.hears(words);
    }
    while telling.coverage().state != SourceState::Ok {}
    let bodies: Vec<_> = BAD.iter().map(|_| server.hear()).filter(|body| !body.is_null()).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    let counts = telling.alerts.counts().remove(0);
    assert_eq!((counts.delivered, counts.waiting, counts.dropped), (1, 0, 0));
    assert_eq!(counts.failed, BAD.len() as u64 - 1);
}

#[test]
fn one_that_hangs_delays_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let slow = Server::new(&[Does::Hangs]);
    let quick = Server::new(&[Does::Answers(200)]);
    let pace = Pace { patience: LONG * 100, ..pace() };
    let receivers = vec![webhook(slow.address), webhook(quick.address)];
    let telling = Telling::with(folder.path(), receivers, pace);
    for number in 0..15 {
        telling.tell(Change::Opened, &number.to_string());
    }
    for number in 0..15 {
        assert_eq!(quick.hear_alert(), pair("firing", &number.to_string()));
    }
    slow.hear();
    // It counts when it has heard of its success.
    while telling.alerts.counts()[1].delivered < 15 {
        std::thread::yield_now();
    }
    let counts = telling.alerts.counts();
    assert_eq!((counts[0].waiting, counts[1].waiting), (15, 0));
}

#[test]
fn what_is_refused_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(&[Does::Answers(400), Does::Answers(200)]);
    let telling = Telling::new(folder.path(), vec![webhook(server.address)]);
    telling.tell(Change::Opened, "t1");
    assert_eq!(server.hear_alert(), pair("firing", "t1"));
    telling.tell(Change::Opened, "t2");
    assert_eq!(server.hear_alert(), pair("firing", "t2"));
    assert_eq!(telling.alerts.counts()[0].dropped, 1);
}
