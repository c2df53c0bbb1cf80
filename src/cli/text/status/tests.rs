use jiff::tz::TimeZone;

use super::*;
use crate::model::{Abilities, Affected, Coverage, DaemonDue, Source, SourceState, UNKNOWN};
use crate::sinks::samples::{finding, healthy, time};

const PLAIN: Style = Style { colour: false, width: 80, zone: TimeZone::UTC };

#[test]
fn a_healthy_gateway() {
    let expected = "\
All is well: no problem found.
daemon   libreswan 4.10, up for 2 h 2 min, pid 811, ipsec.service
SAs      100,000: 100,000 on the NIC, 0 on the CPU
tunnels  50,000 up
policies 150,000

watched  xfrm, log, process
";
    assert_eq!(status(&healthy(50_000), false, &PLAIN), expected);
}

#[test]
fn a_hundred_thousand_healthy_sas_are_one_screen_on_the_narrowest_terminal() {
    let text = status(&healthy(50_000), false, &Style { width: 40, ..PLAIN });
    assert!(text.lines().count() <= 25, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
}

#[test]
fn problems_are_told_with_what_to_do() {
    let mut sick = healthy(2);
    let mut lost = finding("t2");
    lost.severity = Severity::Critical;
    lost.summary = "eth1 went down and dropped its SAs".to_owned();
    lost.advice = "bring eth1 up; pluto makes new SAs at the next rekey or restart, and not before that".to_owned();
    lost.times = 3;
    lost.affected =
        Affected { sas: 20, connections: 10, list: (0..9).map(|number| format!("c{number}")).collect(), more: 1 };
    sick.findings = vec![lost, finding("t1")];
    sick.summary.software = 1;
    sick.summary.offloaded.crypto = 2;
    sick.summary.offloaded.packet = 1;
    sick.summary.larval = 1;
    sick.summary.tunnels = crate::model::TunnelCount { up: 1, down: 1, partly: 1 };
    sick.coverage[1].state = SourceState::Degraded;
    sick.coverage[1].detail = "the journal dropped lines".to_owned();
    let expected = "\
2 problems, 1 of them critical.
daemon   libreswan 4.10, up for 2 h 2 min, pid 811, ipsec.service
SAs      4: 3 on the NIC (2 crypto, 1 packet offload), 1 on the CPU; 1 larval
tunnels  1 up, 1 one way only, 1 down
policies 6

CRITICAL  eth1 went down and dropped its SAs
  do: bring eth1 up; pluto makes new SAs at the next rekey or restart, and not
      before that
  affects 20 SAs of 10 connections: c0, c1, c2, c3, c4, c5 and 4 more
  since 2026-03-01 12:00:00 (1 min), 3 times, device-not-capable
  more: swanwatch explain sa-not-offloaded:t2:out

WARNING   t1 is encrypted by the CPU
  do: put the tunnel on eth1, or set nic-offload=no
  since 2026-03-01 12:00:00 (1 min), device-not-capable
  more: swanwatch explain sa-not-offloaded:t1:out

watched  xfrm, process
partly   log: the journal dropped lines
";
    assert_eq!(status(&sick, false, &PLAIN), expected);
}

#[test]
fn a_thousand_problems_are_cut() {
    let mut sick = healthy(2);
    sick.findings = (0..1_000).map(|number| finding(&format!("t{number}"))).collect();
    let text = status(&sick, false, &PLAIN);
    assert!(text.starts_with("1,000 problems, nothing critical."), "{text}");
    assert!(text.contains("and 975 problems more; 'swanwatch status --json' shows all"), "{text}");
    assert!(text.lines().count() < 200);
}

#[test]
fn what_peers_wrote_reaches_no_terminal() {
    let mut sick = healthy(2);
    let mut evil = finding("t1");
    evil.id = "tunnel-down:a'\u{1b}[2J".to_owned();
    evil.summary = "peer says \u{202e}llew si lla\nAll is well".to_owned();
    evil.affected = Affected { sas: 1, connections: 1, list: vec!["\u{9b}31m".to_owned()], more: 0 };
    sick.findings = vec![evil];
    sick.daemon.version = Some("4\u{7}".to_owned());
    sick.coverage[0].detail = "\u{1b}]0;x".to_owned();
    sick.coverage[0].state = SourceState::Absent;
    let text = status(&sick, false, &PLAIN);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    assert!(!text.contains('\u{202e}'));
    assert!(text.contains("peer says \\u{202e}llew si lla\\u{a}All is well"), "{text}");
    assert!(text.contains("explain $'tunnel-down:a\\'\\033[2J'"), "{text}");
}

#[test]
fn no_daemon_and_no_source_are_said_in_the_first_line() {
    let mut bare = healthy(0);
    bare.daemon = DaemonStatus {
        kind: None,
        version: None,
        state: "absent".to_owned(),
        pid: None,
        unit: None,
        since: None,
        due: None,
    };
    assert!(status(&bare, false, &PLAIN).starts_with("No problem found, but the daemon is absent.\n"));
    bare.daemon.state = UNKNOWN.to_owned();
    let text = status(&bare, false, &PLAIN);
    assert!(text.starts_with("swanwatch has just begun, and has not seen everything yet.\n"), "{text}");
    assert!(text.contains("\ndaemon   unknown: no IKE daemon was seen in this network namespace yet\n"), "{text}");
    bare.daemon.state = "absent".to_owned();
    for (state, first, line) in [
        (DueState::Unknown, "No problem found, but no IKE daemon runs here, and nothing says", "absent: so it is\n"),
        (DueState::None, "No problem found, and no IKE daemon is to run here.", "absent: so it is\n"),
        (DueState::Stopped, "No problem found, but the IKE daemon was stopped by order.", "absent: so it is\n"),
        (DueState::Due, "No IKE daemon runs here, and one is due.", "absent: one is due: so it is\n"),
        (DueState::Unsupported, "The IKE daemon that runs here is not supported", "absent: so it is\n"),
    ] {
        bare.daemon.due = Some(DaemonDue { state, why: "so it is".to_owned() });
        let text = status(&bare, false, &PLAIN);
        assert!(text.starts_with(first) && text.contains(&format!("\ndaemon   {line}")), "{text}");
    }
    let mut partly = healthy(1);
    partly.coverage.push(Coverage {
        source: Source::Systemd,
        state: SourceState::Absent,
        detail: "no systemd: whether a stop was ordered cannot be known".to_owned(),
    });
    let text = status(&partly, false, &PLAIN);
    assert!(text.starts_with("No problem found, as far as can be seen from here"), "{text}");
    assert!(text.ends_with("not      systemd: no systemd: whether a stop was ordered cannot be known\n"), "{text}");
}

#[test]
fn a_tunnel_that_is_not_up_is_not_well() {
    let mut negotiating = healthy(2);
    negotiating.summary.tunnels.down = 1;
    assert!(
        status(&negotiating, false, &PLAIN).starts_with("No problem found so far, but 1 tunnel is not fully up.\n")
    );
    negotiating.summary.tunnels.partly = 1;
    assert!(
        status(&negotiating, false, &PLAIN).starts_with("No problem found so far, but 2 tunnels are not fully up.\n")
    );
}

#[test]
fn colours_mark_the_verdict_and_the_severity() {
    let mut sick = healthy(1);
    sick.findings = vec![finding("t1")];
    let text = status(&sick, false, &Style { colour: true, ..PLAIN });
    assert!(text.starts_with("\u{1b}[33m1 problem, nothing critical.\u{1b}[0m\n"), "{text}");
    assert!(text.contains("\u{1b}[33mWARNING\u{1b}[0m   t1 is"), "{text}");
    assert_eq!(sick.time, time(60));
}

#[test]
fn what_lets_packets_pass_is_told_from_what_every_daemon_lets_pass() {
    let shown = |pass, bypass, block| {
        let mut status_ = healthy(1);
        status_.summary.policies = 10;
        status_.summary.without_template = crate::model::WithoutTemplate { pass, bypass, block };
        let text = status(&status_, false, &Style { width: 120, ..PLAIN });
        text.lines().find_map(|line| line.strip_prefix("policies ")).unwrap().to_owned()
    };
    assert_eq!(shown(10, 10, 0), "10: 10 bypass (IKE, neighbour discovery)");
    assert_eq!(
        shown(4, 3, 1),
        "10: 3 bypass (IKE, neighbour discovery), 1 lets packets pass in clear, 1 drops packets"
    );
    assert_eq!(shown(2, 0, 2), "10: 2 let packets pass in clear, 2 drop packets");
}

#[test]
fn a_remedy_that_is_advised_repeats_no_advice() {
    let shown = |advice: &str, state, why: &str| {
        let mut sick = healthy(1);
        let mut down = finding("t1");
        down.advice = advice.to_owned();
        down.remedy = Some(crate::model::Remedy { kind: crate::model::RemedyKind::Rekey, state, why: why.to_owned() });
        sick.findings = vec![down];
        let text = status(&sick, false, &Style { width: 200, ..PLAIN });
        text.lines().find_map(|line| line.trim_start().strip_prefix("rekey ")).map(str::to_owned)
    };
    use crate::model::RemedyState::{Advised, Waiting};
    let why = "'act:' in the configuration does not allow it; by hand: whack --rekey t1";
    assert_eq!(shown("whack --rekey t1 makes a new pair", Advised, why), None);
    let more = shown("whack --rekey t1 makes a new pair", Advised, &format!("{why}, and so for 2 more"));
    assert_eq!(more.as_deref(), Some("advised: and so for 2 more"));
    assert_eq!(shown("ethtool -K eth0 esp-hw-offload on", Advised, why), Some(format!("advised: {why}")));
    let waits = shown("whack --rekey t1 makes a new pair", Waiting, "not before 2026-03-01T12:00:00Z");
    assert_eq!(waits.as_deref(), Some("waiting: not before 2026-03-01 12:00:00"));
}

#[test]
fn after_a_recording_all_is_as_well_as_before() {
    let mut recorded = healthy(1);
    let detail = crate::recording::NO_RECORDING.to_owned();
    recorded.coverage.push(Coverage { source: Source::Recording, state: SourceState::Absent, detail });
    let text = status(&recorded, false, &PLAIN);
    assert!(text.starts_with("All is well") && !text.contains("recording"), "{text}");
}

#[test]
fn what_the_kernel_can_do_is_said_where_it_is_asked_for() {
    let mut host = healthy(2);
    let shown = |host: &Status, verbose| status(host, verbose, &Style { width: 2000, ..PLAIN });
    assert!(!shown(&host, true).contains("kernel "));
    host.kernel = KernelStatus { release: "6.12.0-55.el10".to_owned(), abilities: Abilities::LINUX_6_12 };
    host.kernel.abilities.migrates_offload = None;
    assert!(!shown(&host, false).contains("el10"));
    let expected = "\nkernel   6.12.0-55.el10: it can have drivers say why they refuse an SA, and offload in packet mode; it cannot keep \
        packet mode from sending unencrypted by another device, nor tell a bond's driver which interface it works for, nor look at the \
        device before it looks for esp4_offload or esp6_offload; it does not say whether it can keep the offload of an SA that moves to \
        other addresses\n";
    assert!(shown(&host, true).ends_with(expected), "{}", shown(&host, true));
    host.kernel.abilities = Abilities::default();
    assert!(shown(&host, true).contains("el10: it does not say whether it can have drivers say"));
}
