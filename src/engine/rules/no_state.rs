//! `no-state-drops`: packets come on SAs that the kernel has not: one end was restarted, or only one end lost its SAs. Anybody can send such
//! packets, so it is a warning and nothing acts on it.

use super::streak::{Seen, VOLUME, is_a_share};
use super::words;
use crate::engine::Engine;
use crate::engine::facts::traffic::Window;
use crate::engine::findings::Draft;
use crate::model::{Affected, Code, Effect, Finding, Reason, Severity, Source, Subject};

const SCOPE: &str = "host";
const COUNTER: &str = "XfrmInNoStates";

impl Engine {
    pub(super) fn judge_no_state(&mut self, window: &Window, out: &mut Vec<Effect>) {
        // An inbound SA that the daemon believes in and the kernel has not explains it.
        let missing = |finding: &Finding| finding.id.ends_with(":in") || finding.id.ends_with(":both");
        let explained = self.book.of_code(Code::SaMissing).any(missing);
        let grown = window.grown(COUNTER).filter(|grown| {
            !explained && *grown >= VOLUME && is_a_share(*grown, window.received.saturating_add(*grown))
        });
        let seen = grown.map(|grown| {
            let (seconds, received) = (window.length.as_secs(), window.received);
            let text =
                format!("{COUNTER} grew by {grown} in {seconds} s, while all known SAs received {received} packets");
            Seen { counted: grown, line: self.facts.evidence(Source::Xfrm, text) }
        });
        let changed = self.rules.watched.no_state.window(seen, |_| true);
        if !changed {
            return;
        }
        if !self.rules.watched.no_state.is_open() {
            self.over(Source::Xfrm, Code::NoStateDrops, SCOPE, out);
            return;
        }
        let told = words::no_state_drops();
        let draft = Draft {
            code: Code::NoStateDrops,
            scope: SCOPE.to_owned(),
            reason: Reason::NoState,
            severity: Severity::Warning,
            subject: Subject::default(),
            affected: Affected::default(),
            summary: told.summary,
            advice: told.advice,
            evidence: self.rules.watched.no_state.evidence(),
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        };
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }
}
