//! `/v1/traffic`: the SAs that carry most, chosen here, so that not all of a million go to a client that shows forty.

use hyper::StatusCode;

use super::answer::{HttpResponse, failed, json};
use super::patience::Patience;
use super::serve::ApiCall;
use super::service::ApiService;
use crate::engine::Ranking;
use crate::model::{TrafficOrder, TrafficReport};
use crate::sinks::DeskQuestion;

/// How many SAs are looked at between two of the engine's steps.
const SAS: usize = 5_000;

/// How many are listed where nothing else is asked for.
const LISTED: usize = 20;

/// How many may be listed, and how many may stand before them: so many are kept while the rest is looked at.
const MOST: usize = 10_000;

/// `?sort=…&offset=…&limit=…`
#[derive(Debug, PartialEq, Eq)]
struct TrafficPage {
    sort: TrafficOrder,
    offset: usize,
    limit: usize,
}

pub(super) async fn answer(call: &ApiCall) -> HttpResponse {
    let page = match TrafficPage::parse(call.request.uri().query().unwrap_or_default()) {
        Ok(page) => page,
        Err(reason) => return failed(StatusCode::BAD_REQUEST, &reason),
    };
    match call.service.traffic(&page, &call.patience).await {
        Ok(report) => json(&report),
        Err(answer) => *answer,
    }
}

impl ApiService {
    async fn traffic(&self, page: &TrafficPage, patience: &Patience) -> Result<Box<TrafficReport>, Box<HttpResponse>> {
        let mut ranking = Box::new(Ranking::new(page.sort, page.offset, page.limit));
        let mut cursor = Some(0);
        while let Some(from) = cursor {
            let question = |reply| DeskQuestion::Rank { cursor: from, limit: SAS, ranking, reply };
            (ranking, cursor) = self.ask(patience.ours(), question).await?;
            // It is not the client that takes its time.
            patience.renew();
        }
        self.ask(patience.ours(), |reply| DeskQuestion::Traffic { ranking, reply }).await
    }
}

impl TrafficPage {
    fn parse(query: &str) -> Result<Self, String> {
        let mut page = Self { sort: TrafficOrder::default(), offset: 0, limit: LISTED };
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let number = || {
                let number = value.parse().ok().filter(|number| *number <= MOST);
                number.ok_or_else(|| format!("{key}: '{value}' is no number up to {MOST}"))
            };
            match &*key {
                "sort" => page.sort = value.parse().map_err(|error| format!("sort: {error}"))?,
                "offset" => page.offset = number()?,
                "limit" => page.limit = number()?,
                _ => return Err(format!("'{key}' is not known; expected sort, offset or limit")),
            }
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_understood_and_anything_else_refused() {
        let page = TrafficPage { sort: TrafficOrder::Drops, offset: 40, limit: 10_000 };
        assert_eq!(TrafficPage::parse("sort=drops&limit=10000&offset=40"), Ok(page));
        assert_eq!(TrafficPage::parse(""), Ok(TrafficPage { sort: TrafficOrder::Packets, offset: 0, limit: LISTED }));
        let refused = [
            ("sort=size", "sort: 'size' is no order; expected packets, bytes, drops or total"),
            ("limit=10001", "limit: '10001' is no number up to 10000"),
            ("offset=-1", "offset: '-1' is no number up to 10000"),
            ("page=2", "'page' is not known; expected sort, offset or limit"),
        ];
        for (query, reason) in refused {
            assert_eq!(TrafficPage::parse(query), Err(reason.to_owned()));
        }
    }
}
