//! One observation of every kind, with something in every field that can be empty.

use std::net::IpAddr;

use crate::model::*;

/// `What::Started` first, as in every run.
pub fn every_kind() -> Vec<What> {
    let mut kinds = own();
    kinds.extend(outcomes());
    kinds.extend(kernel());
    kinds.extend(links());
    kinds.extend(daemon());
    kinds.extend(statements().into_iter().map(|says| What::Log(Box::new(line(says)))));
    kinds.push(What::Told(Box::new(line(Statement::IkeEstablished))));
    kinds
}

fn own() -> Vec<What> {
    let rule = ConnectionRule {
        pattern: "branch-*".to_owned(),
        offload: OffloadWish::Required,
        mode: Some(OffloadMode::Packet),
    };
    let act = RemedyKind::ALL.into();
    let settings = EngineSettings {
        offload: OffloadWish::Preferred,
        connections: vec![rule],
        act,
        restart_command: true,
        daemon: DaemonWish::None,
        log_named: true,
        one_way: vec!["syslog-*".to_owned()],
    };
    let started = Started {
        settings: settings.clone(),
        daemon_seen: Some(DaemonSeen { at: RealTime::from_micros(3), ago: 9, program: Some("/opt/pluto".to_owned()) }),
        seed: u64::MAX,
        netns: Netns(4_026_531_840),
        remembered: Some(Box::new(remembered())),
        ..Started::default()
    };
    let detail = "tab\there, “quotes” and a line\nbreak".to_owned();
    vec![
        What::Started(Box::new(started)),
        What::Reconfigured(settings),
        What::Misconfigured(WrongConfiguration {
            file: "/f".to_owned(),
            error: "/f:1:2: 'x'".to_owned(),
            instead: Instead::Defaults,
        }),
        What::Woke,
        What::Coverage(Coverage { source: Source::Systemd, state: SourceState::Degraded, detail }),
        What::Kept { ask: AskId(1), answer: Ok(()) },
        What::Kept { ask: AskId(2), answer: Err(Failure::Error("no room".to_owned())) },
        What::Requested(RemedyAsked { what: "t1".to_owned(), kind: Some(RemedyKind::Rekey), ..RemedyAsked::default() }),
        What::Requested(RemedyAsked {
            what: "eth1".to_owned(),
            kind: Some(RemedyKind::Evacuate),
            back: true,
            leave_packet_mode: true,
        }),
    ]
}

fn remembered() -> Remembered {
    let target = RemedyTarget::Tunnel { connection: "rw".to_owned(), instance: Some("[1] 192.0.2.209".to_owned()) };
    let at = Boottime::from_micros(7);
    let intent = Intent {
        id: RemedyId(3),
        kind: RemedyKind::Reinstall,
        target: target.clone(),
        finding: Some("sa-not-offloaded:rw:out".to_owned()),
        began: at,
        sas: vec![sa().id],
        of: vec![target.clone()],
    };
    let evacuated = Evacuation {
        device: "eth1".to_owned(),
        ifindex: 3,
        until: at,
        leave_packet_mode: true,
        returns: true,
        moved: [sa().id].into(),
        left: [sa().id].into(),
    };
    let tunnel = UpTunnel { connection: "rw".to_owned(), instance: None, at };
    Remembered {
        boot_id: "a".to_owned(),
        netns: Netns(1),
        last: RemedyId(3),
        tries: vec![Tries {
            target,
            at: vec![at],
            failures: 2,
            failed: [(RemedyKind::Rekey, 2)].into(),
            not_before: at,
            tried: [(RemedyKind::Rekey, vec![at])].into(),
            waits: [(RemedyKind::Rekey, at)].into(),
        }],
        intents: vec![intent],
        evacuated: vec![evacuated],
        tunnels: vec![tunnel],
        answered: vec!["t1".to_owned()],
        unanswered_told: [("t2".to_owned(), at)].into(),
        stopped: Some(KeptStop { at: RealTime::from_micros(3) }),
        process: Some(KeptProcess {
            pid: 7,
            start_ticks: 9,
            unit: Some("ipsec.service".to_owned()),
            restarts: 2,
            crashed: true,
        }),
    }
}

fn outcomes() -> Vec<What> {
    let offload = Some(Offload { ifindex: 3, mode: OffloadMode::Crypto, direction: Direction::Out });
    let (src, dst) = (address("192.0.2.0"), address("2001:db8::"));
    let pair = AddressPair { src, src_prefix: 24, dst, dst_prefix: 64 };
    let text = || "as was to be expected".to_owned();
    let steps = [
        (Step::Rekey { connection: "t1".to_owned(), state: None }, StepResult::Done(text())),
        (Step::Rekey { connection: "rw".to_owned(), state: Some(Serial(7)) }, StepResult::Done(text())),
        (Step::Initiate { connection: "t1".to_owned() }, StepResult::Timeout),
        (Step::RestartUnit { unit: "ipsec.service".to_owned(), main_pid: Some(7) }, StepResult::Refused(text())),
        (Step::RestartCommand, StepResult::Failed(text())),
        (Step::Continue { pid: 7, start_ticks: 9 }, StepResult::Done(text())),
        (Step::Probe { sa: sa().id, ifindex: 3, mode: OffloadMode::Crypto }, StepResult::Done(text())),
        (Step::Reinstall { sa: sa().id, direction: Direction::Out, offload }, StepResult::Lost(text())),
        (Step::Evacuate { sa: sa().id, direction: Direction::In, in_place: true }, StepResult::Done(text())),
        (Step::Fence { protect: vec![pair], release: vec![pair], lasts: 120 }, StepResult::Done(text())),
    ];
    let outcome = |(step, result)| Outcome { ask: AskId(9), remedy: RemedyId(3), step, result, took: 12 };
    steps.into_iter().map(|step| What::Outcome(Box::new(outcome(step)))).collect()
}

fn counters() -> DeviceCounters {
    DeviceCounters { ipsec: [("ipsec_rx_pkts".to_owned(), 7)].into(), rx_dropped: Some(0), tx_dropped: None }
}

fn kernel() -> Vec<What> {
    let (ask, failed) = (AskId(1 << 63), Failure::Error("no such device".to_owned()));
    let event = |event| What::Kernel(event);
    vec![
        event(Event::SaAdded(Box::new(sa()))),
        event(Event::SaUpdated(Box::new(KernelSa { algorithm: None, stage: SaStage::Larval, ..sa() }))),
        event(Event::SaDeleted { id: sa().id, last: None }),
        event(Event::SaDeleted { id: sa().id, last: Some(Box::new(sa())) }),
        event(Event::SasFlushed { protocol: Some(Protocol::Other(201)) }),
        event(Event::SaExpired { sa: Box::new(sa()), hard: true, selector: Box::new(policy().id.selector) }),
        event(Event::PolicySet(Box::new(policy()))),
        event(Event::PolicyDeleted(policy().id)),
        event(Event::PoliciesFlushed),
        event(Event::Migrated),
        event(Event::Mapped { id: sa().id, mark: Some(Mark { value: 1, mask: u32::MAX }), sender: None }),
        event(Event::Mapped { id: sa().id, mark: None, sender: Some("[2001:db8::9]:4500".parse().unwrap()) }),
        What::EventsLost { malformed: 3 },
        What::Removals(removals()),
        What::Senders { ask, answer: Ok(senders()) },
        What::Senders { ask, answer: Err(Failure::Timeout) },
        What::DumpBegin { ask, table: DumpTable::Spd },
        What::Sas { ask, rows: vec![sa(), sa()] },
        What::Policies { ask, rows: vec![policy()] },
        What::DumpEnd { ask, how: Dumped::Failed(failed.clone()), took: 1_234 },
        What::DumpEnd { ask, how: Dumped::Interrupted, took: 0 },
        What::Read { ask, id: sa().id, answer: Ok(Some(Box::new(sa()))) },
        What::Read { ask, id: sa().id, answer: Ok(None) },
        What::Read { ask, id: sa().id, answer: Err(Failure::Timeout) },
        What::Counted { ask, answer: Ok((7, 9)) },
        What::Counted { ask, answer: Err(failed.clone()) },
        What::Sampled { ask, device: "eth0".to_owned(), answer: Ok(counters()), took: 12 },
        What::Sampled { ask, device: "eth0".to_owned(), answer: Err(failed.clone()), took: 12 },
        What::HostSampled {
            ask,
            answer: Ok(HostCounters { xfrm: [("XfrmInNoStates".to_owned(), u64::MAX)].into() }),
            took: 3,
        },
        What::HostSampled { ask, answer: Err(failed), took: 3 },
    ]
}

fn removals() -> Removals {
    let kinds = [
        Removed::Sa(sa().id),
        Removed::Sas { protocol: Some(Protocol::Ah) },
        Removed::Sas { protocol: None },
        Removed::Policy { id: Some(policy().id), index: 0 },
        Removed::Policy { id: None, index: 9 },
        Removed::Policies,
    ];
    let removal = |what| Removal { at: Boottime::from_micros(7), pid: 4_711, process: "i\\u{a}p".to_owned(), what };
    Removals { rows: kinds.into_iter().map(removal).collect(), more: 3 }
}

fn senders() -> Senders {
    let src = address("2001:db8::9");
    let rows = [Dropped::NoState, Dropped::Integrity, Dropped::Replay];
    let rows = rows.map(|why| Sender { why, spi: Spi(0x00c6_3bbe), src, packets: 12 });
    Senders { rows: rows.to_vec(), more: 7, over: 10_000_123 }
}

fn links() -> Vec<What> {
    let link = Link {
        index: 3,
        name: "eth0.7".to_owned(),
        up: true,
        carrier: false,
        kind: Some("vlan".to_owned()),
        lower: Some(2),
        master: None,
        driver: Some("mlx5_core".to_owned()),
        esp_hw_offload: Some(false),
        addresses: vec![address("192.0.2.1"), address("2001:db8::1")],
    };
    let (ask, src) = (AskId(9), Some(address("192.0.2.1")));
    let query = RouteQuery { src, dst: address("192.0.2.2"), mark: 7, oif: 3 };
    let route = Route { ifindex: 4, gateway: Some(address("192.0.2.254")), table: Some(254) };
    vec![
        What::Link(link),
        What::LinkGone { index: 3 },
        What::LinksKnown,
        What::RoutesChanged,
        What::Routed { ask, query, answer: Ok(Some(route)) },
        What::Routed { ask, query: RouteQuery { src: None, ..query }, answer: Ok(None) },
        What::Routed { ask, query, answer: Err(Failure::Timeout) },
    ]
}

fn daemon() -> Vec<What> {
    let ask = AskId(5);
    let found = Daemon {
        kind: DaemonKind::Libreswan,
        known: KnownBy::Process { pid: 4_711, start_ticks: 99_999 },
        since: RealTime::from_micros(1_700_000_000_000_001),
        version: Some("5.2".to_owned()),
        unit: Some("ipsec.service".to_owned()),
        log: "journal".to_owned(),
        socket: "/run/pluto/pluto.ctl".to_owned(),
        log_addresses: Some(false),
        debug: vec!["base".to_owned()],
    };
    let listener = 31_337;
    let known = KnownBy::Socket { listener };
    let by_socket = Daemon { known, unit: None, log: "unknown".to_owned(), ..found.clone() };
    let ends = [ListenerEnd::FileGone, ListenerEnd::NobodyListens, ListenerEnd::Replaced, ListenerEnd::NotRoots];
    let unit = UnitLook {
        unit: "ipsec.service".to_owned(),
        active: "failed".to_owned(),
        sub: "failed".to_owned(),
        result: "start-limit-hit".to_owned(),
        restarts: 5,
        main_pid: None,
        restart_policy: "on-failure".to_owned(),
        flushes_on_stop: true,
        masked: true,
        enabled: true,
        queued: true,
        ran: true,
    };
    let answered = |answer| What::DaemonAnswered { ask, answer: Box::new(answer), took: 10, worked: Some(4) };
    let unread = Unread { ike: 0x1400, netlink: 1, control: 5 };
    let mut lost: Vec<_> = ends.into_iter().map(|how| What::ListenerGone(ListenerLoss { listener, how })).collect();
    let mut seen = vec![
        What::LogEnd { ask: None },
        What::LogEnd { ask: Some(ask) },
        answered(Answer::Brief(BriefStatus {
            ike: 1,
            half_open: 2,
            children: 3,
            idle_workers: Some(4),
            encrypts_itself: false,
        })),
        answered(Answer::Table(table())),
        answered(Answer::Connections(vec![connection()])),
        answered(Answer::None(Failure::Timeout)),
        What::DaemonSilent { ask, silence: Box::new(silence()) },
        What::DaemonAnsweredLate { ask },
        What::DaemonAbsent,
        What::OtherDaemons(vec![OtherDaemon { name: "charon".to_owned(), pid: 7, supported: false }]),
        What::Configured(None),
        What::Configured(Some(Box::new(configured()))),
        What::DaemonFound(Box::new(found)),
        What::Process(ProcessLook { pid: 4_711, state: RunState::Uninterruptible, unread }),
        What::Unit(unit),
        What::DaemonGone(Death { pid: 4_711 }),
        What::DaemonCallEnded { ask },
        What::DaemonFound(Box::new(by_socket)),
        What::Listener(ListenerLook { listener, waiting: 5 }),
    ];
    seen.append(&mut lost);
    seen
}

fn silence() -> Silence {
    Silence {
        pid: 4_711,
        over: 8_000_000,
        looks: Looks { running: 1, asleep: 2, uninterruptible: 3, other: 4 },
        worked: Some(1),
        waited: Some(2),
        others_worked: Some(3),
        throttled: Some(4),
        memory: Some(5),
        busy: Some(6),
        disk: Some(7),
        asker_waited: 8,
        place: Some(SleepPlace { function: Some("do_wait".to_owned()), call: Some("wait4".to_owned()) }),
        children: vec![ChildProcess { pid: 4_712, name: "_updown".to_owned() }],
        frozen: true,
    }
}

fn statements() -> Vec<Statement> {
    let (serial, spi) = (Some(Serial(7)), Spi(0x00c6_3bbe));
    let notify = Notify("TS_UNACCEPTABLE".to_owned());
    let refused = RefusedSa { protocol: Protocol::Esp, spi, dst: Some(address("192.0.2.1")) };
    vec![
        Statement::Starting { version: Some("4.10".to_owned()), pid: Some(12) },
        Statement::Listening,
        Statement::ShuttingDown,
        Statement::Dying,
        Statement::Bug,
        Statement::MissedKernelEvents,
        Statement::ConnectionAdded,
        Statement::ConnectionDeleted,
        Statement::ConnectionTerminated,
        Statement::ConnectionDown,
        Statement::NoChildSa,
        Statement::Said,
        Statement::EndsUnclear,
        Statement::AddressGone { address: address("192.0.2.1") },
        Statement::Initiating { rekeys: serial },
        Statement::Responding,
        Statement::Negotiating { inbound: Some(spi) },
        Statement::IkeEstablished,
        Statement::ChildEstablished {
            ike: serial,
            rekeys: serial,
            spis: spis(),
            selectors: Some("[192.0.2.0-192.0.2.255:0-65535 0]".to_owned()),
            esn: true,
            offload_claim: Some("crypto".to_owned()),
        },
        Statement::PeerRefused { notify: notify.clone() },
        Statement::NoAnswer,
        Statement::AuthenticationFailed,
        Statement::NoProposal,
        Statement::ChildFailed { notify: Some(notify.clone()) },
        Statement::IkeFailed { notify: Some(notify) },
        Statement::Retrying,
        Statement::Deleting { is_ike: true, established: false },
        Statement::LostWithIke { ike: serial },
        Statement::PeerDeletes,
        Statement::Expired { hard: true, direction: Direction::Out, spi },
        Statement::PeerDead,
        Statement::KernelRefused { operation: KernelOperation::AddSa, sa: Some(refused), errno: 22 },
        Statement::KernelSaid { words: "Device does not support ESN".to_owned() },
        Statement::OnDemand { src: Some(address("192.0.2.1")), dst: None },
        Statement::Missing { lines: Some(1_000) },
    ]
}

fn line(says: Statement) -> LogLine {
    let about =
        Speaker { connection: "rw".to_owned(), instance: Some("[1] 192.0.2.209".to_owned()), serial: Some(Serial(2)) };
    LogLine {
        time: Some(RealTime::from_micros(1_700_000_000_000_002)),
        pid: Some(12),
        past: true,
        forgeable: false,
        severity: LogSeverity::Error,
        about: Some(about),
        says,
        text: "\"rw\"[1] 192.0.2.209 #2: \\u{202e} and \\x07".to_owned(),
    }
}

fn table() -> StateTable {
    let child = ChildState {
        serial: Serial(2),
        ike: Some(Serial(1)),
        connection: "rw".to_owned(),
        instance: None,
        established: true,
        newest: true,
        spis: Some(spis()),
        remote: Some(address("192.0.2.2")),
        local: None,
    };
    let ike = IkeState { serial: Serial(1), connection: "rw".to_owned(), instance: None, established: true };
    StateTable { ike: vec![ike], children: vec![child], partial: false }
}

fn configured() -> ConfiguredConnections {
    let settings = [("left", Some("192.0.2.1".to_owned())), ("esp", None)];
    let one = ConfiguredConnection {
        connection: "t1".to_owned(),
        start: AtStart::BringsUp,
        settings: settings.map(|(name, value)| (name.to_owned(), value)).into(),
        certain: false,
        lacks: Some("base".to_owned()),
    };
    ConfiguredConnections {
        file: "/etc/ipsec.conf".to_owned(),
        connections: vec![one, ConfiguredConnection::default()],
    }
}

fn connection() -> LoadedConnection {
    LoadedConnection {
        connection: "rw".to_owned(),
        instance: Some("[1]".to_owned()),
        offload: Some(OffloadSetting::Auto),
        wanted_up: Some(true),
        routed: None,
        template: true,
        local: Some(address("192.0.2.1")),
        remote: None,
        oriented: Some(true),
        ike: None,
        unrouted: false,
        interface: Some("eth0".to_owned()),
        local_selector: Some("192.0.2.0/24".to_owned()),
        remote_selector: None,
        reqid: Some(16_389),
        child: crate::model::ChildSettings::default(),
    }
}

fn sa() -> KernelSa {
    let name = AlgorithmName::new(b"rfc4106(gcm(aes))");
    KernelSa {
        id: SaId {
            netns: Netns(4_026_531_840),
            dst: address("2001:db8::2"),
            spi: Spi(0xc63b_be1f),
            protocol: Protocol::Esp,
            mark: Mark { value: 5, mask: 0xff },
        },
        src: address("2001:db8::1"),
        mode: SaMode::Other(4),
        stage: SaStage::Installed,
        reqid: 16_389,
        seq: 2,
        if_id: 7,
        direction: Some(Direction::Out),
        cpu: Some(3),
        offload: Some(Offload { ifindex: 3, mode: OffloadMode::Packet, direction: Direction::Out }),
        algorithm: Some(Algorithm { name, auth: Some(name), key_bits: 160, icv_bits: 128 }),
        encapsulation: Some(Encapsulation { kind: 2, source_port: 4500, destination_port: 4500 }),
        lifetime: Lifetime::default(),
        counters: Counters { bytes: u64::MAX, packets: 1, add_time: 2, use_time: 3, ..Counters::default() },
        replay: ReplayState { sent: u64::MAX, received: 1 << 33, window: 128, esn: true },
    }
}

fn policy() -> KernelPolicy {
    let selector = Selector {
        src: address("192.0.2.0"),
        src_prefix: 24,
        dst: address("198.51.100.0"),
        dst_prefix: 24,
        protocol: 17,
        src_port: (53, u16::MAX),
        dst_port: (0, 0),
        ifindex: 3,
    };
    let (src, dst, protocol) = (address("192.0.2.1"), address("192.0.2.2"), Protocol::Ah);
    let id =
        PolicyId { netns: Netns(1), selector, direction: PolicyDirection::Forward, mark: Mark::default(), if_id: 7 };
    let template = Template { src, dst, protocol, mode: SaMode::Tunnel, reqid: 16_388, spi: Spi(1) };
    let (priority, action, templates) = (1_757_393, Action::Block, 2);
    KernelPolicy { id, index: 9, priority, action, template: Some(template), templates, offload: sa().offload }
}

fn spis() -> SpiPair {
    SpiPair { protocol: Protocol::Esp, outbound: Spi(1), inbound: Spi(u32::MAX) }
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}
