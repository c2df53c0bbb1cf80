//! The manual's page of reasons, written from the table.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::add::refusals;
use super::all;
use super::entry::{CallerSees, Entry};
use crate::model::Reason;

const HEAD: &str = "# Why an SA is not on the NIC

Every condition under which the kernel is known to refuse an offload, or to leave it out without a word. `swanwatch` names the reason
where the evidence leaves only one, and says `unknown` else. The kernel's words are its extended acknowledgement: libreswan 5.1 and strongSwan
5.9.9 and later write it to their logs, and `swanwatch` reads it from the kernel whatever the daemon does. A module's name stands
before the words of a driver (`mlx5_core: …`). `DEV` is the device. Read from Linux 6.12; where a later kernel differs, it is said.

This page is made from the table in `src/reasons`; do not edit it.
";

/// Markdown.
pub fn page() -> String {
    let mut by_reason: BTreeMap<Reason, Vec<&Entry>> = BTreeMap::new();
    for entry in all() {
        by_reason.entry(entry.reason).or_default().push(entry);
    }
    let mut page = HEAD.to_owned();
    for (reason, entries) in by_reason {
        let _ = write!(
            page,
            "\n## {reason}\n\n| owner | the kernel says | what is wrong | libreswan | strongSwan |\n| --- | --- | --- | --- | --- |\n"
        );
        for entry in entries {
            let cells = [
                entry.owner.to_owned(),
                says(entry),
                cell(entry.means),
                cell(entry.cure.libreswan),
                cell(entry.cure.strongswan),
            ];
            let _ = writeln!(page, "| {} |", cells.join(" | "));
        }
    }
    page.push_str(PLAIN);
    for refusal in refusals() {
        let texts: Vec<_> = refusal.texts.iter().map(|text| format!("`{}`", cell(text.trim_end()))).collect();
        let cures = [cell(refusal.cure.libreswan), cell(refusal.cure.strongswan)];
        let cells = [refusal.reason.to_string(), texts.join(", "), cell(refusal.means), cures.join(" | ")];
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
    page
}

const PLAIN: &str = "
# Why the kernel refuses an SA whatever its offload

Other words of the kernel's, which `sa-add-failed` explains.

| reason | the kernel says | what is wrong | libreswan | strongSwan |
| --- | --- | --- | --- | --- |
";

fn says(entry: &Entry) -> String {
    let mut said: Vec<String> = entry.text.into_iter().map(|text| format!("`{}`", cell(text))).collect();
    let logs: Vec<_> = entry.logs.iter().map(|log| format!("`{}`", cell(log))).collect();
    said.extend((!logs.is_empty()).then(|| format!("in its log: {}", logs.join(", "))));
    said.push(match entry.outcome {
        CallerSees::Errors(list) => {
            let names: Vec<_> = list.iter().map(|errno| name(*errno)).collect();
            names.join(", ")
        }
        CallerSees::NotSupported => "nothing; EOPNOTSUPP for packet offload".to_owned(),
        CallerSees::Quiet => "nothing; EINVAL for packet offload".to_owned(),
        CallerSees::Silent => "nothing".to_owned(),
    });
    said.join("; ")
}

fn name(errno: u32) -> String {
    let name = match errno {
        1 => "EPERM",
        5 => "EIO",
        11 => "EAGAIN",
        12 => "ENOMEM",
        13 => "EACCES",
        16 => "EBUSY",
        19 => "ENODEV",
        22 => "EINVAL",
        28 => "ENOSPC",
        95 => "EOPNOTSUPP",
        100 => "ENETDOWN",
        110 => "ETIMEDOUT",
        121 => "EREMOTEIO",
        other => return format!("errno {other}"),
    };
    name.to_owned()
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
