//! On files that are there, and on those that no configuration should have.

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::time::{Duration, Instant};

use super::*;
use crate::daemons::dialect;
use crate::model::DaemonKind;

#[derive(Debug, Default, PartialEq)]
struct Setup(Settings, Option<String>);

impl Setup {
    fn read(path: &Path) -> Self {
        let (settings, left_out) = settings(dialect(DaemonKind::Libreswan), path);
        Self(settings, left_out)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    fn left_out(&self) -> Option<&str> {
        self.1.as_deref()
    }
}

#[test]
fn only_config_setup_counts_and_includes_are_followed() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("conf.d");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(
        inner.join("a.conf"),
        "conn west\n\tlogfile=/not/this\nconfig setup\n\tlogfile = \"/var/log/p q.log\"\n",
    )
    .unwrap();
    std::fs::write(inner.join("b.txt"), "config setup\n logfile=/nor/this\n").unwrap();
    let main = dir.path().join("ipsec.conf");
    let text = format!("# x\nconfig setup\n\tlogip=no # why\n#\tlogfile=/no\ninclude {}/*.conf\n", inner.display());
    std::fs::write(&main, text).unwrap();
    let setup = Setup::read(&main);
    assert_eq!(setup.get("logfile"), Some("/var/log/p q.log"));
    assert_eq!(setup.get("logip"), Some("no"));
    assert_eq!(setup.left_out(), None);
}

#[test]
fn nothing_is_kept_that_nobody_asks_for() {
    let dir = tempfile::tempdir().unwrap();
    let main = dir.path().join("ipsec.conf");
    let many: String = (0..1_000).map(|n| format!("\tsetting{n}=value\n")).collect();
    std::fs::write(&main, format!("config setup\n{many}\tPlutoDebug=base,private")).unwrap();
    let setup = Setup::read(&main);
    assert_eq!(setup.get("plutodebug"), Some("base,private"));
    let mut only = Settings::default();
    only.set("plutodebug", "base,private".to_owned());
    assert_eq!(setup.0, only);
}

#[test]
fn a_file_that_includes_itself_ends() {
    let dir = tempfile::tempdir().unwrap();
    let main = dir.path().join("ipsec.conf");
    std::fs::write(&main, format!("config setup\n\tlogfile=/x\ninclude {0}\ninclude {0}\n", main.display())).unwrap();
    assert_eq!(Setup::read(&main).get("logfile"), Some("/x"));
}

#[test]
fn a_missing_file_has_no_settings() {
    assert_eq!(Setup::read(Path::new("/nonexistent/ipsec.conf")), Setup::default());
}

#[test]
fn what_others_may_write_is_not_read_and_that_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let (main, inner) = (dir.path().join("ipsec.conf"), dir.path().join("inner.conf"));
    std::fs::write(&main, format!("config setup\n\tlogfile=/x\ninclude {}\n", inner.display())).unwrap();
    std::fs::write(&inner, "config setup\n\tlogfile=/y\n").unwrap();
    std::fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o666)).unwrap();
    let setup = Setup::read(&main);
    assert_eq!(setup.get("logfile"), Some("/x"));
    assert!(setup.left_out().unwrap().contains("inner.conf is writable by others"), "{setup:?}");
    std::fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(Setup::read(&main).get("logfile"), Some("/y"));
    if rustix::process::geteuid().is_root() {
        chown(&main, Some(65_534), None).unwrap();
        let setup = Setup::read(&main);
        assert_eq!(setup.get("logfile"), None);
        assert!(setup.left_out().unwrap().contains("belongs to user 65534"), "{setup:?}");
    }
}

#[test]
fn pipes_devices_folders_and_the_kernels_files_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let main = dir.path().join("ipsec.conf");
    rustix::fs::mkfifoat(rustix::fs::CWD, dir.path().join("a.conf"), rustix::fs::Mode::from(0o600)).unwrap();
    std::fs::create_dir(dir.path().join("b.conf")).unwrap();
    for (name, target) in [("c", "/dev/zero"), ("d", "/proc/kmsg"), ("e", "/sys/kernel/tracing/trace_pipe")] {
        symlink(target, dir.path().join(name).with_extension("conf")).unwrap();
    }
    std::fs::write(dir.path().join("z.conf"), "config setup\n\tlogfile=/z\n").unwrap();
    std::fs::write(&main, format!("include {}/*.conf\n", dir.path().display())).unwrap();
    let begun = Instant::now();
    assert_eq!(Setup::read(&main).get("logfile"), Some("/z"));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn forty_files_of_8_mib_are_read_to_the_bound_and_that_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let main = dir.path().join("ipsec.conf");
    // Holes: they are bytes to read, and no disk's.
    for number in 0..40 {
        let file = File::create(dir.path().join(format!("{number}.inc"))).unwrap();
        file.set_len(8 << 20).unwrap();
    }
    std::fs::write(&main, format!("config setup\n\tlogfile=/x\ninclude {}/*.inc\n", dir.path().display())).unwrap();
    let setup = Setup::read(&main);
    assert_eq!(setup.get("logfile"), Some("/x"));
    assert!(setup.left_out().unwrap().contains("it is longer than 16 MiB"), "{setup:?}");
}

#[test]
fn a_line_without_end_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let main = dir.path().join("ipsec.conf");
    let long = "x".repeat(100_000);
    std::fs::write(&main, format!("config setup\n\tlogfile=/{long}\n\tlogip=no\n\tplutodebug={long}")).unwrap();
    let setup = Setup::read(&main);
    assert_eq!((setup.get("logfile"), setup.get("logip"), setup.get("plutodebug")), (None, Some("no"), None));
}

/// Reads `swanctl.conf` of these files, as the daemon whose files may include others in the middle of a line.
fn children(files: &[(&str, &str)]) -> Option<Vec<(String, Option<String>)>> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.replace("DIR", dir.path().to_str().unwrap())).unwrap();
    }
    let read = connections(dialect(DaemonKind::Strongswan), &dir.path().join("swanctl.conf"));
    let told = read.connections?.connections;
    let mode = |one: &ConfiguredConnection| one.settings.get("mode").cloned().flatten();
    Some(told.iter().map(|one| (one.connection.clone(), mode(one))).collect())
}

#[test]
fn what_is_included_stands_where_it_is_included() {
    let gw = |mode: &str| Some(vec![("gw/t1".to_owned(), Some(mode.to_owned()))]);
    for (files, found) in [
        (
            &[
                ("swanctl.conf", "connections { gw { children { include conf.d/*.conf } } }\n"),
                ("conf.d/b.conf", "t1 { mode = transport }"),
                ("conf.d/a.conf", "t1 { mode = tunnel\n}\n"),
            ][..],
            gw("transport"),
        ),
        // Relative to the file that it stands in, by quotes, and at the end without a line feed.
        (
            &[
                ("swanctl.conf", "include conf.d/a.conf\nconnections { gw { children { t1 { mode = tunnel } } } }"),
                ("conf.d/a.conf", "include \"sub/my file.conf\""),
                (
                    "conf.d/sub/my file.conf",
                    "connections { gw { children { t1 { start_action = trap\n mode = beet } } } }",
                ),
            ],
            gw("tunnel"),
        ),
        (
            &[
                ("swanctl.conf", "include DIR/o # one\ninclude DIR/t connections { gw { children { t1 {"),
                ("o", "x = 1"),
                ("t", "y = 2"),
                ("none", ""),
            ],
            None,
        ),
        // Brackets may be closed by another file; a string may not.
        (
            &[("swanctl.conf", "connections { gw { children { include a\n}"), ("a", "t1 { mode = transport } } }\n")],
            gw("transport"),
        ),
        (&[("swanctl.conf", "include a\n\" }\n"), ("a", "x = \"open\n")], None),
        (
            &[("swanctl.conf", "include nothing-here\nconnections { gw { children { t1 { mode = drop } } } }\n")],
            gw("drop"),
        ),
        // Without end.
        (&[("swanctl.conf", "include swanctl.conf\n")], None),
    ] {
        assert_eq!(children(files), found, "{files:?}");
    }
}
