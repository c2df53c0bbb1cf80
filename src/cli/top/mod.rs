//! `swanwatch top`

mod live;
mod screen;
mod view;

use std::io::{IsTerminal, stdin, stdout};

use clap::Args;

use self::view::View;
use super::client::Client;
use super::output::{Style, print};
use super::{Failure, Service, block_on, text};
use crate::exit;
use crate::model::{NoSuchOrder, TrafficOrder, TrafficReport};

/// Show the SAs and devices that carry most, live: who encrypts them, their rates, what they drop
#[derive(Debug, Args)]
pub(super) struct Arguments {
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
    service: Service,
}

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TopPage {
    order: TrafficOrder,
    offset: usize,
    limit: usize,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
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
        return Err(Failure::with(exit::USAGE, message.to_owned()));
    }
    block_on(live::run(client, View::new(arguments.sort)))?;
    Ok(exit::DONE)
}

fn order(text: &str) -> Result<TrafficOrder, NoSuchOrder> {
    text.parse()
}

/// The answer, understood and as it came.
async fn ask(client: &Client, page: TopPage) -> Result<(TrafficReport, String), Failure> {
    let missing = || Failure::other("the service does not know 'traffic'; it is older than this program".to_owned());
    let TopPage { order, offset, limit } = page;
    let path = format!("/v1/traffic?sort={order}&offset={offset}&limit={limit}");
    client.get(&path).await?.ok_or_else(missing)
}
