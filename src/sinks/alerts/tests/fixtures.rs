//! What another version left waiting.

use super::*;

/// A folder in which 0.1.0's alerts for one receiver are this one's now.
fn left_for(receiver: &Receiver, of: &str) -> tempfile::TempDir {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1.0/state/alerts").join(of);
    let folder = tempfile::tempdir().unwrap();
    for part in std::fs::read_dir(fixture).unwrap().map(Result::unwrap) {
        let own = folder.path().join("alerts").join(receiver.key()).join(part.file_name());
        std::fs::create_dir_all(&own).unwrap();
        for entry in std::fs::read_dir(part.path()).unwrap().map(Result::unwrap) {
            std::fs::copy(entry.path(), own.join(entry.file_name())).unwrap();
        }
    }
    folder
}

/// Never settled: what the engine finds anew is not here. An answer may take its time: what is given up and tried again comes behind the next. An
/// end rests no time: else it would depend on the machine whether it comes before the next beginning.
fn unsettled() -> Pace {
    let rest = Rest { turned: Duration::ZERO, ..pace().rest };
    Pace { rest, settle: LONG * 100, patience: LONG, ..pace() }
}

fn told(body: &serde_json::Value) -> [String; 5] {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let label = |name: &str| text(&body["labels"][name]);
    [text(&body["status"]), label("code"), label("connection"), label("direction"), text(&body["startsAt"])]
}

/// What waited for both receivers that were away.
const WAITED: [[&str; 5]; 5] = [
    ["firing", "sa-missing", "t1", "out", "2026-11-30T04:23:29.900795Z"],
    ["firing", "sa-missing", "t1", "both", "2026-11-30T04:23:29.905634Z"],
    ["resolved", "sa-missing", "t1", "out", "2026-11-30T04:23:29.900795Z"],
    ["resolved", "sa-missing", "t1", "both", "2026-11-30T04:23:29.905634Z"],
    ["firing", "daemon-crashed", "-", "-", "2026-11-30T04:23:30.130797Z"],
];

const AWAY: &str = "webhook-664801206e5f1d5c";

#[test]
fn what_waited_in_0_1_0_is_told_once_and_in_order_and_its_files_go() {
    let server = Server::new(&[Does::Answers(200)]);
    let receiver = webhook(server.address);
    let folder = left_for(&receiver, AWAY);
    let telling = Telling::with(folder.path(), vec![receiver.clone()], unsettled());
    let heard: Vec<_> = (0..5).map(|_| told(&server.hear())).collect();
    assert_eq!(heard, WAITED);
    while telling.alerts.counts()[0].delivered < 5 {
        std::thread::yield_now();
    }
    drop(telling);
    assert!(!folder.path().join("alerts").exists());
    let again = Telling::with(folder.path(), vec![receiver], unsettled());
    again.tell(Change::Opened, "t9");
    assert_eq!(server.hear_alert(), pair("firing", "t9"));
}

#[test]
fn what_waited_in_0_1_0_waits_on_in_the_history() {
    let address = Server::none();
    let receiver = webhook(address);
    let folder = left_for(&receiver, AWAY);
    let mut telling = Telling::with(folder.path(), vec![receiver.clone()], unsettled());
    telling.hears("nobody listens there");
    drop(telling);
    assert!(!folder.path().join("alerts").exists());
    let server = Server::on(std::net::TcpListener::bind(address).unwrap(), &[Does::Answers(200)]);
    let _telling = Telling::with(folder.path(), vec![receiver], unsettled());
    let heard: Vec<_> = (0..5).map(|_| told(&server.hear())).collect();
    assert_eq!(heard, WAITED);
}

#[test]
fn of_what_0_1_0_had_told_only_the_end_is_told() {
    let server = Server::new(&[Does::Answers(200)]);
    let receiver = webhook(server.address);
    let folder = left_for(&receiver, "exec-a7d497c60831a2bb");
    // It believes that all three fire: two are over, and the third was never found again.
    let _telling = Telling::with(folder.path(), vec![receiver], pace());
    let mut heard: Vec<_> = (0..3).map(|_| told(&server.hear())).map(|told| told[..4].join(" ")).collect();
    heard.sort();
    assert_eq!(heard, ["resolved daemon-crashed - -", "resolved sa-missing t1 both", "resolved sa-missing t1 out"]);
}

#[test]
fn without_a_history_what_waited_in_0_1_0_is_told_and_each_file_goes_when_it_is() {
    let server = Server::new(&[Does::Answers(200), Does::Answers(200), Does::Hangs]);
    let receiver = webhook(server.address);
    let folder = left_for(&receiver, AWAY);
    let waiting = folder.path().join("alerts").join(receiver.key()).join("waiting");
    let telling = Telling::without_history(folder.path(), vec![receiver.clone()], unsettled());
    let heard: Vec<_> = (0..3).map(|_| told(&server.hear())).collect();
    assert_eq!(heard, WAITED[..3]);
    // The file of what was told goes a moment after the next one is on its way.
    let left = || std::fs::read_dir(&waiting).unwrap().count();
    while left() > 3 {
        std::thread::yield_now();
    }
    drop(telling);
    assert_eq!(left(), 3);
    let server = Server::new(&[Does::Answers(200)]);
    let other = webhook(server.address);
    std::fs::rename(folder.path().join("alerts").join(receiver.key()), folder.path().join("alerts").join(other.key()))
        .unwrap();
    let telling = Telling::without_history(folder.path(), vec![other], unsettled());
    let heard: Vec<_> = (0..3).map(|_| told(&server.hear())).collect();
    assert_eq!(heard, WAITED[2..]);
    while folder.path().join("alerts").exists() {
        std::thread::yield_now();
    }
    drop(telling);
}
