//! The loop of the live view: keys, answers, and the time to ask again.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::EventStream;
use futures_util::StreamExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::page::{TopPage, ask};
use super::screen::Screen;
use super::view::{Then, View};
use crate::cli::client::Client;
use crate::cli::failure::CommandFailure;
use crate::model::TrafficReport;

/// Between two questions. Rates change with each sampling, SAs come and go between.
const EVERY: Duration = Duration::from_secs(2);

/// A question that is being answered.
type Asking = JoinHandle<Result<(TrafficReport, String), CommandFailure>>;

/// Shows it until the person has seen enough. A service that is not there to begin with is said as by any other verb; one that goes away later
/// is asked again.
pub(super) async fn run(client: Client, mut view: View) -> Result<(), CommandFailure> {
    let (first, _) = ask(&client, view.page()).await?;
    view.answered(Ok(first));
    let client = Arc::new(client);
    let mut ends = [signal(SignalKind::terminate())?, signal(SignalKind::hangup())?, signal(SignalKind::interrupt())?];
    let [terminate, hangup, interrupt] = &mut ends;
    let mut screen = Screen::open()?;
    view.resized(screen.height()?);
    let mut events = EventStream::new();
    // The first answer was for a screen of unknown size.
    let mut due = Instant::now();
    let mut asking: Option<(TopPage, Asking)> = None;
    loop {
        screen.draw(&view.lines(screen.style()))?;
        let idle = asking.is_none();
        let answered = async {
            match &mut asking {
                Some((_, asking)) => asking.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = events.next() => match event {
                Some(event) => match view.take(&event?) {
                    Then::Nothing => {}
                    Then::Ask => due = Instant::now(),
                    Then::End => return Ok(()),
                },
                None => return Ok(()),
            },
            answer = answered => {
                let page = asking.take().map(|(page, _)| page);
                view.answered(match answer {
                    Ok(Ok((report, _))) => Ok(report),
                    Ok(Err(failure)) => Err(failure.message().to_owned()),
                    Err(ended) => Err(ended.to_string()),
                });
                // Another page is wanted by now.
                let again = page.is_some_and(|page| page != view.page());
                due = if again { Instant::now() } else { Instant::now() + EVERY };
            }
            () = sleep_until(due), if idle => {
                let (client, page) = (Arc::clone(&client), view.page());
                asking = Some((page, tokio::spawn(async move { ask(&client, page).await })));
            }
            _ = terminate.recv() => return Ok(()),
            _ = hangup.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
        }
    }
}
