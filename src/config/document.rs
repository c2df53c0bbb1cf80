//! The file as a whole.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::act::Act;
use super::alerts::Alerts;
use super::connections::{Connections, Rule};
use super::daemon::Daemon;
use super::keys::KnownKey;
use super::metrics::Metrics;
use super::words::{is_absolute, text, word};
use super::{Config, DaemonChoice, HistoryChoice};
use crate::model::{ConnectionRule, EngineSettings, OffloadWish};

pub(super) const OFFLOAD_WORDS: &[&str] = &["auto", "required", "preferred", "off"];
pub(super) const OFFLOAD_MEANINGS: &[OffloadWish] =
    &[OffloadWish::Auto, OffloadWish::Required, OffloadWish::Preferred, OffloadWish::Off];

const KEYS: &[&str] = &["daemon", "offload", "connections", "act", "metrics", "alerts", "history"];

/// An empty file, or one of comments alone, says nothing and is right.
pub(super) fn parse(text: &[u8]) -> Result<Config, serde_yaml::Error> {
    Ok(serde_yaml::from_slice::<Option<Document>>(text)?.map_or_else(Config::default, |document| document.0))
}

fn history_choice(found: &str) -> Option<HistoryChoice> {
    if found == "off" {
        return Some(HistoryChoice::Off);
    }
    Some(PathBuf::from(found)).filter(|path| is_absolute(path)).map(HistoryChoice::File)
}

struct Document(Config);

struct DocumentVisitor;

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocumentVisitor)
    }
}

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping of daemon, offload, connections, act, metrics, alerts, history")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let (mut daemon, mut offload, mut rules) = (DaemonChoice::Auto, OffloadWish::Auto, Vec::new());
        let (mut act, mut metrics, mut alerts) = (EngineSettings::default().act, None, Vec::new());
        let mut history = HistoryChoice::Usual;
        let mut seen = Vec::new();
        while let Some(key) = map.next_key_seed(KnownKey { known: KEYS, seen: &mut seen })? {
            match key {
                "daemon" => daemon = map.next_value_seed(Daemon)?,
                "offload" => offload = map.next_value_seed(word(OFFLOAD_WORDS, OFFLOAD_MEANINGS))?,
                "act" => act = map.next_value_seed(Act)?,
                "metrics" => metrics = Some(map.next_value_seed(Metrics)?),
                "alerts" => alerts = map.next_value_seed(Alerts)?,
                "history" => history = map.next_value_seed(text("off or an absolute path", history_choice))?,
                _ => rules = map.next_value_seed(Connections)?,
            }
        }
        let complete = |rule: Rule| ConnectionRule {
            pattern: rule.pattern,
            offload: rule.offload.unwrap_or(offload),
            mode: rule.mode,
        };
        let connections = rules.into_iter().map(complete).collect();
        let place = daemon.place();
        let engine = EngineSettings {
            offload,
            connections,
            act,
            restart_command: place.is_some_and(|place| !place.restart.is_empty()),
            daemon: daemon.wish(),
            log_named: place.is_some_and(|place| place.log.is_some()),
        };
        Ok(Document(Config { daemon, engine, metrics, alerts, history }))
    }
}
