//! Names that are no connection's, SA's or finding's own: a finding's code, its alert's name, a device, `daemon`. They mean every open
//! finding that has them.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::cli::client::Client;
use crate::cli::{CommandFailure, text};
use crate::manual::page;
use crate::model::{Code, Finding, Status, Story};
use crate::sinks::alerts::name as alert;

/// The daemon as a whole.
const DAEMON: &str = "daemon";

/// How many stories are told. More than these nobody reads.
const STORIES: usize = 25;

/// Longer is no code that somebody mistyped.
const LONGEST: usize = 40;

/// How many names are suggested.
const SUGGESTED: usize = 4;

/// What is known by such a name, and its JSON.
pub(super) async fn find(client: &Client, what: &str) -> Result<(Story, String), CommandFailure> {
    let missing = || CommandFailure::other("the service does not know 'status'".to_owned());
    let (status, _) = client.get::<Status>("/v1/status").await?.ok_or_else(missing)?;
    let codes = codes(what);
    let is_meant =
        |finding: &&Finding| codes.contains(&finding.code) || finding.subject.device.as_deref() == Some(what);
    let open: Vec<&Finding> = status.findings.iter().filter(is_meant).collect();
    if open.is_empty() && codes.is_empty() {
        return Err(CommandFailure::other(unknown(what)));
    }
    let mut story = if open.is_empty() { none_open(what, &codes) } else { told(client, what, open).await? };
    if what == DAEMON {
        story.now.insert(0, text::daemon(&status));
    }
    let json = serde_json::to_string(&story)? + "\n";
    Ok((story, json))
}

/// The codes that a person means. Of several words one is enough for the daemon.
fn codes(what: &str) -> Vec<Code> {
    let word = what.to_ascii_lowercase().replace('_', "-");
    let is_meant = |code: &Code| {
        let of_daemon = word == DAEMON && code.as_str().starts_with("daemon-");
        of_daemon || code.as_str() == word || alert(*code).eq_ignore_ascii_case(&word)
    };
    Code::ALL.into_iter().filter(is_meant).collect()
}

/// One story out of those of all of them.
async fn told(client: &Client, what: &str, open: Vec<&Finding>) -> Result<Story, CommandFailure> {
    let mut story = Story {
        about: format!("{what}: {}", text::counted(open.len() as u64, "open finding")),
        now: Vec::new(),
        lines: Vec::new(),
        findings: Vec::new(),
    };
    for finding in open.iter().take(STORIES) {
        let path = format!("/v1/explain/{}", utf8_percent_encode(&finding.id, NON_ALPHANUMERIC));
        // It may have closed since.
        let Some((one, _)) = client.get::<Story>(&path).await? else { continue };
        for line in one.lines {
            if !story.lines.contains(&line) {
                story.lines.push(line);
            }
        }
    }
    story.lines.sort_by_key(|line| (line.time, line.at));
    story.findings = open.into_iter().cloned().collect();
    Ok(story)
}

/// What the codes mean, as their runbooks have it.
fn none_open(what: &str, codes: &[Code]) -> Story {
    let mut now = Vec::new();
    for page in codes.iter().filter_map(|code| page(*code)) {
        now.push(format!("{}: {}", page.code, page.meaning));
        // One is asked for: all of it is wanted.
        if codes.len() == 1 {
            now.push(format!("impact: {}", page.impact));
            now.push(format!("do: {}", page.cure));
        }
    }
    Story { about: format!("{what}: no such finding is open"), now, lines: Vec::new(), findings: Vec::new() }
}

fn unknown(what: &str) -> String {
    let word = what.to_ascii_lowercase();
    let near = |code: &&str| {
        let typed_wrong = word.len() <= LONGEST && distance(code, &word) <= 2;
        word.len() > 2 && (code.contains(&word) || typed_wrong || shares_a_word(code, &word))
    };
    let near: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).filter(near).take(SUGGESTED).collect();
    let suggested = if near.is_empty() { String::new() } else { format!("; is {} meant?", near.join(" or ")) };
    format!(
        "nothing is known by the name '{what}': expected a connection, an SPI, a device, '{DAEMON}', or a finding's id or code as \
         'swanwatch status' shows them{suggested}"
    )
}

/// How many letters have to be put in, taken out or changed (Levenshtein), for words of ASCII.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, letter) in one.bytes().enumerate() {
        let mut diagonal = done;
        let mut left = done + 1;
        for (cell, found) in row.iter_mut().zip(std::iter::once(None).chain(other.bytes().map(Some))) {
            let Some(found) = found else {
                *cell = left;
                continue;
            };
            let changed = diagonal + usize::from(found != letter);
            diagonal = *cell;
            left = changed.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

fn shares_a_word(code: &str, typed: &str) -> bool {
    let long = |word: &str| word.len() > 4;
    typed.split(['-', '_', ' ']).filter(|word| long(word)).any(|word| code.split('-').any(|known| known == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_by_its_name_its_alert_and_the_daemon_by_all_of_its() {
        for name in ["daemon-crashed", "DAEMON_CRASHED", "SwanwatchDaemonCrashed"] {
            assert_eq!(codes(name), [Code::DaemonCrashed], "{name}");
        }
        let daemon = codes("daemon");
        assert!(daemon.len() > 2 && daemon.contains(&Code::DaemonHung) && !daemon.contains(&Code::TunnelDown));
        for name in ["", "t1", "daemons", "crashed", "daemon-"] {
            assert!(codes(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn what_is_not_open_is_told_as_what_it_means() {
        let one = none_open("tunnel-down", &[Code::TunnelDown]);
        let page = page(Code::TunnelDown).unwrap();
        assert_eq!(one.about, "tunnel-down: no such finding is open");
        assert_eq!(one.now[0], format!("tunnel-down: {}", page.meaning));
        assert_eq!(one.now.len(), 3);
        assert_eq!(none_open("daemon", &codes("daemon")).now.len(), codes("daemon").len());
    }

    #[test]
    fn letters_are_put_in_taken_out_and_changed() {
        for (one, other, letters) in
            [("", "", 0), ("", "ab", 2), ("abc", "", 3), ("kitten", "sitting", 3), ("abcd", "abdc", 2)]
        {
            assert_eq!((distance(one, other), distance(other, one)), (letters, letters), "{one} {other}");
        }
    }

    #[test]
    fn a_name_that_is_near_a_code_is_answered_with_it() {
        assert!(unknown("crashed").ends_with("; is daemon-crashed meant?"), "{}", unknown("crashed"));
        assert!(unknown("daemon-crahsed").contains("daemon-crashed"), "{}", unknown("daemon-crahsed"));
        assert!(unknown("tunel-down").ends_with("; is tunnel-down meant?"), "{}", unknown("tunel-down"));
        assert!(unknown("branch-9").ends_with("'swanwatch status' shows them"), "{}", unknown("branch-9"));
    }
}
