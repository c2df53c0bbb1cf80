//! What is written from the findings' pages: the runbooks, the journal's catalog and the rules for Prometheus. The tests
//! write them; the program carries none of that.

#[cfg(test)]
mod catalog;
#[cfg(test)]
mod health;
mod pages;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod runbook;
#[cfg(test)]
mod tests;

#[cfg(test)]
use self::catalog::catalog;
#[cfg(test)]
use self::health::HEALTH;
#[cfg(test)]
use self::rules::{rules, rules_tests};
#[cfg(test)]
use self::runbook::{health_runbook, runbook};

#[cfg(test)]
pub use self::pages::pages;
pub use self::pages::{message_id, page};
#[cfg(test)]
pub use crate::engine::Page;
