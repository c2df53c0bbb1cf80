//! The verbs, a file each.

mod bundle;
mod check;
mod check_config;
mod client;
mod configured;
mod explain;
mod failure;
mod history;
mod once;
mod output;
mod probe;
mod record;
mod remedy;
mod replay;
mod run;
mod sas;
mod service;
mod status;
mod text;
mod top;
mod when;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::failure::CommandFailure;
use crate::exit;

/// Watches IPsec SAs, their NIC offload and the IKE daemon that made them, and says what is wrong and why.
///
/// Exit status: 0 done; 1 shows something critical or wrong; 2 usage; 69 service not reachable; 75 another
/// instance runs, or a new start is needed; 77 not permitted; 78 configuration.
/// `check` has those of a monitoring plugin instead.
#[derive(Debug, Parser)]
#[command(name = "swanwatch", version, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Run(run::RunArguments),
    Status(status::StatusArguments),
    Sas(sas::SasArguments),
    Top(top::TopArguments),
    Explain(explain::ExplainArguments),
    Probe(probe::ProbeArguments),
    Remedy(remedy::RemedyArguments),
    History(history::HistoryArguments),
    Record(record::RecordArguments),
    Replay(replay::ReplayArguments),
    Bundle(bundle::BundleArguments),
    Check(check::CheckArguments),
    CheckConfig(check_config::CheckConfigArguments),
}

/// Reads the command line, does what one verb says, and returns what the process ends with.
pub fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => return usage(&error),
    };
    let done = match line.verb {
        Verb::Run(arguments) => run::run(&arguments),
        Verb::Status(arguments) => status::run(&arguments),
        Verb::Sas(arguments) => sas::run(&arguments),
        Verb::Top(arguments) => top::run(&arguments),
        Verb::Explain(arguments) => explain::run(&arguments),
        Verb::Probe(arguments) => probe::run(&arguments),
        Verb::Remedy(arguments) => remedy::run(&arguments),
        Verb::History(arguments) => history::run(&arguments),
        Verb::Record(arguments) => record::run(&arguments),
        Verb::Replay(arguments) => replay::run(&arguments),
        Verb::Bundle(arguments) => bundle::run(&arguments),
        Verb::Check(arguments) => check::run(&arguments),
        Verb::CheckConfig(arguments) => check_config::run(&arguments),
    };
    ExitCode::from(done.unwrap_or_else(CommandFailure::report))
}

/// The definition of the command line: what the manual pages and completions are made from.
pub fn command() -> clap::Command {
    CommandLine::command()
}

/// Says what is wrong with the command line, or what was asked of it (`--help`).
fn usage(error: &clap::Error) -> ExitCode {
    // Nowhere is left to say that this failed too.
    let _ = error.print();
    let code = u8::try_from(error.exit_code()).unwrap_or(exit::WRONG);
    // To Nagios 2 means critical.
    let of_check = std::env::args_os().nth(1).is_some_and(|verb| verb == "check");
    ExitCode::from(if of_check && code != exit::DONE { check::UNKNOWN } else { code })
}
