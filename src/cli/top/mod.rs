//! `swanwatch top`

mod live;
mod page;
mod screen;
mod view;

use std::io::{IsTerminal, stdin, stdout};

use clap::Args;

use self::page::{TopPage, ask};
use self::view::View;
use super::client::Client;
use super::failure::CommandFailure;
use super::output::{Style, print};
use super::service::{ServiceAddress, block_on};
use super::text;
use crate::exit;
use crate::model::{NoSuchOrder, TrafficOrder};

/// Show the SAs and devices that carry most, live: who encrypts them, their rates, what they drop
#[derive(Debug, Args)]
pub(super) struct TopArguments {
    /// One JSON object, once
    #[arg(long)]
    json: bool,
    /// Print once and end
    #[arg(long)]
    once: bool,
    /// What SAs are sorted by: packets, bytes, drops or total
    #[arg(long, value_name = "ORDER", default_value_t, value_parser = order)]
    sort: TrafficOrder,
    /// How many SAs, with --once or --json
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    service: ServiceAddress,
}

pub(super) fn run(arguments: &TopArguments) -> Result<u8, CommandFailure> {
    let client = Client::new(&arguments.service.socket);
    let page = TopPage { order: arguments.sort, offset: 0, limit: arguments.limit };
    if arguments.json || arguments.once {
        let (report, json) = block_on(ask(&client, page))?;
        let style = Style::of_stdout();
        let lines = || text::top(&report, &style).iter().map(|line| line.painted(&style) + "\n").collect::<String>();
        print(&if arguments.json { json } else { lines() })?;
        return Ok(exit::DONE);
    }
    if !stdout().is_terminal() || !stdin().is_terminal() {
        let message = "top draws on a terminal, and this is none: --once prints once, --json for programs";
        return Err(CommandFailure::with(exit::USAGE, message.to_owned()));
    }
    block_on(live::run(client, View::new(arguments.sort)))?;
    Ok(exit::DONE)
}

fn order(text: &str) -> Result<TrafficOrder, NoSuchOrder> {
    text.parse()
}
