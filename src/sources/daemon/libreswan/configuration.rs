//! The few settings of ipsec.conf(5) that swanwatch needs: only the section `config setup`, includes followed.

use std::collections::BTreeMap;
use std::path::Path;

/// How deep includes may nest (pluto's own limit is 10).
const MAX_DEPTH: usize = 10;

/// How many files are read at most.
const MAX_FILES: usize = 1_000;

/// A larger file is no configuration.
const MAX_BYTES: u64 = 8 << 20;

/// The settings of `config setup`. What cannot be read or understood is left out: pluto itself complains about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    settings: BTreeMap<String, String>,
}

impl Setup {
    /// Reads `file` and what it includes.
    pub fn read(file: &Path) -> Self {
        let mut reader = Reader::default();
        reader.file(file, 0);
        Self { settings: reader.settings }
    }

    /// One setting, by its name in ipsec.conf(5).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }
}

#[derive(Default)]
struct Reader {
    settings: BTreeMap<String, String>,
    in_setup: bool,
    files: usize,
}

impl Reader {
    fn file(&mut self, path: &Path, depth: usize) {
        self.files += 1;
        let small = std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() <= MAX_BYTES);
        if depth > MAX_DEPTH || self.files > MAX_FILES || !small {
            return;
        }
        let Ok(bytes) = std::fs::read(path) else { return };
        for line in String::from_utf8_lossy(&bytes).lines() {
            self.line(line, depth);
        }
    }

    fn line(&mut self, line: &str, depth: usize) {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        if let Some(pattern) = keyword(line, "include") {
            // Relative names are relative to pluto's working directory, which is the root under every unit.
            for path in glob::glob(unquoted(pattern)).into_iter().flatten().flatten() {
                self.file(&path, depth + 1);
            }
        } else if !indented {
            self.in_setup = keyword(line, "config").is_some_and(|rest| rest.trim() == "setup");
        } else if self.in_setup
            && let Some((name, value)) = line.split_once('=')
        {
            self.settings.insert(name.trim().to_ascii_lowercase(), unquoted(value).to_owned());
        }
    }
}

fn keyword<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.strip_prefix(word).filter(|rest| rest.starts_with([' ', '\t'])).map(str::trim)
}

/// The value without its quotes, or up to a comment where it has none.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split_whitespace().next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_config_setup_counts_and_includes_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("conf.d");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(
            inner.join("a.conf"),
            "conn west\n\tlogfile=/not/this\nconfig setup\n\tlogfile = \"/var/log/p q.log\"\n",
        )
        .unwrap();
        std::fs::write(inner.join("b.txt"), "config setup\n logfile=/nor/this\n").unwrap();
        let main = dir.path().join("ipsec.conf");
        let text =
            format!("# x\nconfig setup\n\tlogtime=no # why\n#\tlogfile=/no\ninclude {}/*.conf\n", inner.display());
        std::fs::write(&main, text).unwrap();
        let setup = Setup::read(&main);
        assert_eq!(setup.get("logfile"), Some("/var/log/p q.log"));
        assert_eq!(setup.get("logtime"), Some("no"));
        assert_eq!(setup.get("west"), None);
    }

    #[test]
    fn a_file_that_includes_itself_ends() {
        let dir = tempfile::tempdir().unwrap();
        let main = dir.path().join("ipsec.conf");
        std::fs::write(&main, format!("config setup\n\tlogfile=/x\ninclude {0}\ninclude {0}\n", main.display()))
            .unwrap();
        assert_eq!(Setup::read(&main).get("logfile"), Some("/x"));
    }

    #[test]
    fn a_missing_file_has_no_settings() {
        assert_eq!(Setup::read(Path::new("/nonexistent/ipsec.conf")), Setup::default());
    }
}
