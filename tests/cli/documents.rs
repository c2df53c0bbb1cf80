use swanwatch::model::Code;

#[test]
fn the_readme_lists_every_code_and_no_other() {
    let readme = include_str!("../../README.md");
    let (_, table) = readme.split_once("## What it finds").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let mut listed: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(code, _)| code).collect();
    let mut known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}

#[test]
fn the_readme_names_every_verb() {
    let readme = include_str!("../../README.md");
    let help = crate::swanwatch(&["--help"]);
    let help = crate::stdout(&help);
    let (_, verbs) = help.split_once("Commands:\n").unwrap();
    let verbs = verbs.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
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

#[test]
fn systemd_understands_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("swanwatch.service");
    let unit = include_str!("../../systemd/swanwatch.service");
    // It may not be installed here.
    std::fs::write(&path, unit.replace("/usr/local/bin/swanwatch", env!("CARGO_BIN_EXE_swanwatch"))).unwrap();
    match std::process::Command::new("systemd-analyze").arg("verify").arg(&path).output() {
        Ok(output) => assert_eq!((crate::code(&output), crate::stderr(&output)), (0, "")),
        Err(error) => eprintln!("left out: systemd-analyze: {error}"),
    }
}
