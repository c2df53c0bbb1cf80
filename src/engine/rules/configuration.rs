//! `configuration-wrong`: what the file says is not in force.

use super::words;
use crate::engine::Engine;
use crate::engine::findings::Draft;
use crate::model::{Affected, Code, Effect, Instead, Reason, Severity, Source, Subject, WrongConfiguration};

const SCOPE: &str = "host";

impl Engine {
    /// Told at once: whether the kernel and the daemon are known yet makes no difference.
    pub(in crate::engine) fn configuration_is_wrong(&mut self, wrong: &WrongConfiguration, out: &mut Vec<Effect>) {
        let told = words::configuration_wrong(wrong);
        let draft = Draft {
            code: Code::ConfigurationWrong,
            scope: SCOPE.to_owned(),
            reason: Reason::Unknown,
            severity: match wrong.instead {
                Instead::Defaults => Severity::Critical,
                Instead::Previous | Instead::Rest => Severity::Warning,
            },
            subject: Subject::default(),
            affected: Affected::default(),
            summary: told.summary,
            advice: told.advice,
            evidence: vec![self.facts.evidence(Source::Swanwatch, wrong.error.clone())],
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        };
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }

    pub(in crate::engine) fn configuration_is_right(&mut self, out: &mut Vec<Effect>) {
        self.over(Source::Swanwatch, Code::ConfigurationWrong, SCOPE, out);
    }
}
