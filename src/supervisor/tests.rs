//! With hands that only note what they are asked.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::oneshot;

use super::hands::Hands;
use super::turn::Turn;
use super::*;
use crate::clock;
use crate::model::{
    AskId, Boottime, Coverage, Daemon, DaemonKind, DumpTable, KnownBy, Link, Measured, Question, RealTime, RemedyId,
    Remembered, RouteQuery, SaId, Source, SourceState, Started, Step, What,
};
use crate::recording::{Agreement, Recorder, replay};
use crate::sinks::{Desk, DeskQuestion, EventHub, desk};
use crate::sources::trace::measure::CountOrder;
use crate::sources::{Queue, Seen, queue};

/// Notes dumps; has no log and no daemon.
#[derive(Debug, Default)]
struct Noting {
    dumps: Vec<(AskId, DumpTable)>,
}

impl Hands for Noting {
    fn read(&mut self, _ask: AskId, _sa: SaId) -> Option<What> {
        None
    }

    fn dump(&mut self, ask: AskId, table: DumpTable) -> Option<What> {
        self.dumps.push((ask, table));
        None
    }

    fn count(&mut self, _ask: AskId) -> Option<What> {
        None
    }

    fn route(&mut self, _ask: AskId, _query: RouteQuery) -> Option<What> {
        None
    }

    fn sample(&mut self, _ask: AskId, _device: String) -> Option<What> {
        None
    }

    fn sample_host(&mut self, _ask: AskId) -> Option<What> {
        None
    }

    fn name_senders(&mut self, _ask: AskId) -> Option<What> {
        None
    }

    fn catch_up(&mut self, ask: AskId) -> Option<What> {
        Some(What::LogEnd { ask: Some(ask) })
    }

    fn ask_daemon(&mut self, _ask: AskId, _question: Question, _deadline: Duration) -> Option<What> {
        None
    }

    fn act(&mut self, _ask: AskId, _remedy: RemedyId, _step: Step) -> Option<What> {
        None
    }

    fn restart_by(&mut self, _command: Vec<String>) {}

    fn remember(&mut self, _ask: AskId, _state: Box<Remembered>) -> Option<What> {
        None
    }

    fn measure(&mut self, _order: CountOrder, reply: oneshot::Sender<Result<Measured, String>>) {
        let _ = reply.send(Err("not in this test".to_owned()));
    }

    async fn follow_daemon(&mut self) {
        std::future::pending().await
    }
}

fn started() -> What {
    What::Started(Box::new(Started { version: "0".to_owned(), seed: 7, ..Started::default() }))
}

fn link(index: u32) -> What {
    What::Link(Link {
        index,
        name: format!("eth{index}"),
        up: true,
        carrier: true,
        kind: None,
        lower: None,
        master: None,
        driver: None,
        esp_hw_offload: Some(false),
        addresses: Vec::new(),
    })
}

fn found() -> What {
    What::DaemonFound(Box::new(Daemon {
        kind: DaemonKind::Libreswan,
        known: KnownBy::Process { pid: 1, start_ticks: 1 },
        since: RealTime::default(),
        version: None,
        unit: None,
        log: "journal".to_owned(),
        socket: "/run/pluto/pluto.ctl".to_owned(),
        log_addresses: None,
        debug: Vec::new(),
    }))
}

fn turn(recorder: Option<Recorder>) -> Turn<Noting> {
    let mut turn = Turn::new(Noting::default(), EventHub::new("test".to_owned()), recorder);
    turn.see(started());
    turn
}

fn serve(turn: Turn<Noting>) -> (Serve<Noting>, Queue, Desk) {
    let ((queue, seen), (desk, asked)) = (queue(), desk());
    let reload = Box::new(|| Err(NotTaken::NeedsRestart("nothing in this test")));
    (Serve { turn, queue: queue.clone(), seen, desk: asked, reload }, queue, desk)
}

/// Runs the service until `work` is done.
async fn while_serving(serve: Serve<Noting>, work: impl Future<Output = ()>) {
    tokio::select! {
        ended = serve.run() => panic!("the service ended: {ended:?}"),
        () = work => {},
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("too slow"),
    }
}

fn seen(at: u64, what: What) -> Seen {
    Seen { at: Boottime::from_micros(at), ..Seen::now(what) }
}

#[test]
fn numbers_rise_and_time_never_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut turn = turn(Some(Recorder::create(&path, false).unwrap()));
    let now = clock::boottime().micros();
    for at in [now + 50, now + 20, now + 90] {
        turn.take(seen(at, link(1)));
    }
    turn.end_recording().unwrap();
    let mut reader = crate::recording::open(&path).unwrap();
    let read: Vec<_> = std::iter::from_fn(|| reader.next_observation().unwrap()).collect();
    assert_eq!(read.iter().map(|o| o.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let at: Vec<u64> = read.iter().map(|o| o.at.micros()).collect();
    assert_eq!(at[1..], [now + 50, now + 50, now + 90]);
}

#[test]
fn a_recording_of_the_whole_run_replays_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut turn = turn(Some(Recorder::create(&path, false).unwrap()));
    for what in [link(1), What::LinksKnown, found(), What::LogEnd { ask: None }] {
        turn.see(what);
    }
    turn.end_recording().unwrap();
    let replayed = replay(crate::recording::open(&path).unwrap()).unwrap();
    assert_eq!(replayed.agreement, Agreement::Same);
    assert!(replayed.end.observations >= 5);
}

#[test]
fn a_recording_begun_later_is_told_what_was_known_and_has_the_tables_dumped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut turn = turn(None);
    let detail = "watches process 1".to_owned();
    let coverage = What::Coverage(Coverage { source: Source::Process, state: SourceState::Ok, detail });
    for what in [link(1), link(2), What::LinkGone { index: 1 }, What::LinksKnown, found(), coverage.clone()] {
        turn.see(what);
    }
    turn.hands.dumps.clear();
    turn.record(Some(&path)).unwrap();
    assert!(turn.record(Some(&folder.path().join("second"))).is_err());
    let own: Vec<_> = turn.hands.dumps.iter().map(|(ask, table)| (ask.0 >> 63, *table)).collect();
    assert_eq!(own, [(1, DumpTable::Sad), (1, DumpTable::Spd)]);
    turn.see(link(3));
    turn.record(None).unwrap();
    assert!(turn.record(None).is_err());

    let mut reader = crate::recording::open(&path).unwrap();
    assert!(reader.header().partial);
    let told: Vec<What> = std::iter::from_fn(|| reader.next_observation().unwrap()).map(|o| o.what).collect();
    assert_eq!(told[..5], [started(), coverage, link(2), What::LinksKnown, found()]);
    assert!(told[5..].contains(&link(3)));
    assert!(reader.end().is_some());
    assert_eq!(replay(crate::recording::open(&path).unwrap()).unwrap().agreement, Agreement::Partial);
}

#[test]
fn a_full_disk_ends_the_recording_and_not_the_watching() {
    // The header is written; whatever follows finds no room.
    let limit = tempfile::NamedTempFile::new().unwrap();
    let recorder = Recorder::create(&limit.path().with_extension("run"), false).unwrap();
    let mut turn = turn(Some(recorder));
    turn.keep_recording(Err(std::io::Error::from(std::io::ErrorKind::StorageFull).into()));
    assert!(turn.recording.is_none());
    match turn.own.front() {
        Some(What::Coverage(told)) => {
            assert_eq!((told.source, told.state), (Source::Recording, SourceState::Degraded));
            assert!(told.detail.contains("no storage space"), "{}", told.detail);
        }
        other => panic!("{other:?}"),
    }
    turn.see(link(1));
    assert!(turn.own.is_empty());
}

#[tokio::test]
async fn clients_are_answered_while_a_flood_goes_on() {
    let (serve, queue, desk) = serve(turn(None));
    let flood = async {
        loop {
            queue.send(link(1)).await.unwrap();
        }
    };
    let clients = async {
        for _ in 0..100 {
            desk.ask(DeskQuestion::Status).await.unwrap();
        }
    };
    let both = async {
        tokio::select! {
            () = flood => {},
            () = clients => {},
        }
    };
    while_serving(serve, both).await;
}

#[tokio::test]
async fn what_was_sent_before_a_question_is_in_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("run");
    let (serve, queue, desk) = serve(turn(None));
    let work = async {
        queue.send(link(7)).await.unwrap();
        // One turn of the whole loop.
        desk.ask(DeskQuestion::Status).await.unwrap();
        let record = |path| |reply| DeskQuestion::Record { path, reply };
        desk.ask(record(Some(path.clone()))).await.unwrap().unwrap();
        desk.ask(record(None)).await.unwrap().unwrap();
    };
    while_serving(serve, work).await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("eth7"), "{text}");
    assert!(text.lines().last().unwrap().starts_with("{\"end\""), "{text}");
}

#[tokio::test]
async fn the_watchdogs_token_reaches_no_engine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (serve, queue, desk) = serve(turn(Some(Recorder::create(&path, false).unwrap())));
    let work = async {
        queue.send(What::Woke).await.unwrap();
        queue.send(link(1)).await.unwrap();
        desk.ask(|reply: oneshot::Sender<_>| DeskQuestion::Record { path: None, reply }).await.unwrap().unwrap();
    };
    while_serving(serve, work).await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("\"woke\""), "{text}");
}

#[tokio::test]
async fn one_look_without_an_end_is_an_error() {
    let (_queue, seen) = queue();
    let error = once::within(Duration::ZERO, turn(None), seen).await.unwrap_err();
    assert!(error.to_string().contains("within 0 seconds"), "{error}");
}
