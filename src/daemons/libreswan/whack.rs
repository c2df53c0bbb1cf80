//! Asking pluto: always through the installed whack, because the binary form of its requests changes with every version.

use std::ffi::OsString;
use std::path::Path;

use super::instances::is_number;
use super::version::{is_5, major, version_of};
use super::{Libreswan, tables};
use crate::daemons::AskedByProgram;
use crate::model::{Answer, Failure, Question, Step};

impl AskedByProgram for Libreswan {
    fn usual_programs(&self) -> &'static [&'static str] {
        &["/usr/libexec/ipsec/whack", "/usr/lib/ipsec/whack", "/usr/local/libexec/ipsec/whack"]
    }

    fn fallback(&self) -> (&'static str, &'static [&'static str]) {
        ("ipsec", &["whack"])
    }

    fn version_arguments(&self) -> Vec<OsString> {
        vec!["--version".into()]
    }

    fn version_of(&self, output: &str) -> Option<String> {
        version_of(output)
    }

    fn question(&self, question: Question, socket: &Path, version: Option<&str>) -> Vec<OsString> {
        arguments(question, socket, version)
    }

    fn step(&self, step: &Step, socket: &Path, version: Option<&str>) -> Option<Vec<OsString>> {
        orders(step, socket, version)
    }

    fn answer(&self, question: Question, output: &[u8]) -> (Answer, u32) {
        answer(question, output)
    }
}

/// The arguments for a question.
fn arguments(question: Question, socket: &Path, version: Option<&str>) -> Vec<OsString> {
    let question = match question {
        Question::Brief => "--briefstatus",
        // 3.x tells of its states only together with everything else.
        Question::Table if major(version) == Some(3) => "--status",
        Question::Table => "--showstates",
        Question::Connections if is_5(version) => "--connectionstatus",
        // 4.x tells of its connections only together with everything else.
        Question::Connections => "--status",
    };
    vec!["--ctlsocket".into(), socket.into(), question.into()]
}

/// The arguments for a step of a remedy; none where it is not whack's to do. whack waits for the end of a negotiation unless it is told
/// not to.
fn orders(step: &Step, socket: &Path, version: Option<&str>) -> Option<Vec<OsString>> {
    let (order, name) = match step {
        // 4.x takes a state's number for a name (ikev2_rekey_now.c, `rekey_now`), 5.x does not.
        Step::Rekey { state: Some(state), .. } if !is_5(version) => ("--rekey-ipsec", state.0.to_string()),
        Step::Rekey { state: Some(_), .. } => return None,
        // For the same reason 4.x would take such a name for a state's number.
        Step::Rekey { connection, .. } if !is_5(version) && is_number(connection) => return None,
        Step::Rekey { connection, .. } if is_5(version) => ("--rekey-child", connection.clone()),
        Step::Rekey { connection, .. } => ("--rekey-ipsec", connection.clone()),
        Step::Initiate { connection } => ("--initiate", connection.clone()),
        _ => return None,
    };
    let mut arguments: Vec<OsString> = vec!["--ctlsocket".into(), socket.into(), order.into()];
    arguments.extend(named(name).map(Into::into));
    arguments.push("--asynchronous".into());
    Some(arguments)
}

/// The words that name a connection; one that begins as an option does stands in the same word.
pub(super) fn named(name: String) -> impl Iterator<Item = String> {
    let words = if name.starts_with('-') {
        [Some(format!("--name={name}")), None]
    } else {
        [Some("--name".to_owned()), Some(name)]
    };
    words.into_iter().flatten()
}

/// The answer in whack's output, and how many lines were not understood.
pub(super) fn answer(question: Question, output: &[u8]) -> (Answer, u32) {
    match question {
        Question::Brief => match tables::brief(output) {
            Some(brief) => (Answer::Brief(brief), 0),
            None => (Answer::None(Failure::Error("whack --briefstatus shows no counters of SAs".into())), 1),
        },
        Question::Table => {
            let parsed = tables::states(output);
            (Answer::Table(parsed.value), parsed.skipped)
        }
        Question::Connections => {
            let parsed = tables::connections(output);
            (Answer::Connections(parsed.value), parsed.skipped)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Serial;

    fn last(question: Question, version: Option<&str>) -> OsString {
        arguments(question, Path::new("/run/pluto/pluto.ctl"), version).pop().unwrap()
    }

    #[test]
    fn the_version_decides_how_connections_are_asked_for() {
        for (version, expected) in [
            (Some("4.10"), "--status"),
            (Some("5.0"), "--connectionstatus"),
            (Some("10.1"), "--connectionstatus"),
            (Some("x"), "--status"),
            (None, "--status"),
        ] {
            assert_eq!(last(Question::Connections, version), expected, "{version:?}");
        }
        for (version, expected) in [(Some("3.32"), "--status"), (Some("4.1"), "--showstates"), (None, "--showstates")] {
            assert_eq!(last(Question::Table, version), expected, "{version:?}");
        }
    }

    fn ordered(step: &Step, version: &str) -> Option<Vec<String>> {
        let words = orders(step, Path::new("/run/pluto/pluto.ctl"), Some(version))?;
        Some(words.into_iter().skip(2).map(|word| word.into_string().unwrap()).collect())
    }

    #[test]
    fn a_rekey_is_ordered_in_the_words_of_the_version_and_never_waited_for() {
        let rekey = |connection: &str, state| Step::Rekey { connection: connection.to_owned(), state };
        for (step, version, expected) in [
            (rekey("t1", None), "4.10", "--rekey-ipsec --name t1 --asynchronous"),
            (rekey("west/1x2", None), "4.10", "--rekey-ipsec --name west/1x2 --asynchronous"),
            (rekey("rw", Some(Serial(7))), "4.10", "--rekey-ipsec --name 7 --asynchronous"),
            (rekey("t1", None), "5.2", "--rekey-child --name t1 --asynchronous"),
            (rekey("9lives", None), "5.2", "--rekey-child --name 9lives --asynchronous"),
            (rekey("9lives", None), "4.10", "--rekey-ipsec --name 9lives --asynchronous"),
            (rekey("--shutdown", None), "5.2", "--rekey-child --name=--shutdown --asynchronous"),
            (Step::Initiate { connection: "t1".to_owned() }, "4.10", "--initiate --name t1 --asynchronous"),
            (Step::Initiate { connection: "-dash".to_owned() }, "4.10", "--initiate --name=-dash --asynchronous"),
        ] {
            assert_eq!(ordered(&step, version).unwrap().join(" "), expected, "{version}");
        }
        // One would be taken for another state; of an instance 5.x knows no number.
        for (step, version) in [(rekey("7", None), "4.10"), (rekey("rw", Some(Serial(7))), "5.2")] {
            assert_eq!(ordered(&step, version), None, "{step}");
        }
        assert_eq!(ordered(&Step::RestartCommand, "4.10"), None);
    }

    #[test]
    fn a_name_is_one_argument_whatever_is_in_it() {
        for name in
            ["conn with space", "it's", "a\"b", "$(x)", "büro", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "a\u{202e}b"]
        {
            let step = Step::Initiate { connection: name.to_owned() };
            assert_eq!(ordered(&step, "5.2").unwrap(), ["--initiate", "--name", name, "--asynchronous"]);
        }
    }

    #[test]
    fn an_output_without_counters_is_a_failure() {
        assert!(matches!(answer(Question::Brief, b"").0, Answer::None(_)));
    }
}
