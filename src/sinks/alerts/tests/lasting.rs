//! What waits, waits: for a receiver that is away, and for the next start of the service.

use std::net::TcpListener;

use super::*;

#[test]
fn what_a_dead_receiver_missed_comes_later_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let address = Server::none();
    let mut telling = Telling::new(folder.path(), vec![webhook(address)]);
    telling.tell(Change::Opened, "t1");
    telling.tell(Change::Opened, "t2");
    telling.tell(Change::Closed, "t1");
    telling.tell(Change::Opened, "t3");
    telling.hears("nobody listens there");
    let server = Server::on(TcpListener::bind(address).unwrap(), &[Does::Answers(200)]);
    let heard: Vec<_> = (0..4).map(|_| server.hear_alert()).collect();
    // An end is told when it has lasted; till then it waits behind what is due.
    let mut sorted = heard.clone();
    sorted.sort_by_key(|(status, _)| *status == "resolved");
    let expected = [pair("firing", "t1"), pair("firing", "t2"), pair("firing", "t3"), pair("resolved", "t1")];
    assert_eq!(sorted, expected);
    assert!(
        heard.iter().position(|alert| *alert == expected[3]) > heard.iter().position(|alert| *alert == expected[0])
    );
    telling.hears("webhook");
}

#[test]
fn what_waits_outlives_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let address = Server::none();
    let mut first = Telling::new(folder.path(), vec![webhook(address)]);
    for connection in ["t1", "t2", "t3"] {
        first.tell(Change::Opened, connection);
    }
    first.hears("nobody listens there");
    drop(first);
    let server = Server::on(TcpListener::bind(address).unwrap(), &[Does::Answers(200)]);
    // Never settled: what the engine finds anew is not here.
    let pace = Pace { settle: LONG * 100, ..pace() };
    let second = Telling::with(folder.path(), vec![webhook(address)], pace);
    for connection in ["t1", "t2", "t3"] {
        assert_eq!(server.hear_alert(), pair("firing", connection));
    }
    // It was told: found anew, it is no news.
    second.tell(Change::Opened, "t1");
    second.tell(Change::Opened, "t4");
    assert_eq!(server.hear_alert(), pair("firing", "t4"));
}

#[test]
fn what_is_not_found_again_after_a_start_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(&[Does::Answers(200)]);
    let first = Telling::new(folder.path(), vec![webhook(server.address)]);
    first.tell(Change::Opened, "t1");
    first.tell(Change::Opened, "t2");
    assert_eq!(server.hear_alert(), pair("firing", "t1"));
    assert_eq!(server.hear_alert(), pair("firing", "t2"));
    // Told, and known to be told.
    while first.alerts.counts()[0].delivered < 2 {
        std::thread::yield_now();
    }
    drop(first);
    let second = Telling::new(folder.path(), vec![webhook(server.address)]);
    second.tell(Change::Opened, "t2");
    assert_eq!(server.hear_alert(), pair("resolved", "t1"));
}

#[test]
fn a_flap_of_a_thousand_is_one_alert_with_a_count() {
    let folder = tempfile::tempdir().unwrap();
    let address = Server::none();
    let mut telling = Telling::new(folder.path(), vec![webhook(address)]);
    let mut flapping = finding("t1");
    for times in 1..=1_000 {
        flapping.times = times;
        telling.alerts.tell(Change::Opened, &flapping);
        telling.alerts.tell(Change::Closed, &flapping);
    }
    flapping.times = 1_001;
    telling.alerts.tell(Change::Opened, &flapping);
    telling.tell(Change::Opened, "t2");
    telling.tell(Change::Opened, "t3");
    telling.hears("nobody listens there");
    // Of the first at most two ever wait.
    while telling.alerts.counts()[0].waiting != 3 {
        std::thread::yield_now();
    }
    let server = Server::on(TcpListener::bind(address).unwrap(), &[Does::Answers(200)]);
    let body = server.hear();
    assert_eq!((&body["status"], &body["times"]), (&"firing".into(), &1_001.into()));
    assert_eq!(server.hear_alert(), pair("firing", "t2"));
}
