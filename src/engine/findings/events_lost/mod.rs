//! `events-lost`: the kernel dropped events; whole dumps of both tables heal it.

mod page;
mod words;

use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::touched::Touched;
use crate::model::{Code, Source};

const SCOPE: &str = "host";

/// What was told of the losses that the facts count.
#[derive(Debug, Default)]
pub(super) struct EventsLost {
    told: u64,
}

impl FindingRule for EventsLost {
    fn codes(&self) -> &'static [Code] {
        &[Code::EventsLost]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn look(&mut self, facts: &Facts, _touched: &Touched, say: &mut Say<'_>) {
        let lost = &facts.lost_events;
        if lost.times() > self.told {
            self.told = lost.times();
            let line = say.line(Source::Xfrm, words::lost(lost.malformed()));
            say.open(Draft::of(Code::EventsLost, SCOPE, words::events_lost()).shown_by([line]).again());
        }
        if lost.is_healed() {
            say.over(Code::EventsLost, SCOPE, (Source::Xfrm, words::OVER));
        }
    }
}
