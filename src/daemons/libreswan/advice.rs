//! Advice in the words of ipsec-whack(8) and ipsec.conf(5).

use super::Libreswan;
use super::places::CONFIGURATION;
use super::version::major;
use super::whack::named;
use crate::daemons::{Advice, Advises};
use crate::model::{OffloadSetting, Serial};
use crate::reasons::Cure;
use crate::text::{is_shell_word, shell_word};

impl Advises for Libreswan {
    fn advice(&self, advice: Advice<'_>, version: Option<&str>) -> String {
        match advice {
            Advice::Rekey(name) => rekey(name, major(version)),
            Advice::Initiate(name) => format!("ipsec whack --initiate {} --asynchronous", words(name)),
            Advice::InitiateAndShow(name) => format!("ipsec whack --initiate {}", words(name)),
            // The script reads what it is given a second time (`eval`).
            Advice::BringUp(name) if is_shell_word(name) => format!("ipsec auto --up {name}"),
            Advice::BringUp(name) => format!("ipsec whack --initiate {}", words(name)),
            Advice::TakeDown(name) if is_shell_word(name) => format!("ipsec auto --down {name}"),
            Advice::TakeDown(name) => format!("ipsec whack --terminate {}", words(name)),
            Advice::Load(name) if is_shell_word(name) => format!("ipsec auto --add {name}"),
            Advice::Load(name) => format!("ipsec addconn -- {}", shell_word(name)),
            Advice::LoadAnew { name, file } => load_anew(name, file, major(version)),
            Advice::Unload(name) if is_shell_word(name) => format!("ipsec auto --delete {name}"),
            Advice::Unload(name) => format!("ipsec whack --delete {}", words(name)),
            Advice::Listen => "ipsec whack --listen".to_owned(),
            Advice::TakeAway(name) => load_anew(name, CONFIGURATION, major(version)),
            Advice::DeleteState(number) => delete_state(number),
            Advice::DeleteStates(states) => delete(states),
            Advice::ShowBriefly => "ipsec whack --briefstatus".to_owned(),
            Advice::ShowTraffic => "ipsec whack --trafficstatus".to_owned(),
            Advice::CheckConfiguration => "ipsec addconn --checkconfig".to_owned(),
            Advice::Offload(setting) => format!("nic-offload={}", offload(setting)),
            Advice::NoEsn => "esn=no".to_owned(),
            Advice::Esn => "esn=yes".to_owned(),
            Advice::ReplayWindow(packets) => format!("replay-window={packets}"),
            Advice::Proposed => "ike= and esp=".to_owned(),
            Advice::Ends => "left= or right=".to_owned(),
            Advice::HowToShow => "without --asynchronous it shows what happens".to_owned(),
            Advice::AesGcm => "esp=aes_gcm".to_owned(),
            Advice::UniqueIds => "uniqueids=yes".to_owned(),
            Advice::Mobike => "mobike=yes".to_owned(),
            Advice::StartAlways => "auto=start".to_owned(),
        }
    }

    fn cure(&self, cure: &Cure, _version: Option<&str>) -> &'static str {
        cure.libreswan
    }
}

/// A connection's name as whack takes it from a shell.
fn words(name: &str) -> String {
    named(name.to_owned()).map(|word| shell_word(&word)).collect::<Vec<_>>().join(" ")
}

/// From 5.0 on addconn itself takes out what is loaded by that name; the script `auto` reads what it is given a second time.
fn load_anew(name: &str, file: &str, major: Option<u32>) -> String {
    let usual = file == CONFIGURATION;
    let is_5 = major.is_some_and(|major| major >= 5);
    let from = if usual { String::new() } else { format!(" --config {}", shell_word(file)) };
    match (is_shell_word(name) && is_shell_word(file), is_5) {
        (true, true) if usual => format!("ipsec replace {name}"),
        (true, false) => format!("ipsec auto{from} --replace {name}"),
        (_, true) => format!("ipsec addconn{from} -- {}", shell_word(name)),
        (false, false) => format!("ipsec whack --delete {}; ipsec addconn{from} -- {}", words(name), shell_word(name)),
    }
}

fn delete_state(number: &str) -> String {
    format!("ipsec whack --deletestate {number}")
}

fn delete(states: &[Serial]) -> String {
    match states {
        [one] => delete_state(&one.0.to_string()),
        several => {
            let numbers: Vec<String> = several.iter().map(|state| state.0.to_string()).collect();
            format!("for state in {}; do {}; done", numbers.join(" "), delete_state("$state"))
        }
    }
}

fn rekey(name: &str, major: Option<u32>) -> String {
    let name = words(name);
    match major {
        Some(major) if major >= 5 => format!("ipsec whack --rekey-child {name} --asynchronous"),
        Some(_) => format!("ipsec whack --rekey-ipsec {name} --asynchronous"),
        None => format!("ipsec whack --rekey-ipsec {name} --asynchronous (libreswan 5: --rekey-child)"),
    }
}

/// A value of `nic-offload=`; 4.x says `yes` for `crypto` too.
const fn offload(setting: OffloadSetting) -> &'static str {
    match setting {
        OffloadSetting::No => "no",
        OffloadSetting::Auto => "auto",
        OffloadSetting::Crypto => "crypto",
        OffloadSetting::Packet => "packet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Question, Step};
    use std::path::Path;

    #[test]
    fn a_person_types_what_a_remedy_does() {
        let socket = Path::new("/run/pluto/pluto.ctl");
        for version in ["4.10", "5.2"] {
            for (advice, step) in [
                (Advice::Rekey("t1"), Step::Rekey { connection: "t1".to_owned(), state: None }),
                (Advice::Initiate("t1"), Step::Initiate { connection: "t1".to_owned() }),
            ] {
                let step = crate::daemons::AskedByProgram::step(&Libreswan, &step, socket, Some(version)).unwrap();
                let words: Vec<_> = step.iter().skip(2).map(|word| word.to_str().unwrap()).collect();
                assert_eq!(Libreswan.advice(advice, Some(version)), format!("ipsec whack {}", words.join(" ")));
            }
        }
        let brief = crate::daemons::AskedByProgram::question(&Libreswan, Question::Brief, socket, None);
        assert!(Libreswan.advice(Advice::ShowBriefly, None).ends_with(brief.last().unwrap().to_str().unwrap()));
    }

    #[test]
    fn a_name_reaches_whack_through_a_shell_as_it_is() {
        for (name, words) in [
            (
                "site@0f1e2d3c4b5a69788796a5b4c3d2e1f0@@203.0.113.7",
                "--name site@0f1e2d3c4b5a69788796a5b4c3d2e1f0@@203.0.113.7",
            ),
            ("conn with space", "--name \"conn with space\""),
            ("-dash", "--name=-dash"),
            ("--a b", "\"--name=--a b\""),
            ("it's", "--name \"it's\""),
            ("a\"b", "--name \"a\\\"b\""),
            ("büro-münchen", "--name büro-münchen"),
        ] {
            let initiate = Libreswan.advice(Advice::Initiate(name), Some("4.10"));
            assert_eq!(initiate, format!("ipsec whack --initiate {words} --asynchronous"));
            assert_eq!(
                Libreswan.advice(Advice::Rekey(name), Some("5.2")),
                format!("ipsec whack --rekey-child {words} --asynchronous")
            );
        }
        assert_eq!(Libreswan.advice(Advice::BringUp("a b"), None), "ipsec whack --initiate --name \"a b\"");
        assert_eq!(Libreswan.advice(Advice::TakeDown("t1"), None), "ipsec auto --down t1");
        assert_eq!(Libreswan.advice(Advice::TakeDown("a b"), None), "ipsec whack --terminate --name \"a b\"");
        assert_eq!(Libreswan.advice(Advice::Load("-dash"), None), "ipsec addconn -- -dash");
        assert_eq!(Libreswan.advice(Advice::Load("t1"), None), "ipsec auto --add t1");
    }

    #[test]
    fn several_states_are_deleted_by_one_command() {
        let delete = |states: &[Serial]| Libreswan.advice(Advice::DeleteStates(states), Some("5.2"));
        assert_eq!(delete(&[Serial(8)]), Libreswan.advice(Advice::DeleteState("8"), Some("5.2")));
        assert_eq!(delete(&[Serial(8), Serial(10)]), "for state in 8 10; do ipsec whack --deletestate $state; done");
    }

    #[test]
    fn where_the_version_is_not_known_both_words_are_said() {
        let said = Libreswan.advice(Advice::Rekey("t1"), None);
        assert!(said.contains("--rekey-ipsec --name t1") && said.contains("--rekey-child"), "{said}");
    }
}
