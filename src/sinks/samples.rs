//! Findings, statuses and SAs for tests.

use std::time::Duration;

use crate::model::{
    Affected, Boottime, BothWays, ByDirection, Code, Coverage, DaemonKind, DaemonStatus, DeviceCounters, DeviceTraffic,
    Direction, Evidence, Feed, Finding, FindingCount, FindingPlace, HostCounters, KernelStatus, Metrics, OffloadCount,
    Protocol, Rates, RealTime, Reason, ReceiverCounts, RemedyCounts, RemedyKind, RemedyLimit, RemedyOutcome,
    RemedyState, SaKind, SaMode, SaOwner, SaRow, Severity, Source, SourceState, Span, Spi, Status, Story, Subject,
    Summary, TrafficOrder, TrafficReport, TunnelCount, WithoutTemplate, Worker,
};

/// 2026-03-01T12:00:00Z and `seconds` more.
pub(crate) const fn time(seconds: i64) -> RealTime {
    RealTime::from_micros((1_772_366_400 + seconds) * 1_000_000)
}

/// Connection `connection` in software, outbound.
pub(crate) fn finding(connection: &str) -> Finding {
    Finding {
        id: format!("sa-not-offloaded:{connection}:out"),
        code: Code::SaNotOffloaded,
        reason: Reason::DeviceNotCapable,
        severity: Severity::Warning,
        times: 1,
        subject: Subject {
            connection: Some(connection.to_owned()),
            spi: Some(Spi(0xc63b_be1f)),
            direction: Some(Span::Out),
            device: Some("eth1.7".to_owned()),
            ..Subject::default()
        },
        affected: Affected::default(),
        since: time(0),
        summary: format!("{connection} is encrypted by the CPU"),
        advice: "put the tunnel on eth1, or set nic-offload=no".to_owned(),
        evidence: vec![evidence(0, Source::Xfrm, "esp 0xc63bbe1f to 192.0.2.9 has no offload")],
        remedy: None,
    }
}

pub(crate) fn evidence(seconds: i64, source: Source, text: &str) -> Evidence {
    Evidence { time: time(seconds), at: Boottime::from_micros(1_000_000), source, text: text.to_owned() }
}

/// `tunnels` tunnels, everything on the NIC, nothing wrong.
pub(crate) fn healthy(tunnels: u64) -> Status {
    let line = |source, state, detail: &str| Coverage { source, state, detail: detail.to_owned() };
    Status {
        schema: 1,
        time: time(60),
        version: "0.1.0".to_owned(),
        kernel: KernelStatus::default(),
        daemon: DaemonStatus {
            kind: Some(DaemonKind::Libreswan),
            version: Some("4.10".to_owned()),
            state: "up".to_owned(),
            pid: Some(811),
            unit: Some("ipsec.service".to_owned()),
            since: Some(time(-7_300)),
            due: None,
        },
        summary: Summary {
            sas: tunnels * 2,
            offloaded: OffloadCount { packet: 0, crypto: tunnels * 2 },
            software: 0,
            larval: 0,
            policies: tunnels * 3,
            without_template: WithoutTemplate::default(),
            tunnels: TunnelCount { up: tunnels, down: 0, partly: 0 },
        },
        findings: Vec::new(),
        notes: Vec::new(),
        coverage: vec![
            line(Source::Xfrm, SourceState::Ok, "events and dumps"),
            line(Source::Log, SourceState::Ok, "journal of ipsec.service"),
            line(Source::Process, SourceState::Ok, "pid 811"),
        ],
    }
}

/// What a scrape shows of the healthy one with two tunnels and one finding, with names that need care.
pub(crate) fn metrics() -> Metrics {
    let Status { version, daemon, summary, coverage, .. } = healthy(2);
    let kind =
        |connection, device: Option<&str>, offload| SaKind { connection, device: device.map(str::to_owned), offload };
    let counters =
        DeviceCounters { ipsec: [("ipsec_rx_drop".to_owned(), 3)].into(), rx_dropped: Some(5), tx_dropped: None };
    Metrics {
        version,
        kernel: "6.12.0".to_owned(),
        daemon,
        summary,
        sas: [
            (kind(SaOwner::Connection("a\"b\\c\nd".to_owned()), Some("eth1"), "crypto"), 2),
            (kind(SaOwner::Unknown, None, "none"), 1),
            (kind(SaOwner::Folded, Some("eth1"), "packet"), 1),
        ]
        .into(),
        folded: 7,
        findings: [((Code::SaNotOffloaded, Severity::Warning), 1)].into(),
        open: [(FindingPlace::of(&finding("branch-9")), time(60))].into(),
        coverage,
        devices: [("eth1".to_owned(), counters)].into(),
        host: Some(HostCounters { xfrm: [("XfrmInNoStates".to_owned(), 9)].into() }),
        remedies: RemedyCounts {
            ended: [((RemedyKind::Rekey, RemedyOutcome::Done), 3)].into(),
            in_progress: [((RemedyKind::Reinstall, RemedyState::Verifying), 1)].into(),
            limits: [((RemedyKind::Rekey, RemedyLimit::OfTarget), 2)].into(),
        },
        feed: Feed {
            observations: 100,
            waited: Duration::from_millis(1_500),
            lag: Duration::from_micros(250),
            events_lost: 2,
        },
        receivers: vec![ReceiverCounts {
            receiver: "exec /usr/local/bin/page".to_owned(),
            waiting: 1,
            delivered: 2,
            failed: 3,
            dropped: 4,
        }],
    }
}

/// SA number `number` of connection `c0` to `c9`, on `eth1`.
pub(crate) fn sa(number: u32) -> SaRow {
    SaRow {
        spi: Spi(0x1000 + number),
        dst: [192, 0, 2, 9].into(),
        src: [192, 0, 2, 1].into(),
        proto: Protocol::Esp,
        mode: SaMode::Tunnel,
        direction: Some(Direction::Out),
        connection: Some(format!("c{}", number % 10)),
        instance: None,
        reqid: 16_389,
        if_id: 0,
        offload: "crypto".to_owned(),
        expected: "crypto".to_owned(),
        device: Some("eth1".to_owned()),
        state: "installed".to_owned(),
        packets: 7,
        bytes: 700,
        sequence: 7,
        packets_per_second: Some(3),
        bytes_per_second: None,
        integrity_failures: 0,
        replay_drops: 0,
        drops_per_second: None,
        encrypts: None,
        daemon: "known".to_owned(),
        added: Some(time(0)),
        esn: Some(true),
    }
}

/// `sas` SAs on one device that counts what it receives alone.
pub(crate) fn traffic(sas: u64) -> TrafficReport {
    let received = Rates {
        offloaded_packets_per_second: 15,
        software_packets_per_second: 5,
        bytes_per_second: 10_000,
        drops_per_second: 2,
    };
    let all = BothWays { received, sent: Rates { offloaded_packets_per_second: 3, ..Rates::default() } };
    let device = DeviceTraffic {
        device: Some("eth1".to_owned()),
        driver: Some("mlx5_core".to_owned()),
        offloaded_sas: 2,
        software_sas: 1,
        rates: all,
        nic_packets_per_second: ByDirection { received: Some(15), sent: None },
        encrypts: ByDirection { received: Some(Worker::Nic), sent: None },
        nic_drops_per_second: Some(0),
    };
    TrafficReport {
        schema: 1,
        time: time(0),
        window_ms: Some(10_003),
        sas_total: sas,
        all,
        devices: vec![device],
        sort: TrafficOrder::Packets,
        offset: 0,
        sas: (1..=u32::try_from(sas).unwrap_or(u32::MAX)).map(sa).collect(),
        findings: FindingCount { critical: 0, warning: 1 },
    }
}

pub(crate) fn story(about: &str) -> Story {
    Story {
        about: about.to_owned(),
        now: vec!["1 tunnel, up".to_owned()],
        lines: vec![evidence(0, Source::Log, "established"), evidence(1, Source::Xfrm, "offloaded to eth1")],
        findings: Vec::new(),
    }
}
