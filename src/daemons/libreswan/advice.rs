//! Advice in the words of ipsec-whack(8) and ipsec.conf(5).

use super::Libreswan;
use super::version::major;
use crate::daemons::{Advice, Advises};
use crate::model::OffloadSetting;
use crate::reasons::Cure;

impl Advises for Libreswan {
    fn advice(&self, advice: Advice<'_>, version: Option<&str>) -> String {
        match advice {
            Advice::Rekey(name) => rekey(name, major(version)),
            Advice::Initiate(name) => format!("ipsec whack --initiate --name {name} --asynchronous"),
            Advice::InitiateAndShow(name) => format!("ipsec whack --initiate --name {name}"),
            Advice::BringUp(name) => format!("ipsec auto --up {name}"),
            Advice::Load(name) => format!("ipsec auto --add {name}"),
            Advice::Unload(name) => format!("ipsec auto --delete {name}"),
            Advice::Listen => "ipsec whack --listen".to_owned(),
            Advice::DeleteState(number) => format!("ipsec whack --deletestate {number}"),
            Advice::ShowBriefly => "ipsec whack --briefstatus".to_owned(),
            Advice::ShowTraffic => "ipsec whack --trafficstatus".to_owned(),
            Advice::CheckConfiguration => "ipsec addconn --checkconfig".to_owned(),
            Advice::Offload(setting) => format!("nic-offload={}", offload(setting)),
            Advice::NoEsn => "esn=no".to_owned(),
            Advice::AesGcm => "esp=aes_gcm".to_owned(),
            Advice::UniqueIds => "uniqueids=yes".to_owned(),
            Advice::StartAlways => "auto=start".to_owned(),
        }
    }

    fn cure(&self, cure: &Cure) -> &'static str {
        cure.libreswan
    }
}

fn rekey(name: &str, major: Option<u32>) -> String {
    match major {
        Some(major) if major >= 5 => format!("ipsec whack --rekey-child --name {name} --asynchronous"),
        Some(_) => format!("ipsec whack --rekey-ipsec --name {name} --asynchronous"),
        None => format!("ipsec whack --rekey-ipsec --name {name} --asynchronous (libreswan 5: --rekey-child)"),
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
    fn where_the_version_is_not_known_both_words_are_said() {
        let said = Libreswan.advice(Advice::Rekey("t1"), None);
        assert!(said.contains("--rekey-ipsec --name t1") && said.contains("--rekey-child"), "{said}");
    }
}
