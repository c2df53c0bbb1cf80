#[test]
fn the_readme_names_every_verb() {
    let readme = include_str!("../../README.md");
    let help = crate::swanwatch(&["--help"]);
    let help = crate::stdout(&help);
    let (_, verbs) = help.split_once("Commands:\n").unwrap();
    // What goes on in the next line stands further in.
    let verbs = verbs.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  "));
    let verbs = verbs.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_whitespace().next());
    for verb in verbs.filter(|verb| *verb != "help") {
        assert!(readme.contains(&format!("`swanwatch {verb}")), "{verb}");
    }
}

#[test]
fn the_unit_does_what_the_program_says() {
    let unit = include_str!("../../systemd/swanwatch.service");
    for line in ["Type=notify", "After=ipsec.service", "RuntimeDirectory=swanwatch", "LimitCORE=0"] {
        assert!(unit.lines().any(|found| found.starts_with(line)), "{line}");
    }
    // It must outlive the daemon.
    for word in ["Requires=", "PartOf=", "BindsTo="] {
        assert!(!unit.contains(word), "{word}");
    }
}

/// The units and drop-ins as they stand here.
const UNITS: [(&str, &str); 2] = [
    ("swanwatch.service", include_str!("../../systemd/swanwatch.service")),
    ("swanwatch@.service", include_str!("../../systemd/swanwatch@.service")),
];
const DROP_INS: [(&str, &str); 5] = [
    ("command.conf", include_str!("../../systemd/drop-ins/command.conf")),
    ("group.conf", include_str!("../../systemd/drop-ins/group.conf")),
    ("kernel-log.conf", include_str!("../../systemd/drop-ins/kernel-log.conf")),
    ("log.conf", include_str!("../../systemd/drop-ins/log.conf")),
    ("remote.conf", include_str!("../../systemd/drop-ins/remote.conf")),
];

/// What `systemd-analyze` says of both units, with these drop-ins; none where it is not here.
fn analyzed(arguments: &[&str], drop_ins: &[(&str, &str)]) -> Vec<std::process::Output> {
    let analyze = |(name, text): &(&str, &str)| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        // It may not be installed here.
        std::fs::write(&path, text.replace("=swanwatch ", concat!("=", env!("CARGO_BIN_EXE_swanwatch"), " "))).unwrap();
        let beside = folder.path().join(format!("{name}.d"));
        std::fs::create_dir(&beside).unwrap();
        drop_ins.iter().for_each(|(name, text)| std::fs::write(beside.join(name), text).unwrap());
        match std::process::Command::new("systemd-analyze").args(arguments).arg(&path).output() {
            Ok(output) => Some(output),
            Err(error) => {
                eprintln!("left out: systemd-analyze: {error}");
                None
            }
        }
    };
    UNITS.iter().filter_map(analyze).collect()
}

#[test]
fn systemd_understands_the_units_and_drop_ins() {
    for drop_ins in [&[][..], &DROP_INS] {
        for output in analyzed(&["verify"], drop_ins) {
            assert_eq!((crate::code(&output), crate::stderr(&output)), (0, ""));
        }
    }
}

#[test]
fn the_units_expose_little() {
    // In tenths: 1.9 for the units alone.
    for output in analyzed(&["security", "--offline=true", "--threshold=19"], &[]) {
        assert_eq!(crate::code(&output), 0, "{}", crate::stdout(&output));
    }
}

#[test]
fn the_unit_of_a_namespace_is_as_closed_as_the_other() {
    let [(_, base), (_, instance)] = UNITS;
    let settings = |text: &'static str| -> Vec<&str> {
        let (_, hardening) = text.split_once("CapabilityBoundingSet=").unwrap();
        hardening.lines().filter(|line| !line.starts_with('#')).collect()
    };
    assert_eq!(settings(base), settings(instance));
}
