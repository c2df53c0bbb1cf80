//! The verbs, run as a person runs them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test every surprise is a failure")]

mod asking;
mod bundle;
mod by_socket;
mod checking;
mod configuration;
mod disk;
mod documents;
mod due;
mod gateway;
mod help;
mod history;
mod instances;
mod killed;
mod logs;
mod manual;
mod misconfigured;
mod names;
mod package;
mod pages;
mod probing;
mod recorded;
mod running;
mod service;
mod strangers;
mod wording;

use std::process::{Command, Output};

/// Runs the program to its end.
fn swanwatch(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_swanwatch")).args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn a_wrong_command_line_is_usage() {
    for arguments in
        [&[][..], &["observe"], &["status", "--jsn"], &["explain"], &["record"], &["record", "a", "--stop"]]
    {
        let output = swanwatch(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(stderr(&output).contains("Usage"), "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_no_failure() {
    assert_eq!(code(&swanwatch(&["--help"])), 0);
    let version = swanwatch(&["--version"]);
    assert_eq!((code(&version), stdout(&version)), (0, concat!("swanwatch ", env!("CARGO_PKG_VERSION"), "\n")));
}
