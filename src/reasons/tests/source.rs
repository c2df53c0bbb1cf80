//! The table held against what Linux 7.3 says: `linux-7.3.tsv` has each text with its file and function.

use super::super::add::refusals;
use super::super::all;
use super::super::words::{SpokenWords, logged};

const FACTS: &str = include_str!("linux-7.3.tsv");

/// From here on the list has what is said of SAs whatever their offload; the table explains the part of it that people meet.
const WHATEVER_THE_OFFLOAD: &str = "net/xfrm/xfrm_user.c";

const AFTER: &str = "it comes after the SA was added, or while it is taken off";
const AT_LOAD: &str = "it comes when the driver starts or ends, before or after all SAs";
const PACKET: &str = "it is about a packet, not about adding an SA";
const NO_FAULT: &str = "nothing is refused with it";
const WEAK: &str = "it says that the driver had nothing to say";

/// What has no entry, and why.
const WHY_NOT: &[(&str, &str)] = &[
    ("Device failed to offload this state", WEAK),
    ("Device failed to offload this policy", WEAK),
    ("Invalid SA for delete sa_idx=%d", AFTER),
    ("no xfrm state len = %d", PACKET),
    ("no xfrm_input_state() xs = %p", PACKET),
    ("bad sa_idx=%d max=%d", PACKET),
    ("unused sa_idx=%d", PACKET),
    ("unexpected proto=%d", PACKET),
    ("tearing down IPsec offload with %d SAs left", AT_LOAD),
    ("%s: (slave %s): not same with IPsec offload real dev %s", PACKET),
    ("%s: failed to add SA", "the new slave's driver says itself why, in an entry of its own"),
    ("%s: no slave xdo_dev_state_delete", AFTER),
    ("%s: %s doesn't support xdo_dev_state_update_stats", AFTER),
    ("mlx5e: IPSec ESP acceleration enabled", NO_FAULT),
    ("IPsec was initialized without RoCE support", NO_FAULT),
    ("Query IPsec object failed (Object id %d), err = %d", AFTER),
    ("Failed to modify flow dests for IPsec", AFTER),
    ("IPsec with migration isn't supported, if migration is required update FW.", NO_FAULT),
    ("Failed to get RoCE rx ns", AT_LOAD),
    ("Failed to get RoCE tx ns", AT_LOAD),
    ("IPsec hw offload parameters missing 32 bit salt value", NO_FAULT),
    ("Invalid Rx SA selected sa_idx=%d offload_handle=%lu", AFTER),
    ("Invalid Tx SA selected sa_idx=%d offload_handle=%lu", AFTER),
    ("vf %d attempted to delete an SA", AFTER),
    ("vf %d SA index %d out of range", AFTER),
    ("vf %d bad Rx SA index %d", AFTER),
    ("vf %d bad Tx SA index %d", AFTER),
    ("%s: no xfrm state len = %d", PACKET),
    ("%s: no xfrm_input_state() xs = %p", PACKET),
    ("%s: bad sa_idx=%d handle=%lu", PACKET),
    ("%s: unused sa_idx=%d", PACKET),
    ("Unable to allocate memory for SA tables", AT_LOAD),
    ("reload rx_tbl[%d] failed = %d", AFTER),
    ("reload tx_tbl[%d] failed = %d", AFTER),
    ("%s - version %s", AT_LOAD),
    ("%s: Up", AT_LOAD),
    ("%s: Down", AT_LOAD),
    ("GCM: Invalid key length %d", "the key's length was checked before, in an entry of its own"),
    ("%s: Tx ring %u full while queue awake! cred:%d %d %d flits:%d", PACKET),
    ("Failed to invalidate SA in hardware", AFTER),
    ("Timeout to cleanup CPT IQ", AT_LOAD),
    ("Failed to detach CPT LF", AT_LOAD),
    ("Error (%d) deleting SA", AFTER),
    ("SA installed on this device", AFTER),
    ("SA alloc workqueue failed", AT_LOAD),
    ("Invalid IP header, ip-length zero", PACKET),
];

/// The table's texts of other kernels, and which.
const OTHER_KERNELS: &[(&str, &str)] = &[
    ("Encapsulation and TFC padding can't be offloaded", "up to 6.1"),
    ("Requested SPI is already in use", "earlier ones than 6.12.117"),
    ("MTIMER_THRESH attribute should not be set on output SA", "6.10 to 6.12"),
];

struct Fact {
    file: &'static str,
    function: &'static str,
    in_log: bool,
    text: &'static str,
}

fn facts() -> impl Iterator<Item = Fact> {
    FACTS.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let fields: Vec<_> = line.split('\t').collect();
        let &[file, function, how, text] = fields.as_slice() else { panic!("four fields: {line}") };
        assert!(matches!(how, "says" | "logs"), "{line}");
        Fact { file, function, in_log: how == "logs", text }
    })
}

fn of_offload() -> Vec<Fact> {
    let facts: Vec<_> = facts().take_while(|fact| fact.file != WHATEVER_THE_OFFLOAD).collect();
    assert!(facts.len() > 200, "{}", facts.len());
    facts
}

impl Fact {
    /// As it stands in the log, with the values that refuse an SA.
    fn line(&self) -> String {
        let text = self.text.replace("requires %d bit", "requires 128 bit").replace("Config cmd %d", "Config cmd 3");
        let text = text.replace("use %s", "use rfc4106(gcm(aes))").replace("%s", self.function);
        let text = text.replace("%pe", "-ENOMEM").replace("%llx", "0").replace("%x", "1").replace("%d", "-22");
        assert!(!text.contains('%') || self.is_left_out(), "{text}");
        format!("driver 0000:01:00.0: {}:77:(pid 7): {text}", self.function)
    }

    fn is_left_out(&self) -> bool {
        WHY_NOT.iter().any(|(text, _)| *text == self.text)
    }

    fn has_entry(&self) -> bool {
        if self.in_log {
            let line = self.line();
            return all().iter().any(|entry| !entry.logs.is_empty() && logged(entry, &line));
        }
        all().iter().any(|entry| entry.text == Some(self.text) && entry.source.starts_with(self.file))
    }
}

#[test]
fn each_text_of_the_kernel_has_an_entry_or_a_why_not() {
    for fact in of_offload() {
        let Fact { file, function, text, .. } = fact;
        assert!(fact.has_entry() != fact.is_left_out(), "{file} {function}: {text}");
    }
    for (text, _) in WHY_NOT {
        assert!(of_offload().iter().any(|fact| fact.text == *text), "Linux 7.3 does not say it: {text}");
    }
}

#[test]
fn what_the_table_says_of_the_kernel_is_what_the_kernel_says() {
    let older = |said: &str| OTHER_KERNELS.iter().any(|(text, _)| *text == said);
    for entry in all() {
        let Some(text) = entry.text.filter(|text| !older(text)) else { continue };
        let (file, functions) = entry.source.split_once(' ').unwrap();
        // Where the log says more than the words, the entry is of the function that logs.
        let function = |name: &str| functions.contains(name) || !entry.logs.is_empty();
        let there =
            facts().any(|fact| (fact.file, fact.text, fact.in_log) == (file, text, false) && function(fact.function));
        assert!(there, "{}: {text}", entry.source);
    }
    for refusal in refusals() {
        for text in refusal.texts {
            let whole = |said: &str| if text.ends_with(' ') { said.starts_with(text) } else { said == *text };
            let there = facts().any(|fact| whole(fact.text) && refusal.source.contains(fact.file));
            assert!(there || older(text), "{}: {text}", refusal.source);
        }
    }
}

/// No text of the kernel's is cut in two by what reads them.
#[test]
fn texts_are_read_whole() {
    for fact in facts().filter(|fact| !fact.in_log && !fact.text.starts_with("ESP: ")) {
        assert_eq!(SpokenWords::read(&format!("module: {}", fact.text)).text, fact.text);
    }
}
