//! One page of the live view, and how it is asked for.

use crate::cli::client::Client;
use crate::cli::failure::CommandFailure;
use crate::model::{TrafficOrder, TrafficReport};

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TopPage {
    pub(super) order: TrafficOrder,
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// The answer, understood and as it came.
pub(super) async fn ask(client: &Client, page: TopPage) -> Result<(TrafficReport, String), CommandFailure> {
    let missing =
        || CommandFailure::other("the service does not know 'traffic'; it is older than this program".to_owned());
    let TopPage { order, offset, limit } = page;
    let path = format!("/v1/traffic?sort={order}&offset={offset}&limit={limit}");
    client.get(&path).await?.ok_or_else(missing)
}
