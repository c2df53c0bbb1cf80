//! Asking pluto: always through the installed whack, because the binary form of its requests changes with every version.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::tables;
use crate::model::{Answer, Failure, Question};

/// Where distributions put whack.
const PROGRAMS: [&str; 3] = ["/usr/libexec/ipsec/whack", "/usr/lib/ipsec/whack", "/usr/local/libexec/ipsec/whack"];

/// The program to call, and what to say to it first.
pub fn program() -> (PathBuf, Vec<OsString>) {
    match PROGRAMS.iter().map(PathBuf::from).find(|program| program.is_file()) {
        Some(program) => (program, Vec::new()),
        None => (PathBuf::from("ipsec"), vec!["whack".into()]),
    }
}

/// Arguments that show whack's version without touching the daemon.
pub fn version_arguments() -> Vec<OsString> {
    vec!["--version".into()]
}

/// The arguments for a question.
pub fn arguments(question: Question, socket: &Path, version: Option<&str>) -> Vec<OsString> {
    let question = match question {
        Question::Brief => "--briefstatus",
        Question::Table => "--showstates",
        Question::Connections if knows_connectionstatus(version) => "--connectionstatus",
        // 4.x tells of its connections only together with everything else.
        Question::Connections => "--status",
    };
    vec!["--ctlsocket".into(), socket.into(), question.into()]
}

/// 5.0 brought it; older ones answer with their usage.
fn knows_connectionstatus(version: Option<&str>) -> bool {
    let major = version.and_then(|version| version.split('.').next()).and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= 5)
}

/// The answer in whack's output, and how many lines were not understood.
pub fn answer(question: Question, output: &[u8]) -> (Answer, u32) {
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
        assert_eq!(last(Question::Table, Some("4.10")), "--showstates");
    }

    #[test]
    fn an_output_without_counters_is_a_failure() {
        assert!(matches!(answer(Question::Brief, b"").0, Answer::None(_)));
    }
}
