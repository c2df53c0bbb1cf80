use std::process::Command;

use crate::{code, stdout};

/// The help of a verb, or of all of them, on a terminal with so many columns.
fn help(arguments: &[&str], columns: &str) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_swanwatch")).args(arguments).env("COLUMNS", columns).output().unwrap();
    assert_eq!(code(&output), 0, "{arguments:?}");
    stdout(&output).to_owned()
}

#[test]
fn help_is_no_wider_than_the_terminal() {
    let verbs = swanwatch::testing::cli::command();
    let verbs: Vec<&str> = verbs.get_subcommands().map(clap::Command::get_name).collect();
    assert!(verbs.len() > 12, "{verbs:?}");
    for columns in [60, 80, 100] {
        let shown = |arguments: &[&str]| {
            let text = help(arguments, &columns.to_string());
            let wide = text.lines().find(|line| line.chars().count() > columns);
            assert_eq!(wide, None, "{arguments:?} at {columns}");
            text
        };
        for form in ["-h", "--help"] {
            shown(&[form]);
            verbs.iter().for_each(|verb| drop(shown(&[verb, form])));
        }
    }
    assert!(help(&["history", "--help"], "100").lines().any(|line| line.chars().count() > 80), "wide ones are filled");
}
