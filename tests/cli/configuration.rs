use crate::{code, stderr, stdout, swanwatch};

#[test]
fn the_example_is_right() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/swanwatch.yaml");
    let output = swanwatch(&["check-config", path]);
    assert_eq!((code(&output), stdout(&output)), (0, format!("{path}: ok\n").as_str()));
}

#[test]
fn what_the_unit_does_not_allow_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("swanwatch.yaml");
    std::fs::write(&path, "metrics: { listen: \"0.0.0.0:9814\" }\nhistory: /srv/swanwatch/history.db\n\
        daemon: { kind: libreswan, socket: /run/west/pluto.ctl, restart: [/usr/local/sbin/up] }\n\
        alerts: [{ alertmanager: \"http://127.0.0.1:9093\" }, { webhook: \"https://pager.example/x\" }, { exec: /usr/bin/true }]\n").unwrap();
    let output = swanwatch(&["check-config", path.to_str().unwrap()]);
    assert_eq!(code(&output), 0);
    let said: Vec<&str> = stdout(&output).lines().skip(1).collect();
    assert_eq!(
        said,
        [
            "metrics.listen: 0.0.0.0:9814 is reached from elsewhere: needs the drop-in remote.conf",
            "alerts: webhook https://pager.example is another host: needs the drop-in remote.conf",
            "alerts: exec /usr/bin/true: needs the drop-in command.conf",
            "daemon.restart: what /usr/local/sbin/up starts has the limits of the unit and ends with it: needs a command that has systemd \
             start it (systemctl start UNIT, systemd-run …)",
            "daemon.restart: a dead pluto's pid file in /run/west has to be removed: needs a drop-in with ReadWritePaths=-/run/west",
            "history: /srv/swanwatch/history.db is outside /var/lib/swanwatch: needs a drop-in with ReadWritePaths=/srv/swanwatch",
        ]
    );
}

#[test]
fn a_program_that_others_may_change_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, program) = (folder.path().join("swanwatch.yaml"), folder.path().join("whack"));
    std::fs::copy("/bin/true", &program).unwrap();
    for (key, value) in [("whack", program.display().to_string()), ("restart", format!("[{}]", program.display()))] {
        std::fs::write(&path, format!("daemon: {{ kind: libreswan, {key}: {value} }}\n")).unwrap();
        for (mode, expected) in [(0o777, 78), (0o755, 0)] {
            std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
            let output = swanwatch(&["check-config", path.to_str().unwrap()]);
            assert_eq!(code(&output), expected, "{key} {mode:o}: {}{}", stdout(&output), stderr(&output));
            assert_eq!(stderr(&output).contains(&format!("daemon: {key}: ")), expected != 0, "{}", stderr(&output));
        }
    }
}

#[test]
fn what_is_wrong_has_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("swanwatch.yaml");
    std::fs::write(&path, "daemon: auto\n\noffload: yes\nact: [reboot]\nofload: auto\n").unwrap();
    let path = path.to_str().unwrap();
    let output = swanwatch(&["check-config", path]);
    let expected = format!(
        "swanwatch: {path}:3:10: offload: 'yes' is not known; expected auto, required, preferred or off\n\
            swanwatch: {path}:4:7: act[0]: 'reboot' is not known; expected restart, restart-hung, rekey, reinstall or fence\n\
            swanwatch: {path}:5:1: the key 'ofload' is not known; expected daemon, offload, connections, act, metrics, alerts or history\n"
    );
    assert_eq!((code(&output), stderr(&output), stdout(&output)), (78, expected.as_str(), ""));
}

#[test]
fn a_file_that_is_not_there_is_wrong_where_it_was_named() {
    let output = swanwatch(&["check-config", "/nonexistent/swanwatch.yaml"]);
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("/nonexistent/swanwatch.yaml: cannot be read"), "{}", stderr(&output));
}

#[test]
fn what_the_example_only_shows_is_right_too() {
    let example = include_str!("../../contrib/swanwatch.yaml");
    let shown = example.replace("\n#  - ", "\n  - ");
    let read = swanwatch::testing::config::Config::parse("example".as_ref(), shown.as_bytes()).unwrap();
    let kinds: Vec<_> = read.alerts.iter().map(swanwatch::testing::sinks::alerts::Receiver::kind).collect();
    assert_eq!(kinds, ["alertmanager", "webhook", "exec"]);
}

#[test]
fn a_program_that_others_could_change_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("swanwatch.yaml");
    std::fs::write(&path, "alerts: [{exec: /nonexistent/page}]").unwrap();
    let output = swanwatch(&["check-config", path.to_str().unwrap()]);
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("alerts: exec: /nonexistent: No such file"), "{}", stderr(&output));
}

/// `daemon.log:`, by what is in the file.
#[test]
fn what_is_in_the_log_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("swanwatch.yaml"), folder.path().join("log"));
    std::fs::write(&path, format!("daemon: {{ kind: libreswan, log: {} }}\n", log.display())).unwrap();
    let said = || {
        let output = swanwatch(&["check-config", path.to_str().unwrap()]);
        assert_eq!(code(&output), 0);
        let line = stdout(&output).lines().nth(1).unwrap();
        line.strip_prefix(&format!("daemon.log: {} ", log.display())).unwrap().to_owned()
    };
    assert_eq!(said(), "is not there yet");
    let own = "Nov 30 01:33:08.727021: \"a\" #1: initiating IKEv2 connection\n";
    let syslog = "Nov 30 01:33:08 gw1 pluto[7]: \"a\" #1: initiating IKEv2 connection\n";
    let others = "Nov 30 01:33:08 gw1 sshd[7]: Connection closed\nanything\n";
    for (text, expected) in [
        ("", "holds nothing of pluto's (no line so far): "),
        (
            others,
            "holds nothing of pluto's (1 line of other programs (sshd) and 1 line of a kind that is not known, as 'anything'): ",
        ),
        (own, "holds lines of pluto"),
        (
            &[others, syslog].concat(),
            "holds lines of pluto, but anybody on this host can write there (syslog writes it): ",
        ),
    ] {
        std::fs::write(&log, text).unwrap();
        assert!(said().starts_with(expected), "{}", said());
    }
}
