//! Whatever the daemon takes for a name arrives as it is wherever it is shown or typed; keys arrive nowhere.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Command;

use swanwatch::testing::model::{Finding, Status};

use crate::gateway::{Ended, Gateway};
use crate::{code, stderr, stdout, swanwatch};

const CONFIGURATION: &str = "daemon: {kind: libreswan, socket: /run/pluto/pluto.ctl, log: /run/pluto/pluto.log}\n";

/// Made of an MD5 by products, given by people.
const NAMES: [&str; 13] = [
    "site@0f1e2d3c4b5a69788796a5b4c3d2e1f0@@203.0.113.7@@Customer",
    "site@00112233445566778899aabbccddeeff@@203.0.113.7@@Customer",
    "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "0x112233445566778899aabbccddeeff001122",
    "04c6c01f-5020-41da-848a-5d9e1383af14",
    "conn with space",
    "it's",
    "a\"b",
    "site (old)",
    "$(reboot)",
    "büro-münchen!",
    "-dash",
    "tun:1",
];

/// Of these the one that the daemon says is up.
const UP: &str = NAMES[5];

/// The bytes of a key that is in each place where one can be: of the shortest that there are.
const KEY: &str = "5ec2e7c0ffee5ec2";

/// What the daemon's log can have of a key. The last two are understood, the others never are.
fn with_keys(name: &str) -> Vec<String> {
    let bytes: Vec<&str> = (0..8).filter_map(|at| KEY.get(2 * at..2 * at + 2)).collect();
    let dump = bytes.join(" ");
    vec![
        format!("| SK_ei_n: 0x{KEY}{KEY}"),
        format!("|   {dump}  {dump}"),
        format!("  {dump} {dump}"),
        format!("IMPAIR: \"{name}\" #1: keymat {KEY}"),
        format!("\"{name}\" #1: up-client output: enc cbc(des) 0x{KEY}"),
        format!("\"{name}\" #1: loaded private key for keyid: PKK_RSA:{KEY}"),
        format!(
            "ERROR: \"{name}\" #1: netlink response for Add SA esp.1@192.0.2.2 key 0x{KEY}: Invalid argument (errno 22)"
        ),
        format!("\"{name}\" #1: netlink ext_ack: aead rfc4106(gcm(aes)) 0x{KEY}{KEY}cafe 128"),
    ]
}

struct Watched {
    gateway: Gateway,
    _daemon: Ended,
    _service: Ended,
}

impl Watched {
    fn new(tunnel: &str) -> Option<Self> {
        let gateway = Gateway::new()?;
        std::fs::write(gateway.path("/run/names"), NAMES.map(|name| format!("{name}\n")).concat()).unwrap();
        std::fs::write(gateway.path("/run/tunnel"), format!("{tunnel}\n")).unwrap();
        let (daemon, service) = (gateway.daemon(), gateway.service(CONFIGURATION));
        gateway.wait("joined", |status| status.daemon.state == "up" && status.summary.tunnels.down > 0);
        Some(Self { gateway, _daemon: daemon, _service: service })
    }

    fn log(&self, line: &str) {
        let log = self.gateway.path("/run/pluto/pluto.log");
        let mut log = std::fs::OpenOptions::new().append(true).open(log).unwrap();
        writeln!(log, "Nov 30 12:00:00.000001: {line}").unwrap();
    }

    fn ask(&self, verb: &[&str]) -> String {
        let socket = self.gateway.path("/run/swanwatch/swanwatch.sock");
        let output = swanwatch(&[verb, &["--socket", socket.to_str().unwrap()]].concat());
        assert!(code(&output) <= 1, "{verb:?}: {}", stderr(&output));
        stdout(&output).to_owned()
    }
}

fn told(status: &Status) -> BTreeSet<&str> {
    status.findings.iter().filter_map(|finding| finding.subject.connection.as_deref()).collect()
}

#[test]
fn every_name_is_itself_and_no_key_is_kept() {
    let Some(watched) = Watched::new(UP) else { return };
    for (name, serial) in NAMES.iter().zip((10..).step_by(2)) {
        watched.log(&format!("\"{name}\" #{serial}: initiating IKEv2 connection"));
        for line in with_keys(name) {
            watched.log(&line);
        }
        watched.log(&format!("\"{name}\" #{}: IKE_AUTH response rejected Child SA with TS_UNACCEPTABLE", serial + 1));
    }
    let missing = format!("sa-missing:{UP}:both");
    let all = |status: &Status| told(status).len() >= NAMES.len() && status.findings.iter().any(|it| it.id == missing);
    let status = watched.gateway.wait("told", all);
    assert_eq!(told(&status), NAMES.into());
    let typed = "'ipsec whack --rekey-ipsec --name \"conn with space\" --asynchronous'";
    let advice = |finding: &Finding| finding.id == missing && finding.advice.contains(typed);
    assert!(status.findings.iter().any(advice), "{:?}", status.findings);
    for finding in &status.findings {
        let name = finding.subject.connection.as_deref().unwrap();
        assert!(finding.summary.contains(name), "{finding:?}");
        let quotes = finding.id != missing;
        assert!(
            !quotes || finding.evidence.iter().any(|line| line.text.contains(&format!("\"{name}\""))),
            "{finding:?}"
        );
    }
    let bundle = watched.gateway.path("/run/b.tar.gz");
    let folder = bundle.parent().unwrap().to_owned();
    watched.ask(&["bundle", bundle.to_str().unwrap(), "--seconds", "1"]);
    assert!(Command::new("tar").arg("-xzf").arg(&bundle).arg("-C").arg(&folder).status().unwrap().success());
    let mut written = vec![watched.ask(&["status", "--json"]), watched.ask(&["history"]), watched.gateway.log()];
    let mut names = 0;
    for file in std::fs::read_dir(folder.join("swanwatch-bundle")).unwrap() {
        written.push(String::from_utf8(std::fs::read(file.unwrap().path()).unwrap()).unwrap());
    }
    for text in &written {
        let squeezed = text.replace([' ', ':'], "");
        assert!(!squeezed.contains(KEY), "a key in {text}");
        names += usize::from(text.contains(NAMES[0]));
    }
    assert!(names >= 4, "what was searched says nothing: {names} of {}", written.len());
}
