//! What a person reads about a finding beyond its two sentences: one page for each code. The runbooks, the journal's catalog and the
//! rules for Prometheus are written from this list.

mod catalog;
mod health;
mod rules;
mod runbook;
#[cfg(test)]
mod tests;

pub use self::catalog::catalog;
pub use self::health::{HEALTH, Health};
pub use self::rules::{rules, rules_tests};
pub use self::runbook::{health_runbook, runbook};

pub use crate::engine::Page;

use crate::model::Code;

/// The page of a code.
pub fn page(code: Code) -> Option<&'static Page> {
    crate::engine::page(code)
}

/// The pages of every code, worst first.
pub fn pages() -> impl Iterator<Item = (Code, &'static Page)> {
    Code::ALL.into_iter().filter_map(|code| Some((code, page(code)?)))
}

/// `daemon-crashed` to `events-lost`, as `journalctl MESSAGE_ID=…` wants it.
pub fn message_id(code: Code) -> Option<String> {
    page(code).map(|page| format!("{:032x}", page.message))
}
