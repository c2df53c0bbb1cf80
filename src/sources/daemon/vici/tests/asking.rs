//! Questions and their answers.

use super::charon::{FakeCharon, Misbehaviour, connection, ike};
use super::{HeardCharon, LATE, SOON};
use crate::daemons::vici::{MessageBytes, Packet};
use crate::model::{Answer, BriefStatus, Failure, Question, Serial, StateTable, Step, StepResult, What};

fn talk() -> HeardCharon {
    let charon = FakeCharon::start();
    charon.connection(&connection("gw", &["t1", "t2"]));
    charon.sas("noblock=yes", vec![ike("gw", 1, &[("t1", 1), ("t2", 2)])]);
    charon.counts(1);
    HeardCharon::with(charon)
}

async fn table(talk: &mut HeardCharon) -> StateTable {
    match talk.ask(Question::Table, LATE).await {
        Answer::Table(table) => table,
        other => panic!("{other:?}"),
    }
}

fn error(answer: Answer) -> String {
    match answer {
        Answer::None(Failure::Error(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_question_has_its_answer() {
    let mut talk = talk();
    let table = table(&mut talk).await;
    assert_eq!((table.ike.len(), table.children.len(), table.partial), (1, 2, false));
    let brief = BriefStatus { ike: 1, half_open: 0, children: 2, idle_workers: Some(11), encrypts_itself: false };
    assert_eq!(talk.ask(Question::Brief, LATE).await, Answer::Brief(brief));
    let Answer::Connections(connections) = talk.ask(Question::Connections, LATE).await else { panic!() };
    assert_eq!(connections.iter().map(|one| one.connection.as_str()).collect::<Vec<_>>(), ["gw/t1", "gw/t2"]);
}

#[tokio::test]
async fn one_connection_is_kept_for_questions_until_it_is_quiet() {
    let mut talk = talk();
    for _ in 0..5 {
        talk.ask(Question::Brief, LATE).await;
    }
    assert!(!talk.charon.asked().contains(&"closed".to_owned()));
    let charon = talk.charon.clone();
    tokio::task::spawn_blocking(move || charon.wait_for("closed", 1)).await.unwrap();
    assert!(matches!(talk.ask(Question::Brief, LATE).await, Answer::Brief(_)));
}

#[tokio::test]
async fn an_answer_may_come_in_many_pieces() {
    let mut talk = talk();
    talk.charon.in_pieces(1);
    assert_eq!(table(&mut talk).await.children.len(), 2);
}

#[tokio::test]
async fn an_answer_that_is_cut_in_half_is_an_error_and_the_next_question_is_answered() {
    let mut talk = talk();
    let whole = Packet::Response(MessageBytes::of(&[("version", "5.9.8")]).bytes()).bytes().unwrap();
    for at in 0..whole.len() {
        talk.charon.instead("stats", Misbehaviour::CutShort(whole[..at].to_vec()));
        let error = error(talk.ask(Question::Brief, LATE).await);
        assert!(error.contains(if at == 0 { "it hung up" } else { "it hung up amid its answer" }), "{at}: {error}");
        talk.charon.as_usual("stats");
        assert!(matches!(talk.ask(Question::Brief, LATE).await, Answer::Brief(_)), "{at}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_an_error_and_the_next_question_is_answered() {
    let mut talk = talk();
    for (bytes, expected) in [
        (Packet::UnknownCommand.bytes().unwrap(), "it has no command 'stats'"),
        (Packet::Confirmed.bytes().unwrap(), "what it says is no answer to 'stats'"),
        (b"\xff\xff\xff\xff".to_vec(), "a packet of 4294967295 bytes is longer than the protocol allows"),
        (b"\0\0\0\0".to_vec(), "a packet is empty"),
        (Packet::Response(b"\x03").bytes().unwrap(), "a message is malformed at its byte 0"),
    ] {
        talk.charon.instead("stats", Misbehaviour::Bytes(bytes));
        let error = error(talk.ask(Question::Brief, LATE).await);
        assert!(error.contains(expected), "{error}");
        talk.charon.as_usual("stats");
        assert!(matches!(talk.ask(Question::Brief, LATE).await, Answer::Brief(_)), "{expected}");
    }
}

#[tokio::test]
async fn one_that_accepts_and_never_answers_is_waited_for_alone() {
    let mut talk = talk();
    talk.charon.instead("stats", Misbehaviour::Silence);
    assert_eq!(talk.ask(Question::Brief, SOON).await, Answer::None(Failure::Timeout));
    assert_eq!(error(talk.ask(Question::Table, LATE).await), "an earlier call is still unanswered");
    // On a busy machine it was not even asked before the time was over.
    let charon = talk.charon.clone();
    tokio::task::spawn_blocking(move || charon.wait_for("stats", 1)).await.unwrap();
    assert_eq!(talk.charon.asked().iter().filter(|asked| *asked == "stats").count(), 1);
}

#[tokio::test]
async fn an_ike_sa_that_does_not_fit_into_an_answer_is_asked_for_in_parts() {
    let mut talk = talk();
    talk.charon.counts(2);
    talk.charon.connection(&connection("big", &["a", "b", "c"]));
    for (child, serials) in [("a", &[("a", 11)][..]), ("b", &[("b", 12)]), ("c", &[])] {
        talk.charon.sas(&format!("noblock=yes ike=big child={child}"), vec![ike("big", 7, serials)]);
    }
    let told = table(&mut talk).await;
    let serials: Vec<_> = told.children.iter().map(|child| (child.serial, child.ike)).collect();
    let big = Some(Serial(7));
    let gw = Some(Serial(1));
    assert_eq!(serials, [(Serial(1), gw), (Serial(2), gw), (Serial(11), big), (Serial(12), big)]);
    // From now on its number is known, and it is found among others of its name.
    for (child, serials) in [("a", &[("a", 11)][..]), ("b", &[("b", 13)]), ("c", &[])] {
        talk.charon.sas(&format!("noblock=yes ike-id=7 child={child}"), vec![ike("big", 7, serials)]);
    }
    let told = table(&mut talk).await;
    assert_eq!(told.children.iter().map(|child| child.serial.0).collect::<Vec<_>>(), [1, 2, 11, 13]);
    assert!(!told.partial);
    // Half of its Child SAs would count as all.
    talk.charon.sas("noblock=yes ike-id=7 child=a", Vec::new());
    talk.charon.sas("noblock=yes ike=big child=a", Vec::new());
    let told = table(&mut talk).await;
    assert_eq!((told.ike.len(), told.children.len(), told.partial), (1, 2, true));
}

#[tokio::test]
async fn an_ike_sa_that_is_left_out_is_not_in_the_table() {
    let mut talk = talk();
    talk.charon.counts(2);
    let told = table(&mut talk).await;
    assert_eq!((told.ike.len(), told.partial), (1, true));
}

#[tokio::test]
async fn steps_are_ordered_and_refusals_told_in_its_words() {
    let mut talk = talk();
    let rekey = Step::Rekey { connection: "gw/t1".to_owned(), state: Some(Serial(1)) };
    assert_eq!(talk.act(rekey.clone()).await.result, StepResult::Done("'rekey' is under way".to_owned()));
    let initiate = Step::Initiate { connection: "gw/t1".to_owned() };
    assert!(matches!(talk.act(initiate).await.result, StepResult::Done(_)));
    let asked = talk.charon.asked();
    assert!(asked.contains(&"rekey child-id=1".to_owned()), "{asked:?}");
    assert!(asked.contains(&"initiate child=t1 ike=gw timeout=-1".to_owned()), "{asked:?}");
    let words = "no matching SAs to rekey found";
    let refusal = MessageBytes::of(&[("success", "no"), ("matches", "0"), ("errmsg", words)]);
    talk.charon.instead("rekey", Misbehaviour::Bytes(Packet::Response(refusal.bytes()).bytes().unwrap()));
    assert_eq!(talk.act(rekey).await.result, StepResult::Failed(words.to_owned()));
    assert!(matches!(talk.act(Step::RestartCommand).await.result, StepResult::Refused(_)));
}

#[tokio::test]
async fn a_late_answer_is_told_as_one() {
    let mut talk = talk();
    // Half of it comes in time.
    let mut stats = MessageBytes::default();
    stats.begin("ikesas").value("total", "0").end();
    let whole = Packet::Response(stats.bytes()).bytes().unwrap();
    talk.charon.instead("stats", Misbehaviour::Bytes(whole[..7].to_vec()));
    assert_eq!(talk.ask(Question::Brief, SOON).await, Answer::None(Failure::Timeout));
    talk.charon.say_to_all(&whole[7..]);
    while !matches!(talk.see().await, What::DaemonAnsweredLate { .. }) {}
    talk.charon.as_usual("stats");
    assert!(matches!(talk.ask(Question::Brief, LATE).await, Answer::Brief(_)));
}
