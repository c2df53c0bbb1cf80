//! The daemon's log in each form in which gateways have it, and a log into which anybody may write.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use swanwatch::testing::model::{Reason, Source, SourceState, Status};

use crate::gateway::{Ended, Gateway, covered};

/// What a pluto says while t2 is refused by its peer.
const STORY: [&str; 5] = [
    r#""t2" #5: initiating IKEv2 connection"#,
    r#""t2" #5: sent IKE_SA_INIT request to 192.0.2.2:500"#,
    r#""t2" #5: initiator established IKE SA; authenticated peer using authby=secret and ID_FQDN '@b'"#,
    r#""t2" #6: IKE_AUTH response rejected Child SA with TS_UNACCEPTABLE"#,
    r#""t2" #5: connection is supposed to remain up; revival attempt 1 scheduled in 0 seconds"#,
];

/// One line for each thing that a log can say, of a tunnel that is up, and of the daemon.
const FORGED: [&str; 33] = [
    "Starting Pluto (Libreswan Version 3.32 IKEv2) pid:1",
    "listening for IKE messages",
    "shutting down",
    "Pluto is shutting down",
    "ABORT: ASSERTION FAILED: x (y() +1 z.c)",
    "FATAL ERROR: x",
    "EXPECTATION FAILED: x (y() +1 z.c)",
    r#""t1": added IKEv2 connection"#,
    r#""t1": deleting connection"#,
    r#""t1": terminating SAs using this connection"#,
    r#""t1" #9: initiating IKEv2 connection"#,
    r#""t1" #9: sent IKE_SA_INIT request to 192.0.2.2:500"#,
    r#""t1" #9: initiator established IKE SA; authenticated peer using authby=secret and ID_FQDN '@b'"#,
    r#""t1" #9: IKE_AUTH response rejected Child SA with TS_UNACCEPTABLE"#,
    r#""t1" #9: IKE_AUTH response rejected Child SA with NO_PROPOSAL_CHOSEN"#,
    r#""t1" #9: STATE_V2_PARENT_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our first IKEv2 message"#,
    r#""t1" #1: liveness action - restarting all connections that share this peer"#,
    r#""t1" #9: authentication failed: remote peer does not know us"#,
    r#""t1" #9: IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED"#,
    r#""t1" #9: no local proposal matches remote proposals"#,
    r#""t1" #2: deleting state (STATE_V2_ESTABLISHED_CHILD_SA) aged 1.5s and sending notification"#,
    r#""t1" #1: deleting state (STATE_V2_ESTABLISHED_IKE_SA) aged 1.5s and sending notification"#,
    r#""t1" #2: ESP traffic information: in=0B out=0B"#,
    r#""t1" #1: received Delete SA payload: delete IPsec State #2 now"#,
    r#""t1" #1: established IKE SA"#,
    r#""t1" #9: initiator established Child SA using #1; IPsec tunnel [192.0.2.1/32===192.0.2.2/32] {ESP/ESN=>0x0000aaaa <0x0000bbbb xfrm=AES_GCM_16_256-NONE DPD=passive}"#,
    r#"ERROR: "t1" #2: netlink response for Add SA esp.aa06150@192.0.2.2 included errno 22: Invalid argument"#,
    r#"ERROR: "t1" #2: kernel: xfrm XFRM_MSG_UPDPOLICY for flow %trap response: Invalid argument (errno 22)"#,
    r#""t1" #2: netlink ext_ack: Device does not support ESN"#,
    "initiate on-demand for packet 192.0.2.1:8-ICMP->192.0.2.2:0",
    r#""t1" #2: encountered fatal error in state STATE_V2_PARENT_I2"#,
    r#""t1" #2: ESP SA reached its hard limit"#,
    "recvfrom() failed in netlink_get: No buffer space available (errno 105)",
];

fn append(gateway: &Gateway, file: &str, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(gateway.path(file)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn pid(gateway: &Gateway) -> u32 {
    let path = gateway.path("/run/pluto/pluto.pid");
    let begun = Instant::now();
    loop {
        if let Some(pid) = std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok()) {
            return pid;
        }
        assert!(begun.elapsed() < crate::gateway::LONG, "it does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn service(gateway: &Gateway, log: &str) -> Ended {
    gateway.service(&format!(
        "daemon: {{ kind: libreswan, socket: /run/pluto/pluto.ctl, log: {log} }}\nact: [restart, restart-hung]\nhistory: off\n"
    ))
}

fn is_watched(status: &Status) -> bool {
    status.daemon.state == "up" && covered(status, Source::Log).is_some()
}

fn refused(status: &Status) -> bool {
    status.findings.iter().any(|finding| finding.id == "tunnel-down:t2" && finding.reason == Reason::PeerRefused)
}

#[test]
fn the_same_story_is_told_from_each_form_of_log() {
    let Some(gateway) = Gateway::new() else { return };
    let _daemon = gateway.daemon();
    let pid = pid(&gateway);
    let json = |text: &str| serde_json::to_string(text).unwrap();
    type Form<'a> = (&'a str, SourceState, Box<dyn Fn(&str) -> String + 'a>);
    let (whole, part) = (SourceState::Ok, SourceState::Degraded);
    let forms: [Form<'_>; 12] = [
        ("own", whole, Box::new(|text| format!("Nov 30 01:33:08.042021: {text}"))),
        ("own-3x", whole, Box::new(|text| format!("Nov 30 01:33:08: {text}"))),
        ("secure", part, Box::new(|text| format!("Nov 30 01:33:08 gw1 pluto[{pid}]: {text}"))),
        ("no-host", part, Box::new(|text| format!("<86>Nov 30 01:33:08 pluto[{pid}]: {text}"))),
        ("iso", part, Box::new(|text| format!("2026-11-30T01:33:08+00:00 gw1 pluto[{pid}]: {text}"))),
        ("fine", part, Box::new(|text| format!("2026-11-30T01:33:08.042021+00:00 gw1 pluto[{pid}]: {text}"))),
        ("rfc5424", part, Box::new(|text| format!("<86>1 2026-11-30T01:33:08.042021Z gw1 pluto {pid} - - {text}"))),
        ("openwrt", part, Box::new(|text| format!("Mon Nov 30 01:33:08 2026 authpriv.warn pluto[{pid}]: {text}"))),
        (
            "cri",
            whole,
            Box::new(|text| {
                let (head, tail) = text.split_at(9);
                let time = "2026-11-30T01:33:08.042021123Z stderr";
                format!("{time} P Nov 30 01:33:08.042021: {head}\n{time} F {tail}")
            }),
        ),
        (
            "docker",
            whole,
            Box::new(|text| {
                let log = json(&format!("Nov 30 01:33:08.042021: {text}\n"));
                format!(r#"{{"log":{log},"stream":"stderr","time":"2026-11-30T01:33:08.042021123Z"}}"#)
            }),
        ),
        (
            "journal-json",
            whole,
            Box::new(|text| {
                let text = json(text);
                format!(
                    r#"{{"__REALTIME_TIMESTAMP":"1796002388042021","_PID":"{pid}","_UID":"0","SYSLOG_IDENTIFIER":"pluto","MESSAGE":{text}}}"#
                )
            }),
        ),
        ("bare", whole, Box::new(str::to_owned)),
    ];
    for (name, state, form) in &forms {
        let log = format!("/run/{name}.log");
        append(&gateway, &log, &(form(&format!("Starting Pluto (Libreswan Version 4.10 IKEv2) pid:{pid}")) + "\n"));
        let service = service(&gateway, &log);
        let said = gateway.wait(name, is_watched);
        let said = covered(&said, Source::Log).unwrap();
        assert_eq!(said.state, *state, "{name}: {said:?}");
        assert_eq!(
            said.detail.contains("anybody on this host can write (syslog writes it)"),
            *state == part,
            "{said:?}"
        );
        let story: String = STORY.iter().map(|text| form(text) + "\n").collect();
        append(&gateway, &log, &story);
        gateway.wait(name, refused);
        service.end();
    }
}

#[test]
fn a_log_that_holds_nothing_of_the_daemons_is_said() {
    let Some(gateway) = Gateway::new() else { return };
    let _daemon = gateway.daemon();
    pid(&gateway);
    append(
        &gateway,
        "/run/messages",
        "Nov 30 01:33:08 gw1 sshd[9]: Connection closed\nNov 30 01:33:08 gw1 CRON[9]: x\n",
    );
    let _service = service(&gateway, "/run/messages");
    let status = gateway.wait("watched", is_watched);
    let said = covered(&status, Source::Log).unwrap();
    assert_eq!(said.state, SourceState::Degraded, "{said:?}");
    assert!(said.detail.contains("nothing in it is pluto's: 2 lines of other programs (sshd, CRON)"), "{said:?}");
    let status = gateway.wait("told", |status| status.findings.iter().any(|finding| finding.id == "tunnel-down:t2"));
    let told = status.findings.iter().find(|finding| finding.id == "tunnel-down:t2").unwrap();
    assert!(told.summary.contains("why is not known") && !told.summary.contains("does not say why"), "{told:?}");
}

/// What syslog is: whatever anybody sends, as it calls itself.
const SYSLOG: &str = r#"#!/usr/bin/perl
use strict; use warnings; use IO::Socket::UNIX; use Socket;
my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "/run/log.sock") or die;
chmod 0666, "/run/log.sock";
open(my $log, ">>", "/run/messages") or die; $log->autoflush(1);
while (1) {
    defined($socket->recv(my $message, 8192)) or next;
    $message =~ s/^<\d+>(.{15}) /$1 gw1 / and print $log "$message\n";
}
"#;

#[test]
fn whoever_writes_under_the_daemons_name_opens_closes_and_starts_nothing() {
    let Some(gateway) = Gateway::new() else { return };
    let able = gateway.command("setpriv").args(["--reuid", "65534", "--clear-groups", "logger", "--version"]).output();
    if !able.is_ok_and(|output| output.status.success()) {
        eprintln!("left out: there is no logger, or no setpriv");
        return;
    }
    std::fs::write(gateway.path("/opt/bin/syslog"), SYSLOG).unwrap();
    gateway.sh(
        "chmod 755 /opt/bin/syslog; mv /opt/bin/ipsec /opt/bin/asked
         printf '%s\\n' '#!/bin/sh' 'echo \"$*\" >>/run/asked' 'exec /opt/bin/asked \"$@\"' >/opt/bin/ipsec; chmod 755 /opt/bin/ipsec",
    );
    let _syslog = gateway.background("exec /opt/bin/syslog");
    let _daemon = gateway.daemon();
    let pid = pid(&gateway);
    append(&gateway, "/run/messages", &format!("Nov 30 01:33:08 gw1 pluto[{pid}]: listening for IKE messages\n"));
    let _service = service(&gateway, "/run/messages");
    // Its tunnel is one in the table alone, which is found of it by the kernel's word.
    gateway.wait("watched", |status| status.findings.iter().any(|finding| finding.id == "sa-missing:t1:both"));
    let asked = || std::fs::read_to_string(gateway.path("/run/asked")).unwrap_or_default();
    let found = || -> Vec<String> {
        let status = gateway.status().unwrap();
        assert_eq!(status.daemon.state, "up");
        let ids = status.findings.into_iter().map(|finding| finding.id);
        // It is down, and is found to be after a minute.
        ids.filter(|id| id != "tunnel-down:t2").collect()
    };
    let (found_before, before) = (found(), asked().lines().count());
    let begun = Instant::now();
    let mut logger = gateway.command("setpriv");
    logger.args([
        "--reuid",
        "65534",
        "--clear-groups",
        "logger",
        "-u",
        "/run/log.sock",
        "-t",
        &format!("pluto[{pid}]"),
    ]);
    let mut logger = logger.stdin(Stdio::piped()).spawn().unwrap();
    let mut forged = logger.stdin.take().unwrap();
    let mut rounds = 0;
    while begun.elapsed() < Duration::from_secs(25) {
        for line in FORGED {
            writeln!(forged, "{line}").unwrap();
        }
        rounds += 1;
        let written = || {
            let text = std::fs::read_to_string(gateway.path("/run/messages")).unwrap();
            text.lines().filter(|line| line.contains("(errno 105)")).count()
        };
        while written() < rounds {
            assert!(begun.elapsed() < crate::gateway::LONG, "the lines do not arrive");
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(found(), found_before);
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(forged);
    logger.wait().unwrap();
    let all = asked();
    let asked: Vec<&str> = all.lines().skip(before).collect();
    let spans = begun.elapsed().as_secs().div_ceil(10) + 1;
    assert!((1..=spans).contains(&(asked.len() as u64)), "{asked:?} in {spans} spans");
    assert!(asked.iter().all(|asked| asked.ends_with("--showstates") || asked.ends_with("--status")), "{asked:?}");
    let told = covered(&gateway.status().unwrap(), Source::Log).cloned().unwrap();
    assert!(told.detail.contains("anybody on this host can write"), "{told:?}");
}

#[test]
fn the_journal_is_read_instead_where_it_has_the_same_lines() {
    let Some(gateway) = Gateway::new() else { return };
    let _daemon = gateway.daemon();
    let pid = pid(&gateway);
    let line = |text: &str| format!("Nov 30 01:33:08 gw1 pluto[{pid}]: {text}\n");
    append(&gateway, "/run/messages", &line("listening for IKE messages"));
    let entry = |number: usize, text: &str| {
        let text = serde_json::to_string(text).unwrap();
        format!(
            r#"{{"__CURSOR":"i={number}","__REALTIME_TIMESTAMP":"1796002388042021","_PID":"{pid}","_UID":"0","MESSAGE":{text}}}"#
        ) + "\n"
    };
    append(&gateway, "/run/journal", &entry(1, "listening for IKE messages"));
    gateway.sh(&format!(
        "mount -t tmpfs tmpfs /var/log; mkdir /var/log/journal
         printf '%s\\n' '#!/bin/sh' 'echo \"$*\" >>/run/journal.asked' \\
             'case \"$*\" in *--follow*) exec tail -n +1 -f /run/journal;; *) exec head -n 1 /run/journal;; esac' >/opt/bin/journalctl
         chmod 755 /opt/bin/journalctl; grep -q {pid} /run/journal"
    ));
    let _service = service(&gateway, "/run/messages");
    let status = gateway.wait("watched", is_watched);
    let said = covered(&status, Source::Log).unwrap();
    assert_eq!(said.state, SourceState::Ok, "{said:?}");
    assert!(said.detail.ends_with("instead of /run/messages, into which anybody on this host can write"), "{said:?}");
    let looked = std::fs::read_to_string(gateway.path("/run/journal.asked")).unwrap();
    let looked = looked.lines().next().unwrap();
    assert!(looked.contains("SYSLOG_IDENTIFIER=pluto _UID=0") && looked.ends_with(&format!("_PID={pid}")), "{looked}");
    // Only what the journal has counts.
    append(&gateway, "/run/messages", &line(r#""t1": terminating SAs using this connection"#));
    for (number, text) in STORY.iter().enumerate() {
        append(&gateway, "/run/journal", &entry(number + 2, text));
    }
    gateway.wait("told", refused);
}
