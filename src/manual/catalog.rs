//! The journal's catalog: what `journalctl -x` says below an entry (systemd.io/CATALOG).

use std::fmt::Write;

use super::pages::pages;
use crate::sinks::alerts::runbook;

const HEAD: &str = "# This catalog is made from src/engine/findings; do not edit it.
# Install it in /usr/lib/systemd/catalog and run 'journalctl --update-catalog'.
";

pub fn catalog() -> String {
    let mut text = HEAD.to_owned();
    for (_, page) in pages() {
        let _ = write!(
            text,
            "\n-- {:032x}\nSubject: {}: @SWANWATCH_FINDING@\nDefined-By: swanwatch\nDocumentation: man:swanwatch(8)\n\n\
             {}\n\n{}\n\nWhat to do: {}\n\nTo see more:\n",
            page.message, page.title, page.meaning, page.impact, page.cure
        );
        for command in page.diagnosis {
            let _ = writeln!(text, "    {}", filled(command));
        }
        let _ = writeln!(text, "The runbook is {}", runbook(page.code));
    }
    text
}

/// journalctl puts the entry's own fields in.
fn filled(command: &str) -> String {
    command.replace("CONNECTION", "@SWANWATCH_CONNECTION@").replace("DEVICE", "@SWANWATCH_DEVICE@")
}
