//! The families. Labels are of closed sets, or their values are bounded by who counts: no SPI, no instance.

use super::exposition::Exposition;
use super::exposition::FamilyKind::{Counter, Gauge};
use crate::model::{
    Code, Metrics, ReceiverCounts, RemedyKind, RemedyLimit, RemedyOutcome, RemedyState, SaOwner, Severity, Source,
    SourceState,
};

/// What is in `connection` where the SAs are of connections that are not shown one by one. No connection's name has brackets.
const FOLDED: &str = "[others]";

/// States of the daemon, as `status` names them.
const DAEMON_STATES: [&str; 6] = ["up", "down", "hung", "starting", "absent", "unknown"];

/// How many of a driver's counters are shown for one device.
const DEVICE_COUNTERS: usize = 100;

/// How many devices' counters are shown.
const DEVICES: usize = 64;

pub(super) fn host(metrics: &Metrics, out: &mut Exposition) {
    let labels = [("version", metrics.version.as_str()), ("kernel", metrics.kernel.as_str())];
    out.family(Gauge, "build_info", "Versions of swanwatch and of the kernel; always 1.").sample(&labels, 1);
    let mut family = out.family(Gauge, "daemon_state", "1 for the state that the IKE daemon is in, 0 for the others.");
    for state in DAEMON_STATES {
        family.sample(&[("state", state)], u8::from(metrics.daemon.state == state));
    }
    if let Some(since) = metrics.daemon.since {
        let seconds = since.micros() / 1_000_000;
        let help = "When the IKE daemon came into its state, in seconds since the epoch.";
        out.family(Gauge, "daemon_state_since_timestamp_seconds", help).sample(&[], seconds);
    }
}

pub(super) fn sas(metrics: &Metrics, out: &mut Exposition) {
    let help = "Installed SAs by connection (empty: not known), device and offload (none, crypto or packet).";
    let mut family = out.family(Gauge, "sas", help);
    for (kind, count) in &metrics.sas {
        let connection = match &kind.connection {
            SaOwner::Connection(name) => name.as_str(),
            SaOwner::Unknown => "",
            SaOwner::Folded => FOLDED,
        };
        let device = kind.device.as_deref().unwrap_or_default();
        family.sample(&[("connection", connection), ("device", device), ("offload", kind.offload)], count);
    }
    let summary = &metrics.summary;
    out.family(Gauge, "connections_folded", "Connections whose SAs are counted together, under [others].")
        .sample(&[], metrics.folded);
    out.family(Gauge, "larval_sas", "SAs that a negotiation has reserved and not finished.")
        .sample(&[], summary.larval);
    out.family(Gauge, "tunnels", "Tunnels: both directions stand (up), one (partly), none and should (down).")
        .sample(&[("state", "up")], summary.tunnels.up)
        .sample(&[("state", "partly")], summary.tunnels.partly)
        .sample(&[("state", "down")], summary.tunnels.down);
    out.family(Gauge, "policies", "Policies in the kernel.").sample(&[], summary.policies);
    out.family(
        Gauge,
        "policies_without_template",
        "Policies that transform nothing: they let pass in clear, or block.",
    )
    .sample(&[("action", "pass")], summary.without_template.pass)
    .sample(&[("action", "block")], summary.without_template.block);
}

pub(super) fn findings(metrics: &Metrics, out: &mut Exposition) {
    let mut family = out.family(Gauge, "findings", "Open findings by code and severity.");
    for code in Code::ALL {
        for severity in [Severity::Warning, Severity::Critical] {
            let count = metrics.findings.get(&(code, severity)).copied().unwrap_or(0);
            family.sample(&[("code", code.as_str()), ("severity", &severity.to_string())], count);
        }
    }
    let help = "When what is open opened, in seconds since the epoch: 20 findings of each code at most.";
    let mut family = out.family(Gauge, "finding_opened_timestamp_seconds", help);
    for (place, since) in &metrics.open {
        let (severity, direction) =
            (place.severity.to_string(), place.direction.map(|direction| direction.to_string()));
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let labels = [
            ("code", place.code.as_str()),
            ("severity", &severity),
            ("connection", &text(&place.connection)),
            ("direction", &text(&direction)),
            ("device", &text(&place.device)),
        ];
        family.sample(&labels, since.micros() / 1_000_000);
    }
}

/// Every series is there from the start, so that the first of a kind is an increase.
pub(super) fn remedies(metrics: &Metrics, out: &mut Exposition) {
    let counts = &metrics.remedies;
    let count = |count: Option<&u64>| count.copied().unwrap_or(0);
    let help = "What remedies came to; a try that failed counts, though another may follow.";
    let mut family = out.family(Counter, "remedies", help);
    for kind in RemedyKind::ALL {
        for outcome in RemedyOutcome::ALL {
            let labels = [("kind", kind.as_str()), ("outcome", outcome.as_str())];
            family.sample(&labels, count(counts.ended.get(&(kind, outcome))));
        }
    }
    let mut family = out.family(Gauge, "remedies_in_progress", "Remedies that have not come to their end.");
    for kind in RemedyKind::ALL {
        for state in RemedyState::IN_PROGRESS {
            let labels = [("kind", kind.as_str()), ("state", state.as_str())];
            family.sample(&labels, count(counts.in_progress.get(&(kind, state))));
        }
    }
    let help = "Times that a remedy had to wait because as many were begun as may be in an hour: of one tunnel or the \
                daemon (target), or of all (kind).";
    let mut family = out.family(Counter, "remedy_limits_reached", help);
    for kind in RemedyKind::ALL {
        for limit in RemedyLimit::ALL {
            let labels = [("kind", kind.as_str()), ("limit", limit.as_str())];
            family.sample(&labels, count(counts.limits.get(&(kind, limit))));
        }
    }
}

pub(super) fn sources(metrics: &Metrics, out: &mut Exposition) {
    let help = "1 for the state that a source of observations is in, 0 for the others.";
    let mut family = out.family(Gauge, "source_state", help);
    for line in &metrics.coverage {
        let source: Source = line.source;
        let states = [(SourceState::Ok, "ok"), (SourceState::Degraded, "degraded"), (SourceState::Absent, "absent")];
        for (state, name) in states {
            family.sample(&[("source", &source.to_string()), ("state", name)], u8::from(line.state == state));
        }
    }
    let feed = &metrics.feed;
    out.family(Counter, "observations", "Observations that the engine has taken.").sample(&[], feed.observations);
    let help = "How long all observations together waited from their receipt until the engine took them.";
    out.family(Counter, "observation_wait_seconds", help).sample(&[], feed.waited.as_secs_f64());
    out.family(Gauge, "lag_seconds", "How long the last observation waited.").sample(&[], feed.lag.as_secs_f64());
    out.family(Counter, "events_lost", "Times that the kernel dropped XFRM events.").sample(&[], feed.events_lost);
}

pub(super) fn counters(metrics: &Metrics, out: &mut Exposition) {
    if let Some(host) = &metrics.host {
        let help = "The kernel's errors of IPsec, /proc/net/xfrm_stat; those that have never happened are left out.";
        let mut family = out.family(Counter, "xfrm_stat", help);
        for (counter, value) in &host.xfrm {
            family.sample(&[("counter", counter)], value);
        }
    }
    let help = "What the driver counts about IPsec (ethtool -S), on devices with offloaded SAs.";
    let mut family = out.family(Counter, "device_ipsec", help);
    for (device, counters) in metrics.devices.iter().take(DEVICES) {
        for (counter, value) in counters.ipsec.iter().take(DEVICE_COUNTERS) {
            family.sample(&[("device", device), ("counter", counter)], value);
        }
    }
    let help = "Packets that a device with offloaded SAs dropped.";
    let mut family = out.family(Counter, "device_dropped_packets", help);
    for (device, counters) in metrics.devices.iter().take(DEVICES) {
        for (direction, value) in [("in", counters.rx_dropped), ("out", counters.tx_dropped)] {
            if let Some(value) = value {
                family.sample(&[("device", device), ("direction", direction)], value);
            }
        }
    }
}

pub(super) fn alerts(metrics: &Metrics, out: &mut Exposition) {
    type Count = fn(&ReceiverCounts) -> u64;
    let families: [(_, _, _, Count); 4] = [
        (Gauge, "alerts_waiting", "Alerts that a receiver has still to be told.", |counts| counts.waiting),
        (Counter, "alerts_delivered", "Alerts that a receiver was told.", |counts| counts.delivered),
        (Counter, "alerts_failed", "Attempts to tell a receiver that failed.", |counts| counts.failed),
        (Counter, "alerts_dropped", "Alerts for which there was no room, or that a receiver refuses.", |counts| {
            counts.dropped
        }),
    ];
    for (kind, name, help, count) in families {
        let mut family = out.family(kind, name, help);
        for (place, counts) in metrics.receivers.iter().enumerate() {
            // Two webhooks on one host have the same name.
            let number = (place + 1).to_string();
            family.sample(&[("number", &number), ("receiver", &counts.receiver)], count(counts));
        }
    }
}
