//! What is said of the daemon as a source: how it is asked, and whether what it tells by itself is heard.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{Coverage, Source, SourceState};

/// Both who asks and who hears say it here, so that neither takes back what the other said.
#[derive(Clone, Debug, Default)]
pub(super) struct DaemonCoverage(Arc<Mutex<BothSaid>>);

#[derive(Debug, Default)]
struct BothSaid {
    asks: Option<(SourceState, String)>,
    /// Why it is not heard.
    deaf: Option<String>,
    said: Option<Coverage>,
}

impl DaemonCoverage {
    /// How it is asked: what there is to be told, where that is news.
    pub fn asks(&self, state: SourceState, detail: String) -> Option<Coverage> {
        let mut both = self.lock();
        both.asks = Some((state, detail));
        both.news()
    }

    /// It is heard, or why it is not: what there is to be told, where that is news.
    pub fn hears(&self, deaf: Option<String>) -> Option<Coverage> {
        let mut both = self.lock();
        both.deaf = deaf;
        both.news()
    }

    fn lock(&self) -> MutexGuard<'_, BothSaid> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BothSaid {
    fn news(&mut self) -> Option<Coverage> {
        let now = match (&self.asks, &self.deaf) {
            (None, None) => return None,
            (Some((state, detail)), None) => (*state, detail.clone()),
            (None, Some(deaf)) => (SourceState::Degraded, not_heard(deaf)),
            (Some((SourceState::Absent, detail)), Some(_)) => (SourceState::Absent, detail.clone()),
            (Some((_, detail)), Some(deaf)) => (SourceState::Degraded, format!("{detail}; {}", not_heard(deaf))),
        };
        let now = Coverage { source: Source::Daemon, state: now.0, detail: now.1 };
        if self.said.as_ref() == Some(&now) {
            return None;
        }
        self.said = Some(now.clone());
        Some(now)
    }
}

fn not_heard(why: &str) -> String {
    format!("what it tells by itself is not heard, and is asked for later: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_takes_back_what_the_other_said() {
        let coverage = DaemonCoverage::default();
        let said = |news: Option<Coverage>| news.map(|line| (line.state, line.detail));
        assert_eq!(said(coverage.hears(None)), None);
        assert_eq!(said(coverage.asks(SourceState::Ok, "asks".into())), Some((SourceState::Ok, "asks".into())));
        assert_eq!(said(coverage.asks(SourceState::Ok, "asks".into())), None);
        let deaf = "asks; what it tells by itself is not heard, and is asked for later: it hung up";
        assert_eq!(said(coverage.hears(Some("it hung up".into()))), Some((SourceState::Degraded, deaf.into())));
        assert_eq!(said(coverage.asks(SourceState::Ok, "asks".into())), None);
        let absent = said(coverage.asks(SourceState::Absent, "no answer".into()));
        assert_eq!(absent, Some((SourceState::Absent, "no answer".into())));
        assert_eq!(said(coverage.hears(None)), None);
        assert_eq!(said(coverage.asks(SourceState::Ok, "asks".into())), Some((SourceState::Ok, "asks".into())));
    }
}
