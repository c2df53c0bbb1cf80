use std::path::Path;

use super::*;
use crate::model::{ConnectionRule, DaemonKind, DaemonWish, EngineSettings, OffloadMode, OffloadWish, RemedyKind};
use crate::sinks::alerts::{Address, Receiver};

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(Path::new("x.yaml"), text.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn nothing_is_a_working_configuration() {
    for text in ["", "# daemon: auto\n", "{}", "---\n", "~"] {
        assert_eq!(parse(text), Ok(Config::default()), "{text}");
    }
}

#[test]
fn every_key_is_understood() {
    let text = r#"
connections:
  "branch-*": { offload: required, mode: packet }
  branch-9: { mode: crypto, one_way: true }
  syslog: { one_way: true }
  backup: { offload: off }
daemon: { kind: libreswan, socket: /run/two/pluto.ctl, log: /var/log/pluto.log, unit: ipsec@two.service, whack: /opt/whack, restart: [/usr/sbin/ipsec, start] }
offload: preferred
act: [rekey, restart-hung]
metrics: { listen: "[::1]:9814" }
alerts:
  - alertmanager: http://127.0.0.1:9093
  - webhook: https://pager.example/hook
  - exec: /usr/local/bin/page
history: /srv/history.db
"#;
    let rule = |pattern: &str, offload, mode| ConnectionRule { pattern: pattern.to_owned(), offload, mode };
    assert_eq!(
        parse(text).unwrap(),
        Config {
            daemon: DaemonChoice::Named(DaemonPlace {
                kind: Some(DaemonKind::Libreswan),
                socket: Some("/run/two/pluto.ctl".into()),
                log: Some(LogChoice::File("/var/log/pluto.log".into())),
                unit: Some("ipsec@two.service".to_owned()),
                program: Some("/opt/whack".into()),
                restart: ["/usr/sbin/ipsec", "start"].map(str::to_owned).into(),
            }),
            engine: EngineSettings {
                offload: OffloadWish::Preferred,
                connections: vec![
                    rule("branch-*", OffloadWish::Required, Some(OffloadMode::Packet)),
                    // The wish for all stands further down in the file.
                    rule("branch-9", OffloadWish::Preferred, Some(OffloadMode::Crypto)),
                    rule("backup", OffloadWish::Off, None),
                ],
                act: [RemedyKind::Rekey, RemedyKind::RestartHung].into(),
                restart_command: true,
                daemon: DaemonWish::Named,
                log_named: true,
                one_way: vec!["branch-9".to_owned(), "syslog".to_owned()],
            },
            metrics: Some("[::1]:9814".parse().unwrap()),
            alerts: vec![
                Receiver::Alertmanager(Address::parse("http://127.0.0.1:9093").unwrap()),
                Receiver::Webhook(Address::parse("https://pager.example/hook").unwrap()),
                Receiver::Exec("/usr/local/bin/page".into()),
            ],
            history: HistoryChoice::File("/srv/history.db".into()),
        }
    );
}

#[test]
fn the_daemon_has_five_spellings() {
    let named = |kind| DaemonPlace { kind: Some(kind), ..DaemonPlace::default() };
    let libreswan = DaemonChoice::Named(named(DaemonKind::Libreswan));
    let journal = DaemonPlace { log: Some(LogChoice::Journal), ..named(DaemonKind::Libreswan) };
    assert_eq!(parse("daemon: auto").unwrap().daemon, DaemonChoice::Auto);
    assert_eq!(parse("daemon: libreswan").unwrap().daemon, libreswan);
    let none = parse("daemon: none").unwrap();
    assert_eq!((none.daemon, none.engine.daemon), (DaemonChoice::None, DaemonWish::None));
    assert_eq!(parse("daemon: auto").unwrap().engine.daemon, DaemonWish::Auto);
    assert_eq!(parse("daemon: libreswan").unwrap().engine.daemon, DaemonWish::Named);
    assert_eq!(parse("daemon: {kind: libreswan, log: journal}").unwrap().daemon, DaemonChoice::Named(journal));
    let strongswan = parse("daemon: strongswan").unwrap();
    assert_eq!(strongswan.daemon, DaemonChoice::Named(named(DaemonKind::Strongswan)));
    assert_eq!(parse("daemon: {kind: strongswan}").unwrap().daemon, strongswan.daemon);
    assert!(!strongswan.daemon.is_found_as(&libreswan));
    let kinds = |choice: &DaemonChoice| choice.place().cloned().unwrap_or_default().kinds();
    assert_eq!(kinds(&strongswan.daemon), [DaemonKind::Strongswan]);
    assert_eq!(kinds(&DaemonChoice::Auto), DaemonKind::ALL);
}

#[test]
fn only_the_dead_are_brought_back_unless_it_is_said() {
    assert_eq!(parse("").unwrap().engine.act, [RemedyKind::Restart].into());
    assert_eq!(parse("act: []").unwrap().engine.act, [].into());
}

/// Each wrong file with the place and the words that it must be answered with.
const WRONG: &[(&str, &str)] = &[
    ("offload: yes", "x.yaml:1:10: offload: 'yes' is not known; expected auto, required, preferred or off"),
    ("# a line\n\noffload: [auto]", "x.yaml:3:10: offload: found a list, expected auto, required, preferred or off"),
    ("offload: 3", "x.yaml:1:10: offload: found the number '3', expected auto, required, preferred or off"),
    ("offload:", "x.yaml:1:9: offload: nothing stands here, expected auto, required, preferred or off"),
    (
        "daemon: auto\nacts: []",
        "x.yaml:2:1: the key 'acts' is not known; expected daemon, offload, connections, act, metrics, alerts or history",
    ),
    ("offload: auto\noffload: off", "x.yaml:2:1: the key 'offload' stands here a second time; expected it once"),
    (
        "daemon: charon",
        "x.yaml:1:9: daemon: 'charon' is not known; expected auto, libreswan, strongswan, none or a mapping of kind, socket, log, unit, whack, restart",
    ),
    (
        "metrics:\n  listen: 9814",
        "x.yaml:2:11: metrics.listen: found the number '9814', expected an IP address and a port, as 127.0.0.1:9814 \
         or \"[::1]:9814\"",
    ),
    (
        "metrics: {listen: localhost}",
        "x.yaml:1:19: metrics.listen: found 'localhost', expected an IP address and a port, as 127.0.0.1:9814 or \"[::1]:9814\"",
    ),
    ("history: history.db", "x.yaml:1:10: history: found 'history.db', expected off or an absolute path"),
    ("metrics: {}", "x.yaml:1:10: metrics: the key listen is missing; expected listen: ADDRESS:PORT"),
    (
        "daemon: {log: journal}",
        "x.yaml:1:9: daemon: the key kind is missing; expected kind: libreswan or kind: strongswan",
    ),
    ("daemon: {kind: charon}", "x.yaml:1:16: daemon.kind: 'charon' is not known; expected libreswan or strongswan"),
    (
        "daemon: {kind: strongswan, whack: /usr/sbin/swanctl}",
        "x.yaml:1:28: daemon: strongSwan is asked over its control socket, and by no program: the key whack is libreswan's alone",
    ),
    (
        "daemon:\n  kind: libreswan\n  socket: pluto.ctl",
        "x.yaml:3:11: daemon.socket: found 'pluto.ctl', expected an absolute path",
    ),
    (
        "daemon:\n  kind: libreswan\n  socket: /proc/219/root/run/pluto/pluto.ctl",
        "x.yaml:3:11: daemon.socket: found '/proc/219/root/run/pluto/pluto.ctl', which ends with that process, and may lead to another \
         one's files then; share the folder with this host instead (a volume, or a bind mount) and name it by a path outside of /proc",
    ),
    (
        "daemon:\n  kind: libreswan\n  log: syslog",
        "x.yaml:3:8: daemon.log: found 'syslog', expected journal or an absolute path",
    ),
    (
        "daemon: {kind: libreswan, unit: a/b}",
        "x.yaml:1:33: daemon.unit: found 'a/b', expected a unit's name, as ipsec.service",
    ),
    (
        "daemon: {kind: libreswan, restart: [ipsec, start]}",
        "x.yaml:1:37: daemon.restart[0]: found 'ipsec', expected the absolute path of a program",
    ),
    (
        "daemon: {kind: libreswan, restart: ipsec start}",
        "x.yaml:1:36: daemon.restart: found 'ipsec start', expected a list of a program's absolute path and its arguments, as [/usr/sbin/ipsec, start]",
    ),
    (
        "daemon: {kind: libreswan, restart: []}",
        "x.yaml:1:36: daemon.restart: found an empty list, expected a list of a program's absolute path and its arguments, as [/usr/sbin/ipsec, start]",
    ),
    (
        "daemon: {kind: libreswan, kind: libreswan}",
        "x.yaml:1:27: daemon: the key 'kind' stands here a second time; expected it once",
    ),
    (
        "connections: [a]",
        "x.yaml:1:14: connections: found a list, expected a mapping from connection names or patterns to their exceptions",
    ),
    ("connections:\n  a: {}", "x.yaml:2:6: connections.a: an empty exception; expected offload, mode or one_way"),
    (
        "connections:\n  a: {offload: off, mode: crypto}",
        "x.yaml:2:6: connections.a: a mode beside offload: off; expected one of the two",
    ),
    (
        "connections:\n  a: {mode: both}",
        "x.yaml:2:13: connections.a.mode: 'both' is not known; expected crypto or packet",
    ),
    (
        "connections:\n  a: {mode: crypto}\n  a: {mode: packet}",
        "x.yaml:3:3: connections: 'a' stands here a second time; expected it once",
    ),
    (
        "connections:\n  a: {modus: crypto}",
        "x.yaml:2:7: connections.a: the key 'modus' is not known; expected offload, mode or one_way",
    ),
    ("alerts: http://a/", "x.yaml:1:9: alerts: found 'http://a/', expected a list of receivers, as - webhook: URL"),
    (
        "alerts:\n  - pager: http://a/",
        "x.yaml:2:5: alerts[0]: the key 'pager' is not known; expected alertmanager, webhook or exec",
    ),
    (
        "alerts:\n  - exec: /bin/true\n  - webhook: a.example/hook",
        "x.yaml:3:14: alerts[1].webhook: found 'a.example/hook', expected an address, as https://HOST/PATH, without a name or password in it",
    ),
    ("alerts:\n  - exec: page", "x.yaml:2:11: alerts[0].exec: found 'page', expected an absolute path"),
    ("alerts: [{}]", "x.yaml:1:10: alerts[0]: an empty receiver; expected alertmanager, webhook or exec"),
    (
        "alerts:\n  - webhook: http://a/\n    exec: /bin/true",
        "x.yaml:3:5: alerts[0]: 'exec' beside another receiver; expected one in each item",
    ),
    (
        "alerts:\n  - webhook: http://a/x\n  - webhook: http://a/x",
        "x.yaml:3:5: alerts[1]: 'webhook http://a' stands here a second time; expected it once",
    ),
    ("act: rekey", "x.yaml:1:6: act: found 'rekey', expected a list of the remedies that may act, as [restart, rekey]"),
    (
        "act: [rekey, reboot]",
        "x.yaml:1:14: act[1]: 'reboot' is not known; expected restart, restart-hung, rekey, reinstall or fence",
    ),
    ("act: [rekey, rekey]", "x.yaml:1:14: act[1]: 'rekey' stands here a second time; expected it once"),
    (
        "- daemon",
        "x.yaml:1:1: found a list, expected a mapping of daemon, offload, connections, act, metrics, alerts, history",
    ),
    (
        "offload: \"\\e[2J\"",
        "x.yaml:1:10: offload: '\\u{1b}[2J' is not known; expected auto, required, preferred or off",
    ),
];

#[test]
fn what_is_wrong_is_answered_with_its_place_and_what_was_expected() {
    for (text, message) in WRONG {
        assert_eq!(parse(text).unwrap_err(), *message, "{text}");
    }
}

#[test]
fn what_is_no_yaml_is_answered_with_its_place_and_in_plain_words() {
    for (text, message) in [
        ("offload: auto\ndaemon: {", "x.yaml:3:1: "),
        ("offload: auto: off", "x.yaml:1:14: a ':' stands where none can be"),
        ("\"", "x.yaml:"),
        ("*x", "x.yaml:1:1: an alias ('*') has no anchor"),
        ("daemon:\n\tkind: libreswan", "x.yaml:2:1: a tab stands here; YAML is indented by spaces alone"),
        ("\toffload: auto", "x.yaml:1:1: a tab stands here"),
        ("offload: auto\nact:\n  \t- rekey", "x.yaml:3:"),
        ("{{{", "x.yaml:"),
        ("offload: {{ offload }}", "x.yaml:1:"),
        ("daemon: @x", "x.yaml:1:9: no text begins with '@' but in quotes"),
        ("act: [rekey", "x.yaml:2:1: the list that '[' began goes on wrongly"),
        ("act:\n  - rekey\n - restart", "x.yaml:3:2: "),
        ("offload: auto\n---\noffload: off", "x.yaml:1:1: a second document begins"),
        ("[a]: 1", "x.yaml:1:1: a list or a mapping stands where a key is to be"),
    ] {
        let said = parse(text).unwrap_err();
        assert!(said.starts_with(message), "{text}: {said}");
        for library in ["invalid", "expected key", "unit value", "token", "while", "EOF", "this is no YAML", "library"]
        {
            assert!(!said.contains(library), "{text}: {said}");
        }
        assert!(!text.contains("{{") || said.contains("template"), "{text}: {said}");
    }
    assert!(Config::parse(Path::new("x.yaml"), b"\xff\xfe").is_err());
}

#[test]
fn what_is_empty_or_of_another_kind_is_said_so() {
    for (text, said) in [
        ("offload: null", "x.yaml:1:10: offload: nothing stands here, expected auto, required, preferred or off"),
        ("act: ~", "x.yaml:1:6: act: nothing stands here, expected a list of the remedies"),
        ("daemon:", "x.yaml:1:8: daemon: nothing stands here, expected auto, libreswan, strongswan, none or a mapping"),
        ("offload: true", "x.yaml:1:10: offload: found true, expected auto"),
        ("history: 1.5", "x.yaml:1:10: history: found the number '1.5', expected off or"),
        ("history: !secret x", "x.yaml:1:10: history: found a tag ('!'), expected off or"),
        ("metrics: {listen: {a: 1}}", "x.yaml:1:19: metrics.listen: found a mapping, expected an IP address"),
        ("alerts: [~]", "x.yaml:1:10: alerts[0]: nothing stands here, expected a mapping of one of"),
    ] {
        let found = parse(text).unwrap_err();
        assert!(found.starts_with(said), "{text}: {found}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let missing = Path::new("/nonexistent/swanwatch.yaml");
    let message = Config::load(Some(missing)).unwrap_err().to_string();
    assert!(message.starts_with("/nonexistent/swanwatch.yaml: cannot be read: "), "{message}");
}

#[test]
fn a_file_without_end_is_not_read_to_its_end() {
    assert!(matches!(Config::load(Some(Path::new("/dev/zero"))), Err(ConfigError::TooLarge { .. })));
}
