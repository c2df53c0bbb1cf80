//! What a receiver is told: open findings that look alike to it, as one alert.

use std::collections::BTreeMap;
use std::hash::Hasher;

use serde::{Deserialize, Serialize};

use crate::fnv::Fnv;
use crate::model::{Code, Finding, RealTime};
use crate::plural::counted;
use crate::text::escaped;

/// An alert's identity. Never an SPI, an instance or a reason: they change while the trouble is the same.
pub type Labels = BTreeMap<String, String>;

/// Whether the trouble is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    Firing,
    /// It is over.
    Resolved,
}

/// One alert as it stands. This is also the JSON that webhooks and programs get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Version of this form: 1.
    pub swanwatch: u32,
    /// Whether the trouble is there.
    pub status: AlertState,
    pub labels: Labels,
    /// Sentences for people.
    pub annotations: BTreeMap<String, String>,
    #[serde(rename = "startsAt")]
    pub starts_at: RealTime,
    /// Until when; null while it is there.
    #[serde(rename = "endsAt")]
    pub ends_at: Option<RealTime>,
    /// How often it happened.
    pub times: u64,
    /// How many findings are this alert now.
    pub findings: u64,
    /// The newest of them, as `status` shows it.
    pub finding: Finding,
}

/// `tunnel-down` is `SwanwatchTunnelDown`, here and in the rules for Prometheus.
pub fn name(code: Code) -> String {
    let mut name = "Swanwatch".to_owned();
    for word in code.as_str().split('-') {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        name.push_str(&first.to_ascii_uppercase());
        name.push_str(rest);
    }
    name
}

/// Where the page of an alert is on a host that has the documentation: that is laid out as the sources are.
pub fn runbook(page: &str) -> String {
    format!("/usr/share/doc/swanwatch/contrib/runbooks/{page}.md")
}

/// The labels of a finding on this host. What does not apply is no label.
pub fn labels(host: &str, finding: &Finding) -> Labels {
    let subject = &finding.subject;
    let direction = subject.direction.map(|direction| direction.to_string());
    let labels = [
        ("alertname", Some(name(finding.code))),
        ("code", Some(finding.code.to_string())),
        ("severity", Some(finding.severity.to_string())),
        ("connection", subject.connection.clone()),
        ("direction", direction),
        ("device", subject.device.clone()),
        ("host", Some(host.to_owned())),
    ];
    let safe = |(name, value): (&str, Option<String>)| Some((name.to_owned(), escaped(&value?).into_owned()));
    labels.into_iter().filter_map(safe).filter(|(_, value)| !value.is_empty()).collect()
}

/// Which alert it is, as a number: the same after every start.
pub fn fingerprint(labels: &Labels) -> u64 {
    let mut hash = Fnv::default();
    for (name, value) in labels {
        // 0xff is in no UTF-8 text: nothing else makes the same bytes.
        for part in [name, value] {
            hash.write(part.as_bytes());
            hash.write(&[0xff]);
        }
    }
    hash.finish()
}

impl Alert {
    /// An alert whose newest finding is this.
    pub fn new(
        status: AlertState,
        labels: Labels,
        starts_at: RealTime,
        times: u64,
        findings: u64,
        finding: &Finding,
    ) -> Self {
        let mut annotations = BTreeMap::from([
            ("summary".to_owned(), escaped(&finding.summary).into_owned()),
            ("description".to_owned(), escaped(&finding.advice).into_owned()),
            ("reason".to_owned(), finding.reason.to_string()),
            ("times".to_owned(), times.to_string()),
            ("id".to_owned(), escaped(&finding.id).into_owned()),
            ("runbook".to_owned(), runbook(finding.code.as_str())),
        ]);
        let affected = &finding.affected;
        if affected.sas + affected.connections > 0 {
            let text = format!("{}, {}", counted(affected.sas, "SA"), counted(affected.connections, "connection"));
            annotations.insert("affected".to_owned(), text);
        }
        Self {
            swanwatch: 1,
            status,
            labels,
            annotations,
            starts_at,
            ends_at: None,
            times,
            findings,
            finding: finding.clone(),
        }
    }

    /// The same alert, over since `at`.
    pub fn resolved(&self, at: RealTime) -> Self {
        Self { status: AlertState::Resolved, ends_at: Some(at), findings: 0, ..self.clone() }
    }

    /// Says nothing that the other does not say. (Evidence that is added does not make it news.)
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.status == other.status
            && self.times == other.times
            && self.findings == other.findings
            && self.annotations == other.annotations
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Severity, Spi};
    use crate::sinks::samples::finding;

    #[test]
    fn labels_are_stable_while_the_trouble_is_the_same() {
        let mut finding = finding("t1");
        let before = labels("gw1", &finding);
        finding.subject.spi = Some(Spi(7));
        finding.subject.instance = Some("[2] 192.0.2.9".to_owned());
        finding.reason = crate::model::Reason::FeatureOff;
        assert_eq!(labels("gw1", &finding), before);
        let names: Vec<_> = before.keys().map(String::as_str).collect();
        assert_eq!(names, ["alertname", "code", "connection", "device", "direction", "host", "severity"]);
        assert_eq!(before["alertname"], "SwanwatchSaNotOffloaded");
        finding.severity = Severity::Critical;
        assert_ne!(fingerprint(&labels("gw1", &finding)), fingerprint(&before));
    }

    #[test]
    fn what_a_peer_wrote_is_harmless() {
        let mut finding = finding("t1\n\u{1b}[2J");
        finding.summary = "a\u{202e}b".to_owned();
        let alert = Alert::new(AlertState::Firing, labels("gw1", &finding), finding.since, 1, 1, &finding);
        assert_eq!(alert.labels["connection"], "t1\\u{a}\\u{1b}[2J");
        assert_eq!(alert.annotations["summary"], "a\\u{202e}b");
    }
}
