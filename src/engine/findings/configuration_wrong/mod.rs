//! `configuration-wrong`: what the file says is not in force. Told at once: whether the kernel and the daemon are known yet makes no
//! difference.

mod page;
#[cfg(test)]
mod tests;
mod words;

use super::{Draft, FindingRule, HOST, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::touched::Touched;
use crate::model::{Code, Instead, Source, WrongConfiguration};

/// It remembers nothing: what is wrong is told, and what is right is heard.
#[derive(Debug, Default)]
pub(super) struct ConfigurationWrong;

impl FindingRule for ConfigurationWrong {
    fn codes(&self) -> &'static [Code] {
        &[Code::ConfigurationWrong]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, _facts: &Facts, say: &mut Say<'_>) {
        match happened {
            Happened::Misconfigured(wrong) => tell(wrong, say),
            Happened::Reconfigured => say.over(Code::ConfigurationWrong, HOST, (Source::Swanwatch, words::OVER)),
            _ => {}
        }
    }

    fn look(&mut self, _facts: &Facts, _touched: &Touched, _say: &mut Say<'_>) {}
}

fn tell(wrong: &WrongConfiguration, say: &mut Say<'_>) {
    let line = say.line(Source::Swanwatch, wrong.error.clone());
    let draft = Draft::of(Code::ConfigurationWrong, HOST, words::configuration_wrong(wrong)).shown_by([line]);
    say.open(match wrong.instead {
        Instead::Defaults => draft.critical(),
        Instead::Previous | Instead::Rest => draft,
    });
}
