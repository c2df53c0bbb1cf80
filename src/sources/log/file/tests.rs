//! Real files in temporary directories; every wait is for an observation.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use crate::daemons::{LogPlace, dialect};
use crate::model::{AskId, DaemonKind, RealTime, SourceState, Statement, What};
use crate::sources::log::{Log, Runner, spawn};
use crate::sources::queue::{Seen, queue};

fn line(serial: u32) -> String {
    format!("Jun 10 08:22:28.587472: \"t1\" #{serial}: initiating IKEv2 connection\n")
}

fn starting(pid: u32) -> String {
    format!("Jun 10 08:22:28.587472: Starting Pluto (Libreswan Version 4.10 IKEv2) pid:{pid}\n")
}

fn append(path: &Path, text: impl AsRef<[u8]>) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_ref()).unwrap();
}

struct FollowedFile {
    log: Log,
    seen: Receiver<Seen>,
    asks: u64,
}

impl FollowedFile {
    fn new(path: &Path, runner: Option<Runner>) -> Self {
        let (queue, seen) = queue();
        let log = spawn(queue, LogPlace::File(path.to_path_buf()), runner, dialect(DaemonKind::Libreswan));
        Self { log, seen, asks: 0 }
    }

    async fn next(&mut self) -> What {
        let seen = tokio::time::timeout(Duration::from_secs(20), self.seen.recv()).await;
        seen.expect("nothing is told").unwrap().what
    }

    /// Up to the end of the past: serials, and whether they are past.
    async fn past(&mut self) -> Vec<(u32, bool)> {
        let mut told = Vec::new();
        loop {
            match self.next().await {
                What::LogEnd { ask: None } => return told,
                What::Log(line) => told.push((serial(&line), line.past)),
                _ => {}
            }
        }
    }

    /// The next `count` lines, without asking: inotify must have woken the follower.
    async fn lines(&mut self, count: usize) -> Vec<u32> {
        let mut told = Vec::new();
        while told.len() < count {
            if let What::Log(line) = self.next().await {
                assert!(!line.past);
                told.push(serial(&line));
            }
        }
        told
    }

    /// Everything up to the answer of a question.
    async fn caught_up(&mut self) -> Vec<What> {
        self.asks += 1;
        self.log.catch_up(AskId(self.asks));
        let mut told = Vec::new();
        loop {
            match self.next().await {
                What::LogEnd { ask } if ask == Some(AskId(self.asks)) => return told,
                what => told.push(what),
            }
        }
    }

    async fn coverage(&mut self) -> SourceState {
        loop {
            if let What::Coverage(coverage) = self.next().await {
                return coverage.state;
            }
        }
    }
}

fn serial(line: &crate::model::LogLine) -> u32 {
    line.about.as_ref().and_then(|speaker| speaker.serial).map_or(0, |serial| serial.0)
}

fn of_process(pid: u32) -> Option<Runner> {
    Some(Runner { pid: Some(pid), started: RealTime::from_micros(0), unit: None })
}

#[tokio::test]
async fn the_past_since_the_daemons_start_is_read_and_then_news() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, [starting(1), line(1), starting(2), line(2), line(3)].concat());
    let mut followed = FollowedFile::new(&path, of_process(2));
    assert_eq!(followed.past().await, [(0, true), (2, true), (3, true)]);
    append(&path, line(4));
    assert_eq!(followed.lines(1).await, [4]);
}

#[tokio::test]
async fn without_a_daemon_reading_begins_behind_the_line_being_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, line(1));
    append(&path, &line(2)[..40]);
    let mut followed = FollowedFile::new(&path, None);
    assert_eq!(followed.past().await, []);
    append(&path, &line(2)[40..]);
    append(&path, line(3));
    assert_eq!(followed.lines(1).await, [3]);
}

#[tokio::test]
async fn a_torn_line_is_told_once_and_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, "");
    let mut followed = FollowedFile::new(&path, None);
    followed.past().await;
    for piece in line(5).as_bytes().chunks(7) {
        append(&path, piece);
        followed.log.catch_up(AskId(0));
    }
    assert_eq!(followed.lines(1).await, [5]);
    assert!(followed.caught_up().await.iter().all(|what| !matches!(what, What::Log(_))));
}

#[tokio::test]
async fn a_file_and_a_directory_that_are_not_there_yet_are_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/er/pluto.log");
    let mut followed = FollowedFile::new(&path, None);
    assert_eq!(followed.coverage().await, SourceState::Absent);
    followed.past().await;
    std::fs::create_dir(dir.path().join("deep")).unwrap();
    followed.caught_up().await;
    std::fs::create_dir(dir.path().join("deep/er")).unwrap();
    followed.caught_up().await;
    append(&path, line(6));
    assert_eq!(followed.lines(1).await, [6]);
    append(&path, line(7));
    assert_eq!(followed.lines(1).await, [7]);
}

#[tokio::test]
async fn after_a_rename_both_files_are_read_and_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, line(1));
    let mut followed = FollowedFile::new(&path, None);
    followed.past().await;
    let mut old = OpenOptions::new().append(true).open(&path).unwrap();
    std::fs::rename(&path, dir.path().join("pluto.log.1")).unwrap();
    old.write_all(line(2).as_bytes()).unwrap();
    assert_eq!(followed.lines(1).await, [2], "the daemon goes on in the old file");
    File::create(&path).unwrap();
    followed.caught_up().await;
    old.write_all(line(3).as_bytes()).unwrap();
    assert_eq!(followed.lines(1).await, [3], "an empty new file changes nothing");
    old.write_all(line(4).as_bytes()).unwrap();
    append(&path, line(5));
    assert_eq!(followed.lines(2).await, [4, 5]);
    append(&path, line(6));
    assert_eq!(followed.lines(1).await, [6]);
}

#[tokio::test]
async fn copytruncate_loses_nothing_and_repeats_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, [line(1), line(2)].concat());
    let mut followed = FollowedFile::new(&path, None);
    followed.past().await;
    for round in 0..5 {
        OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
        followed.caught_up().await;
        append(&path, line(10 + round));
        assert_eq!(followed.lines(1).await, [10 + round]);
    }
}

#[tokio::test]
async fn a_file_cut_and_grown_between_two_looks_is_read_anew_and_the_gap_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, line(1));
    let mut followed = FollowedFile::new(&path, None);
    followed.past().await;
    append(&path, line(2));
    assert_eq!(followed.lines(1).await, [2]);
    // In one write, so that no look can come between: a file in place of the other's content.
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, [line(3), line(4), line(5)].concat().as_bytes(), 0).unwrap();
    let mut told = Vec::new();
    while told.len() < 4 {
        if let What::Log(line) = followed.next().await {
            told.push((serial(&line), matches!(line.says, Statement::Missing { lines: None })));
        }
    }
    assert_eq!(told, [(0, true), (3, false), (4, false), (5, false)]);
}

#[tokio::test]
async fn a_hole_that_a_daemon_without_append_leaves_is_no_news() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, [line(1).as_str(), &"x".repeat(200), "\n"].concat());
    let mut followed = FollowedFile::new(&path, of_process(1));
    followed.past().await;
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    let end = file.metadata().unwrap().len();
    // As one: cut, and written on at the old place.
    std::os::unix::fs::FileExt::write_all_at(&file, &vec![0; usize::try_from(end).unwrap()], 0).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, line(2).as_bytes(), end).unwrap();
    assert_eq!(followed.lines(1).await, [2]);
}

#[tokio::test]
async fn endless_lines_and_bytes_that_are_not_utf_8_are_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, "");
    let mut followed = FollowedFile::new(&path, None);
    followed.past().await;
    let mut hostile = vec![b'x'; 10 << 20];
    hostile.extend_from_slice(b"\n\"t\xff1\" #9: initiating IKEv2 connection\n");
    append(&path, &hostile);
    append(&path, line(8));
    assert_eq!(followed.lines(2).await, [9, 8]);
}

#[tokio::test]
async fn a_question_is_answered_behind_every_line_written_before() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, "");
    let mut followed = FollowedFile::new(&path, None);
    followed.past().await;
    for serial in 1..=50 {
        append(&path, line(serial));
        let told = followed.caught_up().await;
        assert_eq!(told.iter().filter(|what| matches!(what, What::Log(_))).count(), 1, "{serial}");
    }
}

#[tokio::test]
async fn a_file_behind_a_symbolic_link_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let real = elsewhere.path().join("real.log");
    append(&real, "");
    let path = dir.path().join("pluto.log");
    std::os::unix::fs::symlink(&real, &path).unwrap();
    let mut followed = FollowedFile::new(&path, None);
    followed.past().await;
    append(&real, line(3));
    assert_eq!(followed.lines(1).await, [3]);
}

#[tokio::test]
async fn what_is_no_file_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut followed = FollowedFile::new(dir.path(), None);
    assert_eq!(followed.coverage().await, SourceState::Absent);
    followed.past().await;
    assert!(followed.caught_up().await.is_empty());
}

#[tokio::test]
async fn what_anybody_may_write_is_not_read_until_that_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, line(1));
    let open_to = |mode| std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    open_to(0o666);
    let mut followed = FollowedFile::new(&path, of_process(7));
    let said = loop {
        match followed.next().await {
            What::Coverage(line) => break line,
            What::Log(line) => panic!("it is read: {line:?}"),
            _ => {}
        }
    };
    assert_eq!(said.state, SourceState::Absent);
    assert!(said.detail.contains("chmod o-w"), "{said:?}");
    open_to(0o660);
    append(&path, line(2));
    let read = loop {
        if let What::Log(line) = followed.next().await {
            break line;
        }
    };
    assert_eq!(serial(&read), 1);
}

#[tokio::test]
async fn lines_among_those_of_other_programs_are_read_with_their_process() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secure");
    let syslog = |pid: u32, serial: u32| {
        format!("Jun 10 08:22:28 gw1 pluto[{pid}]: \"t1\" #{serial}: initiating IKEv2 connection\n")
    };
    let start = "Jun 10 08:22:27 gw1 pluto[2]: Starting Pluto (Libreswan Version 4.10 IKEv2) pid:2\n";
    let sshd = "Jun 10 08:22:28 gw1 sshd[9]: \"t1\" #7: initiating IKEv2 connection\n";
    append(&path, [&syslog(1, 1), start, sshd, &syslog(2, 2)].concat());
    let mut followed = FollowedFile::new(&path, of_process(2));
    assert_eq!(followed.past().await, [(0, true), (2, true)]);
    append(&path, [sshd, &syslog(2, 3)].concat());
    let told = followed.caught_up().await;
    let lines: Vec<_> =
        told.iter().filter_map(|what| if let What::Log(line) = what { Some(line) } else { None }).collect();
    assert_eq!(lines.iter().map(|line| (serial(line), line.pid)).collect::<Vec<_>>(), [(3, Some(2))]);
}

#[tokio::test]
async fn a_log_in_which_nothing_is_the_daemons_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("messages");
    append(&path, "Accepted publickey for root\n");
    // While no daemon runs nothing of it is to be expected.
    let mut followed = FollowedFile::new(&path, None);
    assert_eq!(followed.coverage().await, SourceState::Ok);
    followed.log.daemon_runs(of_process(2).unwrap());
    append(&path, "Connection closed\n");
    let told = followed.caught_up().await;
    let Some(What::Coverage(said)) = told.iter().rfind(|what| matches!(what, What::Coverage(_))) else {
        panic!("{told:?}")
    };
    assert_eq!(said.state, SourceState::Degraded);
    let nothing =
        "and nothing in it is pluto's: 1 line of a kind that is not known, as 'Connection closed'; why a tunnel fails";
    assert!(said.detail.contains(nothing) && said.with_cure().1.is_some(), "{said:?}");
    append(&path, line(1));
    assert_eq!(followed.lines(1).await, [1]);
    assert_eq!(followed.coverage().await, SourceState::Ok);
}

/// Serials of the lines that are told, and whether anybody may have written them.
fn forgeable(told: &[What]) -> Vec<(u32, bool)> {
    let lines = told.iter().filter_map(|what| if let What::Log(line) = what { Some(line) } else { None });
    lines.map(|line| (serial(line), line.forgeable)).collect()
}

#[tokio::test]
async fn only_a_file_that_the_daemon_alone_writes_proves_anything() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, starting(2));
    let mut followed = FollowedFile::new(&path, of_process(2));
    followed.past().await;
    append(&path, line(1));
    assert_eq!(forgeable(&followed.caught_up().await), [(1, false)]);
    // Whatever syslog's lines are of, and what stands behind a line feed in one of them looks like the daemon's own.
    append(&path, "Jun 10 08:22:28 gw1 root: x\n");
    append(&path, line(2));
    let told = followed.caught_up().await;
    assert_eq!(forgeable(&told), [(2, true)]);
    let said = told.iter().rfind(|what| matches!(what, What::Coverage(_)));
    let Some(What::Coverage(said)) = said else { panic!("{told:?}") };
    assert_eq!(said.state, SourceState::Degraded);
    assert!(said.detail.contains("anybody on this host can write (syslog writes it)"), "{said:?}");
    assert!(said.with_cure().1.unwrap().contains("logfile="), "{said:?}");
}

#[tokio::test]
async fn a_forged_start_in_syslogs_file_hides_nothing_of_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("messages");
    let forged = format!("Jun 10 08:22:28 gw1 root: x\n{}{}", starting(2), line(1));
    append(&path, forged);
    let mut followed = FollowedFile::new(&path, of_process(2));
    let mut told = Vec::new();
    loop {
        match followed.next().await {
            What::LogEnd { ask: None } => break,
            what => told.push(what),
        }
    }
    assert_eq!(forgeable(&told), [(0, true), (1, true)]);
}

#[tokio::test]
async fn a_file_that_others_can_write_proves_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pluto.log");
    append(&path, line(1));
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let mut followed = FollowedFile::new(&path, of_process(2));
    assert_eq!(followed.coverage().await, SourceState::Degraded);
    append(&path, line(2));
    assert_eq!(forgeable(&followed.caught_up().await), [(2, true)]);
}
