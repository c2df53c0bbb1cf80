//! Rules for Prometheus, and the cases that promtool plays with them.

use std::fmt::Write;

use super::health::{HEALTH, Health};
use super::pages::pages;
use crate::sinks::alerts::{name, runbook};

const HEAD: &str = "# Alert rules on what swanwatch serves at /metrics. Call the job 'swanwatch'.
# Made from src/engine/findings and src/manual/health.rs; do not edit it. 'promtool test rules swanwatch.test.yml' plays their cases.
groups:
";

/// swanwatch.rules.yml. The engine has waited already, so that a finding fires at once.
pub fn rules() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("  - name: swanwatch\n    rules:\n");
    for health in HEALTH {
        let _ = write!(
            text,
            "      - alert: {}\n        expr: {}\n        for: {}\n        labels:\n          severity: {}\n        annotations:\n          \
             summary: {}\n          runbook: {}\n",
            health.alert,
            quoted(health.expression),
            health.lasting,
            health.severity,
            quoted(&format!("{} ({{{{ $labels.instance }}}})", health.title)),
            runbook(health.page)
        );
    }
    text.push_str("  - name: swanwatch-findings\n    rules:\n");
    for (code, page) in pages() {
        let _ = write!(
            text,
            "      - alert: {}\n        expr: {}\n        annotations:\n          summary: {}\n          description: {}\n          \
             runbook: {}\n",
            name(code),
            quoted(&format!("swanwatch_findings{{code=\"{code}\"}} > 0")),
            quoted(&format!("{} ({{{{ $labels.instance }}}}, {{{{ $value }}}} times now)", page.title)),
            quoted(&format!("{} On the gateway: swanwatch status", page.meaning)),
            runbook(page.code),
        );
    }
    text
}

/// swanwatch.test.yml.
pub fn rules_tests() -> String {
    let mut text =
        "# Cases for swanwatch.rules.yml. Made from src/engine/findings and src/manual/health.rs; do not edit it.\n\
        rule_files: [swanwatch.rules.yml]\nevaluation_interval: 1m\ntests:\n"
            .to_owned();
    HEALTH.iter().for_each(|health| health_case(&mut text, health));
    for (code, page) in pages() {
        let series = format!(
            "swanwatch_findings{{job=\"swanwatch\",instance=\"gw1:9814\",code=\"{code}\",severity=\"critical\"}}"
        );
        let _ = write!(
            text,
            "  - interval: 1m\n    input_series:\n      - series: {}\n        values: 0x4 2x5 0x5\n    alert_rule_test:\n",
            quoted(&series)
        );
        let alert = name(code);
        for quiet in ["4m", "11m"] {
            let _ = writeln!(text, "      - {{eval_time: {quiet}, alertname: {alert}, exp_alerts: []}}");
        }
        let _ = write!(
            text,
            "      - eval_time: 6m\n        alertname: {alert}\n        exp_alerts:\n          - exp_labels: {{job: swanwatch, instance: \
             \"gw1:9814\", code: {code}, severity: critical}}\n            exp_annotations:\n              summary: {}\n              \
             description: {}\n              runbook: {}\n",
            quoted(&format!("{} (gw1:9814, 2 times now)", page.title)),
            quoted(&format!("{} On the gateway: swanwatch status", page.meaning)),
            runbook(page.code),
        );
    }
    text
}

fn health_case(text: &mut String, health: &Health) {
    text.push_str("  - interval: 1m\n    input_series:\n");
    for (series, values) in health.case {
        let _ = write!(text, "      - series: {}\n        values: {}\n", quoted(series), quoted(values));
    }
    let mut labels = format!("job: swanwatch, instance: \"gw1:9814\", severity: {}", health.severity);
    for (name, value) in health.labels {
        let _ = write!(labels, ", {name}: {}", quoted(value));
    }
    let _ = write!(
        text,
        "    alert_rule_test:\n      - {{eval_time: 0m, alertname: {}, exp_alerts: []}}\n      - eval_time: 25m\n        alertname: {}\n        \
         exp_alerts:\n          - exp_labels: {{{labels}}}\n            exp_annotations:\n              summary: {}\n              runbook: {}\n",
        health.alert,
        health.alert,
        quoted(&format!("{} (gw1:9814)", health.title)),
        runbook(health.page)
    );
}

/// YAML's quotes in which nothing but the quote itself means anything.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
