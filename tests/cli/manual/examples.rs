//! Examples of each verb, and the pages that one reads next.

/// A command as it is typed, and what it does.
pub(super) type Example = (&'static str, &'static str);

/// Those of a verb; of the program where it is empty.
pub(super) fn examples(verb: &str) -> &'static [Example] {
    match verb {
        "" => &[
            ("swanwatch status", "What is wrong, worst first, and what to do about it."),
            ("swanwatch explain branch-7", "The story of one connection, in the order of time."),
            ("swanwatch sas --connection branch-7", "Its SAs: which the NIC encrypts, and which the CPU."),
            ("swanwatch status --once", "The same look without a running service, and without anything left behind."),
            (
                "swanwatch probe --connections",
                "Which of the loaded connections a NIC will refuse, before anyone negotiates.",
            ),
            ("swanwatch history --since 24h", "What was found since yesterday, and when the daemon came and went."),
            ("swanwatch remedy branch-7 --dry-run", "Each step that would mend it; nothing is done."),
            (
                "swanwatch bundle --anonymize",
                "Everything that somebody needs who was not there, without addresses and names.",
            ),
            (
                "swanwatch replay recording.jsonl",
                "A recorded run once more: what was found, and when. It needs no root.",
            ),
        ],
        "run" => &[
            ("swanwatch run", "Watch this network namespace until it is interrupted."),
            (
                "swanwatch run --record run.jsonl",
                "The same, and keep all that is seen in a file that 'swanwatch replay' reads.",
            ),
            (
                "swanwatch run --config ./test.yaml --socket ./test.sock",
                "Try a configuration beside nothing else; ask with 'swanwatch status --socket ./test.sock'.",
            ),
        ],
        "status" => &[
            ("swanwatch status", "What is wrong, worst first."),
            ("swanwatch status --once", "Without a service: looks once, and ends."),
            ("swanwatch status --json", "For a program; its 'schema' says which form it has."),
            (
                "swanwatch status --socket /run/swanwatch/west/swanwatch.sock",
                "The service that watches the network namespace 'west'.",
            ),
        ],
        "sas" => &[
            ("swanwatch sas", "Every SA."),
            ("swanwatch sas --device eth1", "Only those on this NIC."),
            ("swanwatch sas --json --connection branch-7", "One JSON object a line."),
        ],
        "top" => &[
            ("swanwatch top", "Live, until 'q'."),
            ("swanwatch top --once --sort drops --limit 5", "The five SAs that drop most, printed once."),
        ],
        "explain" => &[
            ("swanwatch explain branch-7", "The story of a connection."),
            (
                "swanwatch explain tunnel-down:branch-7",
                "The story of a finding, by the id that 'swanwatch status' shows.",
            ),
            ("swanwatch explain 0xc1d2e3f4", "The story of an SA."),
            ("swanwatch explain --measure 0xc1d2e3f4", "For ten seconds, who encrypts each of its packets."),
        ],
        "probe" => &[
            ("swanwatch probe eth1", "What this NIC takes, what it refuses, and why."),
            ("swanwatch probe --connections", "Which loaded connections will be refused; adds nothing."),
        ],
        "remedy" => &[
            ("swanwatch remedy branch-7 --dry-run", "Each step; nothing is done."),
            ("swanwatch remedy branch-7", "Do it now."),
            ("swanwatch remedy branch-7 --kind reinstall", "Another remedy than the usual one."),
        ],
        "history" => &[
            ("swanwatch history --since 24h", "The last day."),
            ("swanwatch history --since 7d --connection branch-7", "One connection, a week back."),
            ("swanwatch history --file /var/lib/swanwatch/history.db", "The file itself, where no service runs."),
        ],
        "record" => &[
            ("swanwatch record /var/lib/swanwatch/now.jsonl", "Begin; the file must not exist."),
            ("swanwatch record --stop", "End it."),
        ],
        "replay" => &[
            ("swanwatch replay now.jsonl", "What was found in a recorded run. It needs no root and touches nothing."),
            ("swanwatch replay now.jsonl --json", "For a program."),
        ],
        "bundle" => &[
            ("swanwatch bundle", "A file with today's time in its name, here."),
            (
                "swanwatch bundle --anonymize --seconds 60 case.tar.gz",
                "A recording of a minute, and no address or name of yours.",
            ),
        ],
        "check" => &[("swanwatch check", "One line and an exit status, for Nagios, Icinga and their like.")],
        "check-config" => &[
            ("swanwatch check-config", "The file that the service reads."),
            ("swanwatch check-config ./new.yaml", "One that is to replace it."),
        ],
        _ => &[],
    }
}

/// What to read beside swanwatch(8).
pub(super) fn neighbours(verb: &str) -> &'static [(&'static str, &'static str)] {
    match verb {
        "" => &[("swanwatch.yaml", "5"), ("ipsec", "8"), ("ip-xfrm", "8"), ("ethtool", "8"), ("journalctl", "1")],
        "run" => &[("swanwatch.yaml", "5"), ("swanwatch-check-config", "8"), ("systemd.service", "5")],
        "status" => &[("swanwatch-explain", "8"), ("swanwatch-check", "8"), ("swanwatch-history", "8")],
        "sas" => &[("swanwatch-top", "8"), ("swanwatch-explain", "8"), ("ip-xfrm", "8")],
        "top" => &[("swanwatch-sas", "8"), ("ethtool", "8")],
        "explain" => &[("swanwatch-status", "8"), ("swanwatch-history", "8"), ("swanwatch-remedy", "8")],
        "probe" => &[("swanwatch-sas", "8"), ("ethtool", "8")],
        "remedy" => &[("swanwatch-explain", "8"), ("swanwatch.yaml", "5")],
        "history" => &[("swanwatch-explain", "8"), ("swanwatch.yaml", "5")],
        "record" => &[("swanwatch-replay", "8"), ("swanwatch-bundle", "8")],
        "replay" => &[("swanwatch-record", "8"), ("swanwatch-bundle", "8")],
        "bundle" => &[("swanwatch-record", "8"), ("swanwatch-replay", "8")],
        "check" => &[("swanwatch-status", "8")],
        "check-config" => &[("swanwatch.yaml", "5"), ("systemd.unit", "5")],
        _ => &[],
    }
}

#[test]
fn the_command_line_takes_every_example() {
    let command = swanwatch::testing::cli::command();
    let verbs = command.get_subcommands().map(clap::Command::get_name);
    for verb in verbs.chain([""]) {
        assert!(!examples(verb).is_empty() && !neighbours(verb).is_empty(), "'swanwatch {verb}' has none here");
        for (example, _) in examples(verb) {
            let taken = command.clone().try_get_matches_from(example.split(' '));
            assert!(taken.is_ok(), "{example}: {}", taken.unwrap_err());
        }
    }
}
