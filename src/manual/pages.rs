//! The pages of the codes, in every daemon's words.

use std::sync::LazyLock;

use crate::daemons::{in_each_daemons_words, in_every_daemons_words};
use crate::engine::Page;
use crate::model::Code;

/// The page of a code.
pub fn page(code: Code) -> Option<&'static Page> {
    FILLED.iter().find(|page| page.code == code.as_str())
}

/// The pages in every daemon's words.
static FILLED: LazyLock<Vec<Page>> =
    LazyLock::new(|| Code::ALL.into_iter().filter_map(crate::engine::page).map(filled).collect());

/// They are wanted for as long as the program runs.
fn filled(page: &Page) -> Page {
    let words = |text: &str| -> &'static str { in_every_daemons_words(text).leak() };
    let commands = page.diagnosis.iter().flat_map(|command| in_each_daemons_words(command));
    let diagnosis: Vec<&'static str> = commands.map(|command| -> &'static str { command.leak() }).collect();
    Page { meaning: words(page.meaning), diagnosis: diagnosis.leak(), cure: words(page.cure), ..*page }
}

/// The pages of every code, worst first.
#[cfg(test)]
pub fn pages() -> impl Iterator<Item = (Code, &'static Page)> {
    Code::ALL.into_iter().filter_map(|code| Some((code, page(code)?)))
}

/// `daemon-crashed` to `events-lost`, as `journalctl MESSAGE_ID=…` wants it.
pub fn message_id(code: Code) -> Option<String> {
    page(code).map(|page| format!("{:032x}", page.message))
}
