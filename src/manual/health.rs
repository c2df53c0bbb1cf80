//! Alerts that Prometheus raises on swanwatch itself, beside those on its findings.

/// One rule, with its page and a case that fires it.
#[derive(Debug)]
pub struct Health {
    /// `alertname`.
    pub alert: &'static str,
    /// The runbook's name.
    pub page: &'static str,
    pub expression: &'static str,
    /// For how long it must hold.
    pub lasting: &'static str,
    /// `warning` or `critical`.
    pub severity: &'static str,
    /// Series of a case in which it fires: name with labels, and values a minute apart.
    pub case: &'static [(&'static str, &'static str)],
    /// Labels with which it fires in that case, beside severity, instance and job.
    pub labels: &'static [(&'static str, &'static str)],
    /// What is true, in a few words.
    pub title: &'static str,
    /// In full.
    pub meaning: &'static str,
    pub impact: &'static str,
    /// Commands that show more.
    pub diagnosis: &'static [&'static str],
    pub cure: &'static str,
}

pub const HEALTH: &[Health] = &[
    Health {
        alert: "SwanwatchAbsent",
        page: "absent",
        expression: "up{job=\"swanwatch\"} == 0",
        lasting: "2m",
        severity: "critical",
        case: &[("up{job=\"swanwatch\",instance=\"gw1:9814\"}", "0x30")],
        labels: &[],
        title: "Nobody watches this gateway",
        meaning: "Prometheus cannot scrape swanwatch on this gateway: the service is down, or the way to it is closed.",
        impact: "No finding of this gateway is told. An Alertmanager that swanwatch tells itself lets its alerts end after some minutes.",
        diagnosis: &["systemctl status swanwatch", "journalctl -u swanwatch -e", "curl http://GATEWAY:9814/metrics"],
        cure: "'systemctl start swanwatch' starts it. Exit status 77 is a missing capability, which systemd does not try again; 75 is another swanwatch in the same network namespace.",
    },
    Health {
        alert: "SwanwatchBlind",
        page: "blind",
        expression: "swanwatch_source_state{state=~\"degraded|absent\",source=\"links\"} == 1",
        lasting: "10m",
        severity: "warning",
        case: &[(
            "swanwatch_source_state{job=\"swanwatch\",instance=\"gw1:9814\",source=\"links\",state=\"degraded\"}",
            "1x30",
        )],
        labels: &[("source", "links"), ("state", "degraded")],
        title: "swanwatch does not see the interfaces",
        meaning: "The interfaces, their addresses and their offload features have not been watched as they should for ten minutes. (The daemon's log, its control socket and the kernel's events have a finding of their own: source-blind.)",
        impact: "SAs that a NIC dropped, and offload that was switched off, are not found. Every answer of swanwatch says so under its coverage.",
        diagnosis: &["swanwatch status", "journalctl -u swanwatch -e"],
        cure: "The line of coverage says what is missing and what cannot be known without it.",
    },
    Health {
        alert: "SwanwatchLags",
        page: "lags",
        expression: "rate(swanwatch_observation_wait_seconds_total[5m]) / rate(swanwatch_observations_total[5m]) > 1",
        lasting: "5m",
        severity: "warning",
        case: &[
            ("swanwatch_observation_wait_seconds_total{job=\"swanwatch\",instance=\"gw1:9814\"}", "0+600x30"),
            ("swanwatch_observations_total{job=\"swanwatch\",instance=\"gw1:9814\"}", "0+60x30"),
        ],
        labels: &[],
        title: "swanwatch does not keep up",
        meaning: "What its sources see waits for more than a second, on average, until it is judged.",
        impact: "Findings come late.",
        diagnosis: &["top -p $(pidof swanwatch)", "swanwatch record /var/lib/swanwatch/lag.jsonl"],
        cure: "See what else takes the CPU. A recording of some minutes is what its developers need.",
    },
    Health {
        alert: "SwanwatchAlertsStuck",
        page: "alerts-stuck",
        expression: "swanwatch_alerts_waiting > 0 and increase(swanwatch_alerts_failed_total[10m]) > 0",
        lasting: "10m",
        severity: "warning",
        case: &[
            (
                "swanwatch_alerts_waiting{job=\"swanwatch\",instance=\"gw1:9814\",number=\"1\",receiver=\"webhook http://pager\"}",
                "3x30",
            ),
            (
                "swanwatch_alerts_failed_total{job=\"swanwatch\",instance=\"gw1:9814\",number=\"1\",receiver=\"webhook http://pager\"}",
                "0+1x30",
            ),
        ],
        labels: &[("number", "1"), ("receiver", "webhook http://pager")],
        title: "A receiver of alerts cannot be told",
        meaning: "swanwatch itself has alerts for a receiver, and has failed to deliver them for ten minutes.",
        impact: "That receiver does not hear of findings. They wait, also over a restart, and come in order when it is back; beyond 1,000 the oldest are dropped.",
        diagnosis: &["swanwatch status", "journalctl -u swanwatch -e"],
        cure: "The coverage line 'alerts' says why: mend the receiver, or its address under alerts: and reload. Where it says that what waits would not survive a restart, make room on the disk first: it is kept within a minute.",
    },
    Health {
        alert: "SwanwatchAlertsDropped",
        page: "alerts-dropped",
        expression: "increase(swanwatch_alerts_dropped_total[1h]) > 0",
        lasting: "0s",
        severity: "warning",
        case: &[(
            "swanwatch_alerts_dropped_total{job=\"swanwatch\",instance=\"gw1:9814\",number=\"1\",receiver=\"webhook http://pager\"}",
            "0x5 1x30",
        )],
        labels: &[("number", "1"), ("receiver", "webhook http://pager")],
        title: "Alerts were dropped",
        meaning: "More alerts waited for a receiver than are kept, or it refused some for good.",
        impact: "That receiver will not hear of a trouble that began and ended meanwhile. What still fires is told again.",
        diagnosis: &["journalctl -u swanwatch -e", "swanwatch status"],
        cure: "Look at what swanwatch shows; a receiver that refuses (400, 413, 422) does not understand the JSON that it gets.",
    },
    Health {
        alert: "SwanwatchRemedyGivenUp",
        page: "remedy-given-up",
        expression: "increase(swanwatch_remedies_total{outcome=\"given-up\"}[1h]) > 0",
        lasting: "0s",
        severity: "warning",
        case: &[(
            "swanwatch_remedies_total{job=\"swanwatch\",instance=\"gw1:9814\",kind=\"rekey\",outcome=\"given-up\"}",
            "0x5 1x30",
        )],
        labels: &[("kind", "rekey"), ("outcome", "given-up")],
        title: "A remedy was given up",
        meaning: "swanwatch tried to mend something as often in a row as it may, and no try was seen to help.",
        impact: "What is wrong stays so until somebody looks. No further try of this kind is made on that tunnel.",
        diagnosis: &["swanwatch status", "swanwatch explain CONNECTION", "swanwatch history"],
        cure: "'swanwatch explain CONNECTION' tells every try and what came of it. When the cause is mended, 'swanwatch remedy CONNECTION' begins anew.",
    },
    Health {
        alert: "SwanwatchRemedyLimited",
        page: "remedy-limited",
        expression: "increase(swanwatch_remedy_limits_reached_total[1h]) > 0",
        lasting: "0s",
        severity: "warning",
        case: &[(
            "swanwatch_remedy_limits_reached_total{job=\"swanwatch\",instance=\"gw1:9814\",kind=\"rekey\",limit=\"target\"}",
            "0x5 1x30",
        )],
        labels: &[("kind", "rekey"), ("limit", "target")],
        title: "A remedy waits for its hourly limit",
        meaning: "The same tunnel, the daemon, or all tunnels together (limit=kind) needed mending more often within an hour than swanwatch does it.",
        impact: "What is wrong now stays so until the limit has room; the finding says until when. Something breaks again and again.",
        diagnosis: &["swanwatch status", "swanwatch history", "swanwatch explain CONNECTION"],
        cure: "Find out why it breaks again after each repair: the history has every finding and every remedy with its time.",
    },
];
