//! Findings, statuses and SAs for tests.

use std::time::Duration;

use crate::model::{
    Affected, Boottime, Code, Coverage, DaemonKind, DaemonStatus, DeviceCounters, Direction, Evidence, Feed, Finding,
    HostCounters, Metrics, OffloadCount, Owner, Protocol, RealTime, Reason, ReceiverCounts, SaKind, SaMode, SaRow,
    Severity, Source, SourceState, Span, Spi, Status, Story, Subject, Summary, TunnelCount, WithoutTemplate,
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
        daemon: DaemonStatus {
            kind: Some(DaemonKind::Libreswan),
            version: Some("4.10".to_owned()),
            state: "up".to_owned(),
            pid: Some(811),
            unit: Some("ipsec.service".to_owned()),
            since: Some(time(-7_300)),
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
            (kind(Owner::Connection("a\"b\\c\nd".to_owned()), Some("eth1"), "crypto"), 2),
            (kind(Owner::Unknown, None, "none"), 1),
            (kind(Owner::Folded, Some("eth1"), "packet"), 1),
        ]
        .into(),
        folded: 7,
        findings: [((Code::SaNotOffloaded, Severity::Warning), 1)].into(),
        coverage,
        devices: [("eth1".to_owned(), counters)].into(),
        host: Some(HostCounters { xfrm: [("XfrmInNoStates".to_owned(), 9)].into() }),
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
        daemon: "known".to_owned(),
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
