//! A script in place of journalctl: it says what it was asked, and plays entries.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tokio::sync::mpsc;

use super::*;
use crate::daemons::dialect;
use crate::model::DaemonKind;
use crate::model::Statement;
use crate::sources::queue::{Seen, queue};

/// Writes a script; `past` and `news` are shell commands.
fn script(dir: &Path, past: &str, news: &str) -> Journal {
    let program = dir.join("journalctl");
    let asked = dir.join("asked");
    let text = format!(
        "#!/bin/sh\necho \"$*\" >> {}\ncase \"$*\" in *--follow*) {news};; *) {past};; esac\n",
        asked.display()
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let folders = vec![dir.to_path_buf()];
    Journal {
        program,
        unit: Some("ipsec.service".into()),
        identifiers: vec!["pluto".into()],
        folders,
        instead_of: None,
    }
}

fn entry(number: u32, pid: u32, message: &str) -> String {
    let message = serde_json::to_string(message).unwrap();
    format!(
        r#"echo '{{"__CURSOR":"i={number}","__REALTIME_TIMESTAMP":"1795370424705011","_PID":"{pid}","MESSAGE":{message}}}'"#
    )
}

fn started() -> Since {
    Since::Daemon { pid: Some(7), started: RealTime::from_micros(1_795_370_424_000_000) }
}

struct FollowedJournal {
    seen: mpsc::Receiver<Seen>,
    wakes: mpsc::UnboundedSender<FollowerWake>,
}

impl FollowedJournal {
    fn new(journal: Journal, since: Since) -> Self {
        let (queue, seen) = queue();
        let (wakes, woken) = mpsc::unbounded_channel();
        tokio::spawn(follow(queue, journal, since, dialect(DaemonKind::Libreswan), woken));
        Self { seen, wakes }
    }

    async fn next(&mut self) -> What {
        let seen = tokio::time::timeout(Duration::from_secs(30), self.seen.recv()).await;
        seen.expect("nothing is told").unwrap().what
    }

    async fn until_end(&mut self, ask: Option<AskId>) -> Vec<What> {
        let mut told = Vec::new();
        loop {
            match self.next().await {
                What::LogEnd { ask: answered } if answered == ask => return told,
                what => told.push(what),
            }
        }
    }
}

fn serials(told: &[What]) -> Vec<(u32, bool)> {
    let serial = |what: &What| match what {
        What::Log(line) => Some((line.about.as_ref()?.serial?.0, line.past)),
        _ => None,
    };
    told.iter().filter_map(serial).collect()
}

fn line(serial: u32) -> String {
    format!("\"t1\" #{serial}: initiating IKEv2 connection")
}

#[tokio::test]
async fn the_past_is_of_the_running_process_and_news_follow_its_cursor() {
    let dir = tempfile::tempdir().unwrap();
    let past = [entry(1, 6, &line(1)), entry(2, 7, &line(2)), entry(3, 7, "\"t1\" #3: | debug")].join("; ");
    let news = format!("{}; exec tail -f /dev/null", entry(4, 8, &line(4)));
    let mut followed = FollowedJournal::new(script(dir.path(), &past, &news), started());
    assert_eq!(serials(&followed.until_end(None).await), [(2, true)]);
    followed.wakes.send(FollowerWake::CatchUp(AskId(5))).unwrap();
    assert_eq!(serials(&followed.until_end(Some(AskId(5))).await), [(4, false)]);
    let asked = std::fs::read_to_string(dir.path().join("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert!(asked[0].contains(
        "--since=@1795370423.000000 SYSLOG_IDENTIFIER=pluto _UID=0 _SYSTEMD_UNIT=ipsec.service + MESSAGE_ID="
    ));
    assert!(asked[1].contains("--follow --no-tail --after-cursor=i=3 "));
    // Whatever a stranger writes under that id, it is not journald's.
    let whose = "+ MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e _UID=0 _TRANSPORT=driver";
    assert!(asked.iter().all(|asked| asked.ends_with(whose)), "{asked:?}");
}

#[tokio::test]
async fn when_journalctl_dies_it_is_started_again_behind_the_last_entry() {
    let dir = tempfile::tempdir().unwrap();
    // Dies after each entry; the number of entries is the number of calls so far.
    let count = format!("n=$(wc -l < {})", dir.path().join("asked").display());
    let news = format!(
        r#"{count}; echo "{{\"__CURSOR\":\"i=$n\",\"_PID\":\"7\",\"MESSAGE\":\"\\\"t1\\\" #$n: initiating IKEv2 connection\"}}"; exit 1"#
    );
    let mut followed = FollowedJournal::new(script(dir.path(), "true", &news), started());
    let mut told = Vec::new();
    while serials(&told).len() < 3 {
        told.push(followed.next().await);
    }
    assert_eq!(serials(&told), [(2, false), (3, false), (4, false)]);
    let blind = told.iter().any(|what| matches!(what, What::Coverage(c) if c.state == SourceState::Absent));
    assert!(blind);
    let asked = std::fs::read_to_string(dir.path().join("asked")).unwrap();
    assert!(asked.lines().nth(2).unwrap().contains("--after-cursor=i=2 "));
}

/// journald's note that it left out lines.
fn gap(number: u32, lines: u32) -> String {
    format!(
        r#"echo '{{"__CURSOR":"i={number}","__REALTIME_TIMESTAMP":"1795370425000000","_UID":"0","_TRANSPORT":"driver","MESSAGE_ID":"a596d6fe7bfa4994828e72309e95d61e","N_DROPPED":"{lines}","MESSAGE":"Suppressed {lines} messages from ipsec.service"}}'"#
    )
}

fn missing_lines(told: &[What]) -> Vec<Option<u64>> {
    let missing = |what: &What| match what {
        What::Log(line) => match line.says {
            Statement::Missing { lines } => Some(lines),
            _ => None,
        },
        _ => None,
    };
    told.iter().filter_map(missing).collect()
}

#[tokio::test]
async fn a_gap_in_the_journal_is_told_and_said_in_coverage() {
    let dir = tempfile::tempdir().unwrap();
    let news = format!("{}; exec tail -f /dev/null", gap(10, 7));
    let mut followed = FollowedJournal::new(script(dir.path(), &gap(9, 55), &news), started());
    assert_eq!(missing_lines(&followed.until_end(None).await), [Some(55)]);
    let mut told = Vec::new();
    while !matches!(told.last(), Some(What::Coverage(_))) {
        told.push(followed.next().await);
    }
    assert_eq!(missing_lines(&told), [Some(7)]);
    let Some(What::Coverage(coverage)) = told.pop() else { panic!("no coverage: {told:?}") };
    assert_eq!(coverage.state, SourceState::Degraded);
    let sum = "left out 62 lines, the last at 2026-11-22T18:00:25Z";
    assert!(coverage.detail.contains(sum) && coverage.detail.contains("RateLimitBurst="), "{coverage:?}");
}

#[tokio::test]
async fn a_gap_that_a_stranger_tells_of_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let forged = gap(9, 55).replace(r#""_UID":"0","_TRANSPORT":"driver""#, r#""_UID":"65534","_TRANSPORT":"journal""#);
    let news = format!("{forged}; {}; exec tail -f /dev/null", entry(10, 7, &line(1)));
    let mut followed = FollowedJournal::new(script(dir.path(), &forged, &news), started());
    let mut told = followed.until_end(None).await;
    while serials(&told).is_empty() {
        told.push(followed.next().await);
    }
    // What is told because of it comes before the answer.
    followed.wakes.send(FollowerWake::CatchUp(AskId(5))).unwrap();
    told.extend(followed.until_end(Some(AskId(5))).await);
    assert_eq!(missing_lines(&told), []);
    let good = |what: &What| match what {
        What::Coverage(coverage) => coverage.state == SourceState::Ok && !coverage.detail.contains("left out"),
        _ => true,
    };
    assert!(told.iter().all(good), "{told:?}");
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_is_said_and_questions_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let refused = "echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1";
    let mut followed = FollowedJournal::new(script(dir.path(), refused, refused), started());
    let told = followed.until_end(None).await;
    let said = told.iter().any(
        |what| matches!(what, What::Coverage(c) if c.state == SourceState::Absent && c.detail.contains("permissions")),
    );
    assert!(said, "{told:?}");
    followed.wakes.send(FollowerWake::CatchUp(AskId(1))).unwrap();
    followed.until_end(Some(AskId(1))).await;

    let nowhere = Journal {
        program: "/nonexistent/journalctl".into(),
        ..Journal::new(None, "pluto".into(), dialect(DaemonKind::Libreswan))
    };
    let mut followed = FollowedJournal::new(nowhere, started());
    let told = followed.until_end(None).await;
    assert!(matches!(told.as_slice(), [What::Coverage(c)] if c.state == SourceState::Absent), "{told:?}");
}

#[tokio::test]
async fn the_process_ends_with_the_last_asker() {
    let dir = tempfile::tempdir().unwrap();
    let pid = dir.path().join("pid");
    let news =
        format!("echo $$ > {0}.new; mv {0}.new {0}; {1}; exec tail -f /dev/null", pid.display(), entry(4, 8, &line(4)));
    let mut followed = FollowedJournal::new(script(dir.path(), "true", &news), started());
    followed.until_end(None).await;
    followed.wakes.send(FollowerWake::CatchUp(AskId(1))).unwrap();
    followed.until_end(Some(AskId(1))).await;
    let pid: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
    let process = rustix::process::pidfd_open(
        rustix::process::Pid::from_raw(pid).unwrap(),
        rustix::process::PidfdFlags::NONBLOCK,
    )
    .unwrap();
    drop(followed.wakes);
    let ended = crate::sys::register(process).unwrap();
    tokio::time::timeout(Duration::from_secs(20), ended.readable()).await.expect("it lives on").unwrap().retain_ready();
}

#[tokio::test]
async fn what_the_daemon_tells_beside_its_message_is_asked_for_and_read() {
    let dir = tempfile::tempdir().unwrap();
    let entry = r#"{"__CURSOR":"i=1","_PID":"7","_UID":"0","SYSLOG_IDENTIFIER":"charon-systemd","GROUP":"IKE","LEVEL":"1","THREAD":"5","IKE_SA_NAME":"gw","IKE_SA_UNIQUE_ID":"3","MESSAGE":"received AUTHENTICATION_FAILED notify error"}"#;
    let journal =
        Journal { unit: None, ..Journal::new(None, "charon-systemd".to_owned(), dialect(DaemonKind::Strongswan)) };
    let program = script(dir.path(), &format!("echo '{entry}'"), "sleep 60");
    let journal = Journal { program: program.program, folders: program.folders, ..journal };
    let (queue, mut seen) = queue();
    let (wakes, woken) = mpsc::unbounded_channel();
    tokio::spawn(follow(queue, journal, started(), dialect(DaemonKind::Strongswan), woken));
    let line = loop {
        let seen = tokio::time::timeout(Duration::from_secs(30), seen.recv()).await;
        if let What::Log(line) = seen.expect("nothing is told").unwrap().what {
            break line;
        }
    };
    let about = line.about.unwrap();
    assert_eq!((about.connection.as_str(), about.serial.map(|serial| serial.0)), ("gw", Some(3)));
    assert_eq!(line.says, Statement::AuthenticationFailed);
    let asked = std::fs::read_to_string(dir.path().join("asked")).unwrap();
    for word in ["SYSLOG_IDENTIFIER=charon-systemd", "SYSLOG_IDENTIFIER=charon ", "_UID=0", "IKE_SA_NAME"] {
        assert!(asked.contains(word), "{word}: {asked}");
    }
    drop(wakes);
}
