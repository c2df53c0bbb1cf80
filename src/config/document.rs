//! The file as a whole.

use std::cell::RefCell;

use super::act::act;
use super::alerts::alerts;
use super::choices::{Config, DaemonChoice, HistoryChoice};
use super::connections::{OFFLOAD, Rule, connections};
use super::daemon::daemon;
use super::metrics::metrics;
use super::node::Node;
use super::node_at::{Mistakes, NodeAt};
use super::paths::absolute;
use crate::model::{ConnectionRule, EngineSettings, OffloadWish};

const KEYS: &[&str] = &["daemon", "offload", "connections", "act", "metrics", "alerts", "history"];

/// What the file means. An empty file, or one of comments alone, says nothing and is right.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn document(node: &Node) -> Result<Config, Mistakes> {
    let mistakes = RefCell::default();
    let config = whole(&NodeAt::root(node, &mistakes));
    let mistakes = mistakes.into_inner();
    if mistakes.noted.is_empty() { Ok(config) } else { Err(mistakes) }
}

/// What is wrong is left as it is without it.
fn whole(place: &NodeAt<'_>) -> Config {
    let mut config = Config::default();
    let (mut offload, mut rules) = (OffloadWish::Auto, Vec::new());
    let keys = if place.is_empty() { Vec::new() } else { place.keys(KEYS, &mapping()).unwrap_or_default() };
    for (key, value) in keys {
        match key {
            "daemon" => config.daemon = daemon(&value).unwrap_or_default(),
            "offload" => offload = value.word(OFFLOAD).unwrap_or(OffloadWish::Auto),
            "act" => config.engine.act = act(&value).unwrap_or_default(),
            "metrics" => config.metrics = metrics(&value),
            "alerts" => config.alerts = alerts(&value).unwrap_or_default(),
            "history" => config.history = value.text("off or an absolute path", history).unwrap_or_default(),
            _ => rules = connections(&value).unwrap_or_default(),
        }
    }
    config.engine = settings(offload, rules, &config);
    config
}

fn mapping() -> String {
    format!("a mapping of {}", KEYS.join(", "))
}

fn settings(offload: OffloadWish, rules: Vec<Rule>, config: &Config) -> EngineSettings {
    let one_way = rules.iter().filter(|rule| rule.one_way == Some(true)).map(|rule| rule.pattern.clone()).collect();
    let complete = |rule: Rule| ConnectionRule {
        pattern: rule.pattern,
        offload: rule.offload.unwrap_or(offload),
        mode: rule.mode,
    };
    let daemon: &DaemonChoice = &config.daemon;
    EngineSettings {
        offload,
        connections: rules.into_iter().filter(|rule| !rule.is_of_way_alone()).map(complete).collect(),
        act: config.engine.act.clone(),
        restart_command: !daemon.restart().is_empty(),
        daemon: daemon.wish(),
        log_named: daemon.place().is_some_and(|place| place.log.is_some()),
        one_way,
    }
}

fn history(found: &str) -> Option<HistoryChoice> {
    if found == "off" { Some(HistoryChoice::Off) } else { absolute(found).map(HistoryChoice::File) }
}
