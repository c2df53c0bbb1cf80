//! `no-state-drops`: packets come on SAs that the kernel has not: one end was restarted, or only one end lost its SAs. Anybody can send such
//! packets, so it is a warning and nothing acts on it.

mod page;
mod words;

use super::senders;
use super::streak::{Streak, VOLUME, WindowSeen, is_a_share};
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::traffic::TrafficWindow;
use crate::engine::facts::want::Want;
use crate::model::{Code, Reason, Source, Span};

const SCOPE: &str = "host";
const COUNTER: &str = "XfrmInNoStates";

/// Windows in which it was so.
#[derive(Debug, Default)]
pub(super) struct NoStateDrops {
    streak: Streak<()>,
}

impl FindingRule for NoStateDrops {
    fn codes(&self) -> &'static [Code] {
        &[Code::NoStateDrops]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match (happened, &facts.traffic.window) {
            (Happened::WindowEnded, Some(window)) => self.judge_window(window, facts, say),
            (Happened::SendersNamed, _) if say.is_open(Code::NoStateDrops, SCOPE) => self.tell(facts, say),
            (Happened::SamplingRests, _) => {
                self.streak = Streak::default();
                say.over(Code::NoStateDrops, SCOPE, (Source::Engine, words::OVER));
            }
            _ => {}
        }
    }

    fn look(&mut self, _facts: &Facts, _touched: &Touched, _say: &mut Say<'_>) {}
}

impl NoStateDrops {
    fn judge_window(&mut self, window: &TrafficWindow, facts: &Facts, say: &mut Say<'_>) {
        let is_much = |grown: &u64| *grown >= VOLUME && is_a_share(*grown, window.received.saturating_add(*grown));
        let grown = window.grown(COUNTER).filter(is_much);
        if grown.is_some() {
            // Also where it is explained: what explains it can say then who still sends.
            say.want(Want::NameSenders);
        }
        let grown = grown.filter(|_| !say.causes(Code::NoStateDrops).any(|missing| missing.span != Span::Out));
        let seen = grown.map(|grown| {
            let text = words::seen(COUNTER, grown, window.length.as_secs(), window.received);
            WindowSeen { counted: (), line: say.line(Source::Xfrm, text) }
        });
        if !self.streak.window(seen, |_| true) {
            return;
        }
        if !self.streak.is_open() {
            say.over(Code::NoStateDrops, SCOPE, (Source::Xfrm, words::OVER));
            return;
        }
        self.tell(facts, say);
    }

    fn tell(&self, facts: &Facts, say: &mut Say<'_>) {
        let draft = Draft::of(Code::NoStateDrops, SCOPE, words::no_state_drops()).because(Reason::NoState);
        say.open(draft.shown_by(self.streak.evidence()).shown_by(senders::without_state(facts)));
    }
}
