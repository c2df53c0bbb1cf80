//! What another version left waiting.

use super::*;

/// The folder of 0.1.0's alerts, with what waited for a webhook now waiting for this one.
fn left_for(receiver: &Receiver) -> tempfile::TempDir {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1.0/state/alerts");
    let folder = tempfile::tempdir().unwrap();
    let waiting = folder.path().join(receiver.folder()).join("waiting");
    std::fs::create_dir_all(&waiting).unwrap();
    for entry in std::fs::read_dir(fixture.join("webhook-664801206e5f1d5c/waiting")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), waiting.join(entry.file_name())).unwrap();
    }
    folder
}

#[test]
fn what_waited_in_0_1_0_is_told_once_and_in_order() {
    let server = Server::new(&[Does::Answers(200)]);
    let receiver = webhook(server.address);
    let folder = left_for(&receiver);
    // Never settled: what the engine finds anew is not here.
    let telling = Telling::with(folder.path(), vec![receiver], Pace { settle: LONG * 100, ..pace() });
    let told = |body: serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
        let label = |name: &str| text(&body["labels"][name]);
        [text(&body["status"]), label("code"), label("connection"), label("direction"), text(&body["startsAt"])]
    };
    let heard: Vec<_> = (0..5).map(|_| told(server.hear())).collect();
    let expected = [
        ["firing", "sa-missing", "t1", "out", "2026-11-30T04:23:29.900795Z"],
        ["firing", "sa-missing", "t1", "both", "2026-11-30T04:23:29.905634Z"],
        ["firing", "daemon-crashed", "-", "-", "2026-11-30T04:23:30.130797Z"],
        ["resolved", "sa-missing", "t1", "out", "2026-11-30T04:23:29.900795Z"],
        ["resolved", "sa-missing", "t1", "both", "2026-11-30T04:23:29.905634Z"],
    ];
    assert_eq!(heard, expected);
    while telling.alerts.counts()[0].delivered < 5 {
        std::thread::yield_now();
    }
    assert!(server.is_silent());
}
