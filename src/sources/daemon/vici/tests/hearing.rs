//! What it tells by itself.

use super::charon::{FakeCharon, Misbehaviour, ike, with_keys};
use super::{HeardCharon, LATE};
use crate::daemons::vici::Packet;
use crate::model::{Answer, LogLine, Question, Serial, SourceState, Statement, What};

/// It is heard.
async fn heard() -> HeardCharon {
    let mut talk = HeardCharon::with(FakeCharon::start());
    let line = talk.told().await;
    let says = Statement::Starting { version: Some("5.9.8".to_owned()), pid: Some(std::process::id()) };
    assert_eq!((line.says, line.past), (says, true));
    wait(&talk, "register ike-update", 1).await;
    talk
}

async fn wait(talk: &HeardCharon, what: &'static str, times: usize) {
    let charon = talk.charon.clone();
    tokio::task::spawn_blocking(move || charon.wait_for(what, times)).await.unwrap();
}

fn is_gap(line: &LogLine) -> bool {
    matches!(line.says, Statement::Missing { .. })
}

#[tokio::test]
async fn events_are_told_as_lines_and_counted() {
    let mut talk = heard().await;
    talk.charon.tell("child-updown", &with_keys(&[("up", "yes")], "gw", 1, &[("t1", 7)]));
    let line = talk.told().await;
    let about = line.about.unwrap();
    assert_eq!((about.connection.as_str(), about.serial), ("gw/t1", Some(Serial(7))));
    assert!(matches!(line.says, Statement::ChildEstablished { ike: Some(Serial(1)), .. }));
    let Answer::Brief(brief) = talk.ask(Question::Brief, LATE).await else { panic!() };
    assert_eq!(brief.children, 1);
    talk.charon.tell("child-updown", &ike("gw", 1, &[("t1", 7)]));
    assert_eq!(talk.told().await.says, Statement::Deleting { is_ike: false, established: true });
    // Nothing that this version does not have was asked for.
    assert!(!talk.charon.asked().contains(&"register alert".to_owned()));
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_and_made_anew_and_a_table_wanted() {
    for broken in
        [None, Some(b"\xff\xff\xff\xff".to_vec()), Some(Packet::Event("ike-updown", b"\x07").bytes().unwrap())]
    {
        let mut talk = heard().await;
        talk.charon.counts(0);
        talk.ask(Question::Table, LATE).await;
        match &broken {
            None => talk.charon.hang_up_on_hearers(),
            Some(bytes) => talk.charon.say(bytes),
        }
        let line = talk.coverage().await;
        assert_eq!(line.state, SourceState::Degraded, "{line:?}");
        assert!(line.detail.contains("what it tells by itself is not heard"), "{line:?}");
        wait(&talk, "register ike-update", 2).await;
        let (mut gap, mut state) = (false, None);
        while !gap || state != Some(SourceState::Ok) {
            match talk.see().await {
                What::Told(line) => gap |= is_gap(&line),
                What::Coverage(line) => state = Some(line.state),
                _ => {}
            }
        }
        talk.charon.tell("ike-updown", &with_keys(&[("up", "yes")], "gw", 1, &[]));
        assert_eq!(talk.told().await.says, Statement::IkeEstablished);
    }
}

/// Nobody takes in what is told, and it is read all the same; what was left out is told of once.
#[tokio::test]
async fn a_flood_is_read_and_not_kept() {
    const FLOOD: usize = 30_000;
    let mut talk = heard().await;
    let charon = talk.charon.clone();
    let told = tokio::task::spawn_blocking(move || {
        for number in 0..FLOOD {
            charon.tell("child-updown", &with_keys(&[("up", "yes")], "gw", 1, &[("t1", number as u32)]));
        }
    });
    // The fake writes until it is read: it would stand still if nobody read.
    tokio::time::timeout(LATE * 10, told).await.unwrap().unwrap();
    let (mut lines, mut gap) = (0, false);
    while !gap {
        match talk.see().await {
            What::Told(line) if is_gap(&line) => gap = true,
            What::Told(_) => lines += 1,
            _ => {}
        }
    }
    assert!((4_000..FLOOD / 2).contains(&lines), "{lines}");
    talk.charon.tell("ike-updown", &with_keys(&[("up", "yes")], "gw", 2, &[]));
    while talk.told().await.says != Statement::IkeEstablished {}
}

#[tokio::test]
async fn one_that_is_retired_is_heard_no_more() {
    let mut talk = heard().await;
    talk.caller.retire();
    wait(&talk, "closed", 1).await;
}

#[tokio::test]
async fn one_that_never_answers_is_not_waited_for_by_those_who_ask() {
    let charon = FakeCharon::start();
    charon.instead("version", Misbehaviour::Silence);
    let mut talk = HeardCharon::with(charon);
    wait(&talk, "version", 1).await;
    assert!(matches!(talk.ask(Question::Brief, LATE).await, Answer::Brief(_)));
}
