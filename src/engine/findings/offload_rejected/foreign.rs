//! `offload-rejected` of an SA that no line of the daemon speaks of: made by hand, by another program, or by a daemon whose log is not
//! heard. Its scope is the pair of addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::words;
use crate::engine::facts::Facts;
use crate::engine::facts::offload_attempts::AttemptId;
use crate::engine::facts::touched::Touched;
use crate::engine::findings::refused::{About, unclaimed};
use crate::engine::findings::{Draft, Say};
use crate::model::{Boottime, Code, Reason, Source, Subject};

/// Without another refusal it is over after this time: nobody else tells whether somebody still wants that SA.
const OVER_AFTER: Duration = Duration::from_secs(600);

/// The pairs of addresses that are told, by their scopes.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    told: BTreeMap<String, ForeignTold>,
}

#[derive(Debug)]
struct ForeignTold {
    /// The last refusal.
    id: AttemptId,
    at: Boottime,
}

impl Foreign {
    pub(super) fn refused(&mut self, facts: &Facts, id: AttemptId, say: &mut Say<'_>) {
        let Some(refused) = unclaimed(facts, id).filter(|refused| refused.about == About::Offload) else { return };
        let (tried, entry) = (&refused.attempt.tried, refused.entry);
        let text = |address: Option<IpAddr>| address.map_or_else(|| "?".to_owned(), |address| address.to_string());
        let scope = format!("{}-{}", text(tried.src), text(tried.dst));
        let device = facts.links.name(tried.ifindex);
        let sentences = words::foreign_refused(&facts.life.behaviour, tried, &device, entry);
        let subject = Subject {
            spi: Some(tried.spi),
            dst: tried.dst,
            direction: Some(tried.direction.into()),
            device: Some(device),
            ..Subject::default()
        };
        let draft = Draft::of(Code::OffloadRejected, scope.clone(), sentences)
            .because(entry.map_or(Reason::Unknown, |entry| entry.reason))
            .critical()
            .about(subject)
            .shown_by(refused.lines)
            .again();
        say.open(draft);
        self.told.insert(scope, ForeignTold { id, at: facts.now });
        say.look_again(facts.now + OVER_AFTER);
    }

    /// An SA came: it is what was refused before, with another shape or without offload.
    pub(super) fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        if self.told.is_empty() || touched.came.is_empty() {
            return;
        }
        let came: Vec<IpAddr> = touched.came.iter().filter_map(|slot| Some(facts.sad.get(*slot)?.dst)).collect();
        self.close(say, words::FOREIGN_OVER, |told| told.id.1.is_some_and(|dst| came.contains(&dst)));
    }

    /// Nobody tried again.
    pub(super) fn wake(&mut self, facts: &Facts, say: &mut Say<'_>) {
        self.close(say, words::FOREIGN_OVER, |told| facts.now.since(told.at) >= OVER_AFTER);
    }

    /// The daemon's line about it came after all.
    pub(super) fn claimed(&mut self, id: AttemptId, say: &mut Say<'_>) {
        self.close(say, words::CLAIMED, |told| told.id == id);
    }

    fn close(&mut self, say: &mut Say<'_>, why: &str, is_over: impl Fn(&ForeignTold) -> bool) {
        self.told.retain(|scope, told| {
            let over = is_over(told);
            if over {
                say.over(Code::OffloadRejected, scope, (Source::Engine, why));
            }
            !over
        });
    }
}
