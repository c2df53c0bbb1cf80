//! Scripts in place of whack. What they wait for is a named pipe: a daemon that hangs until it is let go.

use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command};

use tokio::sync::mpsc::Receiver;

use super::*;
use crate::daemons::dialect;
use crate::model::DaemonKind;
use crate::sources::queue::{Seen, queue};

const BRIEF: &str =
    "echo '000 IKE SAs: total(1), half-open(0)'; echo \"000 IPsec SAs: total($CHILDREN), authenticated(1)\"";

struct AskedCall {
    caller: Caller,
    seen: Receiver<Seen>,
    daemon: Child,
    dir: tempfile::TempDir,
}

impl AskedCall {
    fn new(script: &str, version: Option<&str>) -> Self {
        Self::known(script, version, true)
    }

    /// The daemon's process is known, or its control socket alone.
    fn known(script: &str, version: Option<&str>, known: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("whack");
        let text = format!("#!/bin/sh\ncd {}\necho \"$*\" >> asked\n{script}\n", dir.path().display());
        std::fs::write(&program, text).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let made = Command::new("mkfifo").arg(dir.path().join("pipe")).status().unwrap();
        assert!(made.success());
        let daemon = Command::new("tail").args(["-f", "/dev/null"]).spawn().unwrap();
        let (queue, seen) = queue();
        let socket = dir.path().join("pluto.ctl");
        let version = version.map(str::to_owned);
        let (dialect, pid) = (dialect(DaemonKind::Libreswan), known.then(|| daemon.id()));
        let caller = Caller::new(
            queue,
            CalledDaemon { dialect, program: Some(program), socket, pid, version, configuration: None },
        );
        Self { caller, seen, daemon, dir }
    }

    fn ask(&self, ask: u64, question: Question, deadline: Duration) {
        self.caller.ask(AskId(ask), question, deadline);
    }

    async fn next(&mut self) -> What {
        loop {
            let seen = tokio::time::timeout(Duration::from_secs(30), self.seen.recv()).await;
            let what = seen.expect("nothing is told").unwrap().what;
            if !matches!(what, What::Coverage(_) | What::DaemonSilent { .. }) {
                return what;
            }
        }
    }

    async fn answer(&mut self) -> (u64, Answer) {
        match self.next().await {
            What::DaemonAnswered { ask, answer, .. } => (ask.0, *answer),
            what => panic!("no answer: {what:?}"),
        }
    }

    fn asked(&self) -> Vec<String> {
        std::fs::read_to_string(self.dir.path().join("asked")).unwrap().lines().map(str::to_owned).collect()
    }

    fn pipe(&self) -> PathBuf {
        self.dir.path().join("pipe")
    }
}

impl Drop for AskedCall {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

async fn let_go(pipe: PathBuf) {
    // Opening waits for the reader.
    tokio::task::spawn_blocking(move || std::fs::write(pipe, "\n").unwrap()).await.unwrap();
}

const SOON: Duration = Duration::from_millis(50);
const LATE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn questions_are_answered_one_after_the_other() {
    let mut asked = AskedCall::new(&format!("CHILDREN=3; {BRIEF}"), None);
    asked.ask(1, Question::Brief, LATE);
    asked.ask(2, Question::Brief, LATE);
    for ask in [1, 2] {
        let What::DaemonAnswered { ask: answered, answer, worked, took } = asked.next().await else { panic!() };
        assert_eq!(answered, AskId(ask));
        assert!(matches!(*answer, Answer::Brief(brief) if brief.children == 3));
        assert!(worked.is_some() && took > 0);
    }
    assert!(asked.asked()[0].ends_with("pluto.ctl --briefstatus"));
}

#[tokio::test]
async fn an_unanswered_call_stays_alone_on_the_line_until_it_ends() {
    let mut asked = AskedCall::new(&format!("read x < pipe; CHILDREN=3; {BRIEF}"), None);
    asked.ask(1, Question::Brief, SOON);
    assert_eq!(asked.answer().await, (1, Answer::None(Failure::Timeout)));
    asked.ask(2, Question::Brief, LATE);
    let (ask, answer) = asked.answer().await;
    assert_eq!((ask, answer), (2, Answer::None(Failure::Error("an earlier call is still unanswered".into()))));
    assert_eq!(asked.asked().len(), 1, "nobody else called");
    let_go(asked.pipe()).await;
    assert!(matches!(asked.next().await, What::DaemonAnsweredLate { ask: AskId(1) }));
    asked.ask(3, Question::Brief, LATE);
    let_go(asked.pipe()).await;
    assert!(matches!(asked.answer().await, (3, Answer::Brief(_))));
}

#[tokio::test]
async fn with_the_daemon_gone_the_call_ends_and_the_line_is_free() {
    let mut asked = AskedCall::new(
        "case $(wc -l < asked) in 1) read x < pipe;; *) echo 'Pluto is not running' >&2; exit 33;; esac",
        None,
    );
    asked.ask(1, Question::Brief, SOON);
    assert_eq!(asked.answer().await, (1, Answer::None(Failure::Timeout)));
    asked.daemon.kill().unwrap();
    asked.daemon.wait().unwrap();
    // Refused until the death is seen, then called again.
    let mut ask = 2;
    let error = loop {
        asked.ask(ask, Question::Brief, LATE);
        let Answer::None(Failure::Error(error)) = asked.answer().await.1 else { panic!() };
        if !error.contains("unanswered") {
            break error;
        }
        ask += 1;
    };
    assert!(error.contains("Pluto is not running") && error.contains("pluto.ctl"), "{error}");
}

#[tokio::test]
async fn a_late_call_that_fails_beside_a_living_daemon_is_no_answer_and_frees_the_line() {
    for known in [true, false] {
        let script = format!("case $(wc -l < asked) in 1) read x < pipe; exit 1;; *) CHILDREN=3; {BRIEF};; esac");
        let mut asked = AskedCall::known(&script, None, known);
        asked.ask(1, Question::Brief, SOON);
        assert_eq!(asked.answer().await, (1, Answer::None(Failure::Timeout)));
        let_go(asked.pipe()).await;
        assert_eq!(asked.next().await, What::DaemonCallEnded { ask: AskId(1) }, "{known}");
        asked.ask(2, Question::Brief, LATE);
        let What::DaemonAnswered { ask: AskId(2), answer, worked, .. } = asked.next().await else { panic!() };
        assert!(matches!(*answer, Answer::Brief(_)));
        assert_eq!(worked.is_some(), known, "of a process that is not known nothing is known");
    }
}

#[tokio::test]
async fn large_tables_are_not_asked_for() {
    let mut asked = AskedCall::new(&format!("CHILDREN=20001; {BRIEF}"), Some("4.10"));
    asked.ask(1, Question::Brief, LATE);
    asked.answer().await;
    asked.ask(2, Question::Table, LATE);
    let (_, Answer::None(Failure::Error(error))) = asked.answer().await else { panic!() };
    assert!(error.contains("20001 Child SAs"), "{error}");
    assert_eq!(asked.asked().len(), 1);
}

#[tokio::test]
async fn an_unknown_version_is_learned_without_the_daemon() {
    let mut asked = AskedCall::new("case \"$*\" in --version) echo 'Libreswan 5.2';; esac", None);
    asked.ask(1, Question::Connections, LATE);
    assert_eq!(asked.answer().await, (1, Answer::Connections(Vec::new())));
    let calls = asked.asked();
    assert_eq!(calls[0], "--version");
    assert!(calls[1].ends_with("--connectionstatus"));
}

#[tokio::test]
async fn an_order_waits_for_its_turn_like_a_question_and_says_what_it_came_to() {
    let mut asked = AskedCall::new(
        "case \"$*\" in --version) echo 'Libreswan 4.10';; *t2*) echo '021 no connection named \"t2\"' >&2; exit 21;; \
         *) echo 'initiating rekey';; esac",
        None,
    );
    let order = |name: &str| Step::Rekey { connection: name.to_owned(), state: None };
    asked.caller.act(AskId(1), RemedyId(7), order("t1"), LATE);
    asked.caller.act(AskId(2), RemedyId(8), order("t2"), LATE);
    let What::Outcome(first) = asked.next().await else { panic!() };
    let told = (first.ask, first.remedy, first.result.to_string());
    assert_eq!(told, (AskId(1), RemedyId(7), "done: initiating rekey".to_owned()));
    let What::Outcome(second) = asked.next().await else { panic!() };
    assert!(second.result.to_string().contains("no connection named"), "{}", second.result);
    let calls = asked.asked();
    assert_eq!(calls[0], "--version");
    assert!(calls[1].ends_with("--rekey-ipsec --name t1 --asynchronous"), "{calls:?}");
}

#[tokio::test]
async fn an_order_to_a_daemon_that_hangs_is_refused_while_a_call_waits() {
    let mut asked = AskedCall::new("read x < pipe", Some("4.10"));
    let order = Step::Rekey { connection: "t1".to_owned(), state: None };
    asked.caller.act(AskId(1), RemedyId(7), order.clone(), SOON);
    asked.caller.act(AskId(2), RemedyId(8), order, LATE);
    for expected in [StepResult::Timeout, StepResult::Refused("an earlier call is still unanswered".to_owned())] {
        let What::Outcome(outcome) = asked.next().await else { panic!() };
        assert_eq!(outcome.result, expected);
    }
    let_go(asked.pipe()).await;
    assert!(matches!(asked.next().await, What::DaemonAnsweredLate { ask: AskId(1) }));
}

#[tokio::test]
async fn what_the_daemon_does_is_told_before_the_time_out_and_while_it_lasts() {
    let mut asked = AskedCall::new(&format!("read x < pipe; CHILDREN=3; {BRIEF}"), None);
    asked.ask(1, Question::Brief, Duration::from_secs(2));
    let daemon = asked.daemon.id();
    let mut silences = Vec::new();
    let mut timed_out = false;
    while silences.len() < 2 {
        match asked.seen.recv().await.unwrap().what {
            What::DaemonSilent { ask, silence } => {
                assert_eq!((ask, silence.pid), (AskId(1), daemon));
                assert_eq!(timed_out, !silences.is_empty());
                silences.push(*silence);
            }
            What::DaemonAnswered { answer, .. } => {
                assert_eq!((*answer, silences.len()), (Answer::None(Failure::Timeout), 1));
                timed_out = true;
            }
            what => assert!(matches!(what, What::Coverage(_)), "{what:?}"),
        }
    }
    let (first, second) = (&silences[0], &silences[1]);
    // It does next to nothing, whatever else this machine does.
    assert!(first.looks.all() >= 2 && first.worked < Some(first.over / 2), "{first:?}");
    assert!(second.over >= first.over + 1_500_000 && second.looks.all() > first.looks.all(), "{second:?}");
    let_go(asked.pipe()).await;
    assert!(matches!(asked.next().await, What::DaemonAnsweredLate { ask: AskId(1) }));
}

#[tokio::test]
async fn where_we_come_late_ourselves_an_answer_that_is_there_counts() {
    let mut asked = AskedCall::new(&format!("CHILDREN=3; {BRIEF}"), None);
    asked.ask(1, Question::Brief, Duration::from_secs(1));
    while !asked.dir.path().join("asked").exists() {
        tokio::task::yield_now().await;
    }
    // Nothing of ours runs meanwhile, and the deadline passes.
    std::thread::sleep(Duration::from_secs(3));
    assert!(matches!(asked.answer().await, (1, Answer::Brief(_))));
}
