//! Which of charon's loggers is read (strongswan.conf(5), "Logger configuration"; libcharon/daemon.c, charon-systemd.c).

use std::path::{Path, PathBuf};

use super::sections::{CHARON, SYSTEMD, Sections};
use crate::daemons::LogPlace;

/// Loggers write up to this level where nothing is set (`LEVEL_CTRL`).
const USUAL: i32 = 1;

/// What refusals and tunnels are told at.
const NEEDED: i32 = 1;

/// What tells of tunnels, and of the kernel's refusals.
const GROUPS: [&str; 2] = ["ike", "knl"];

const FACILITIES: [&str; 2] = ["daemon", "auth"];

/// The log with the most in it: the journal's fields name what a line is about; a file is charon's alone; syslog's may be anybody's.
pub(super) fn log_place(sections: &Sections<'_>, unit: Option<&str>, stderr: Option<&Path>) -> LogPlace {
    let journal = |identifier: String| LogPlace::Journal { unit: unit.map(str::to_owned), identifier };
    let file = file(sections, stderr);
    if sections.is_systemds() {
        let tells = tells(sections, "journal");
        return match file {
            // Nothing takes what it writes to the journal where no unit runs it.
            Some(file) if unit.is_none() || !tells => LogPlace::File(file),
            _ if tells => journal(SYSTEMD.to_owned()),
            _ => journal(syslogs(sections, SYSTEMD)),
        };
    }
    match file {
        Some(file) => LogPlace::File(file),
        None => journal(syslogs(sections, CHARON)),
    }
}

/// What it calls itself in syslog (openlog(3)).
fn syslogs(sections: &Sections<'_>, program: &str) -> String {
    sections.get("syslog.identifier").unwrap_or(program).to_owned()
}

/// The first file that tells enough.
fn file(sections: &Sections<'_>, stderr: Option<&Path>) -> Option<PathBuf> {
    let names = sections.below("filelog");
    let telling = names.iter().filter(|name| tells(sections, &format!("filelog.{name}")));
    telling.into_iter().find_map(|name| {
        let path = sections.get(&format!("filelog.{name}.path")).unwrap_or(name);
        match path {
            "stderr" => stderr.map(Path::to_path_buf),
            path => Some(PathBuf::from(path)).filter(|path| path.is_absolute()),
        }
    })
}

/// Whether this logger writes what tunnels and the kernel's refusals are told at.
fn tells(sections: &Sections<'_>, logger: &str) -> bool {
    GROUPS.iter().all(|group| level(sections, logger, group) >= NEEDED)
}

fn level(sections: &Sections<'_>, logger: &str, group: &str) -> i32 {
    let set = |name: &str| sections.get(&format!("{logger}.{name}")).and_then(|level| level.trim().parse().ok());
    set(group).or_else(|| set("default")).unwrap_or(USUAL)
}

/// The levels above the usual of every logger, as `knl=3`.
pub(super) fn debug_words(sections: &Sections<'_>) -> Vec<String> {
    let files = sections.below("filelog").into_iter().map(|name| format!("filelog.{name}"));
    let facilities = FACILITIES.iter().map(|name| format!("syslog.{name}"));
    let journal = sections.is_systemds().then(|| "journal".to_owned());
    let mut words = Vec::new();
    for logger in files.chain(facilities).chain(journal) {
        for name in sections.below(&logger) {
            let raised = sections.get(&format!("{logger}.{name}")).and_then(|level| level.trim().parse::<i32>().ok());
            words.extend(raised.filter(|level| *level > USUAL).map(|level| format!("{name}={level}")));
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemons::Settings;

    fn of(lines: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        lines.iter().for_each(|(name, value)| settings.set(name, (*value).to_owned()));
        settings
    }

    fn place(systemds: bool, unit: Option<&str>, lines: &[(&str, &str)]) -> String {
        match log_place(&Sections::of(&of(lines), systemds), unit, Some(Path::new("/err"))) {
            LogPlace::Journal { unit, identifier } => format!("journal {} {identifier}", unit.unwrap_or_default()),
            file => file.to_string(),
        }
    }

    #[test]
    fn charon_systemd_writes_to_the_journal_unless_that_is_silenced() {
        let unit = Some("strongswan.service");
        let file = ("charon-systemd.filelog.main.path", "/var/log/charon.log");
        assert_eq!(place(true, unit, &[]), "journal strongswan.service charon-systemd");
        assert_eq!(place(true, unit, &[file]), "journal strongswan.service charon-systemd");
        assert_eq!(place(true, unit, &[file, ("charon-systemd.journal.default", "-1")]), "/var/log/charon.log");
        assert_eq!(place(true, unit, &[file, ("charon-systemd.journal.knl", "0")]), "/var/log/charon.log");
        assert_eq!(place(true, None, &[file]), "/var/log/charon.log");
        assert_eq!(place(true, None, &[]), "journal  charon-systemd");
        // What it does not find in its own section it takes from charon's.
        assert_eq!(place(true, None, &[("charon.filelog.a.path", "/a")]), "/a");
        assert_eq!(place(false, None, &[file]), "journal  charon");
    }

    #[test]
    fn charon_writes_to_syslog_unless_a_file_tells_enough() {
        let (quiet, loud) = (("charon.filelog.a.path", "/a"), ("charon.filelog.b.path", "/b"));
        let level = ("charon.filelog.a.default", "0");
        assert_eq!(place(false, None, &[quiet, loud, level]), "/b");
        assert_eq!(place(false, None, &[quiet, level]), "journal  charon");
        assert_eq!(
            place(false, None, &[quiet, level, ("charon.filelog.a.ike", "2"), ("charon.filelog.a.knl", "1")]),
            "/a"
        );
        assert_eq!(place(false, None, &[quiet, ("charon.filelog.a.knl", "-1")]), "journal  charon");
        assert_eq!(place(false, None, &[("charon.filelog./var/log/charon.default", "1")]), "/var/log/charon");
        assert_eq!(place(false, None, &[("charon.filelog.stderr.default", "1")]), "/err");
        assert_eq!(place(false, None, &[("charon.filelog.stdout.default", "1")]), "journal  charon");
        assert_eq!(place(false, None, &[("charon.syslog.identifier", "gw1")]), "journal  gw1");
    }

    #[test]
    fn levels_above_the_usual_are_told() {
        let settings = of(&[
            ("charon.filelog.a.default", "1"),
            ("charon.filelog.a.knl", "3"),
            ("charon.filelog.a.path", "/a"),
            ("charon.syslog.daemon.knl", "3"),
            ("charon-systemd.journal.ike", "2"),
        ]);
        assert_eq!(debug_words(&Sections::of(&settings, true)), ["ike=2", "knl=3"]);
        assert_eq!(debug_words(&Sections::of(&settings, false)), ["knl=3"]);
    }
}
