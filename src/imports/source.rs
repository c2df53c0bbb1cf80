//! One file: its module, the modules that it declares, what it brings into its scope, and the paths that it names.

use std::collections::{BTreeMap, BTreeSet};

use crate::own_source;

/// With what a path into this crate begins, where it does not begin with a module that is declared beside it.
const ROOTS: [&str; 3] = ["crate", "self", "super"];

/// What begins something that has a name.
const DEFINES: [&str; 9] = ["struct", "enum", "trait", "type", "fn", "const", "static", "union", "mod"];

/// A path from the crate's root.
pub type ItemPath = Vec<String>;

#[derive(Debug)]
pub struct SourceFile {
    /// Its name below `src`.
    pub file: String,
    pub module: ItemPath,
    /// Under which names it has what: imports, public or not.
    pub names: BTreeMap<String, ItemPath>,
    /// Of what it brings in everything.
    pub globs: Vec<ItemPath>,
    /// What it says itself what it is.
    pub defines: BTreeSet<String>,
    /// Whatever of this crate it names.
    pub paths: BTreeSet<ItemPath>,
}

impl SourceFile {
    pub fn read(file: &str, text: &str) -> Self {
        let module = module_of(file);
        let text = without_asides(text);
        let words: Vec<&str> = words(&text).collect();
        let children: BTreeSet<&str> =
            words.windows(3).filter(|w| w[0] == "mod" && w[2] == ";").map(|w| w[1]).collect();
        let defined = words.windows(2).filter(|w| DEFINES.contains(&w[0])).map(|w| w[1].to_owned());
        let mut source = Self {
            file: file.to_owned(),
            module,
            names: BTreeMap::new(),
            globs: Vec::new(),
            defines: defined.collect(),
            paths: BTreeSet::new(),
        };
        let mut rest = words.as_slice();
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match *first {
                "use" if rest.first().is_some_and(|root| ROOTS.contains(root) || children.contains(root)) => {
                    let end = rest.iter().position(|word| *word == ";").unwrap_or(rest.len());
                    for (path, name) in tree(&rest[..end]) {
                        if let Some(item) = source.absolute(&path, &children) {
                            match name {
                                "*" => source.globs.push(item.clone()),
                                name => drop(source.names.insert(name.to_owned(), item.clone())),
                            }
                            source.paths.insert(item);
                        }
                    }
                    rest = &rest[end..];
                }
                // Who may see it is no import.
                "pub" if rest.starts_with(&["(", "in"]) => {
                    let end = rest.iter().position(|word| *word == ")").unwrap_or(rest.len());
                    rest = &rest[end..];
                }
                word if is_name(word) => {
                    let mut path = vec![word];
                    while let [colons, next, ..] = rest
                        && *colons == "::"
                        && is_name(next)
                    {
                        path.push(next);
                        rest = &rest[2..];
                    }
                    if path.len() > 1 {
                        source.paths.extend(source.absolute(&path, &children));
                    }
                }
                _ => {}
            }
        }
        source
    }

    /// Where a path leads that is written here; none where it leads to another crate, or is none of a module.
    fn absolute(&self, path: &[&str], children: &BTreeSet<&str>) -> Option<ItemPath> {
        let mut at = self.module.clone();
        let mut rest = path;
        match path {
            ["crate", after @ ..] => (at, rest) = (Vec::new(), after),
            ["self", after @ ..] => rest = after,
            ["super", ..] => {
                while let ["super", after @ ..] = rest {
                    at.pop();
                    rest = after;
                }
            }
            [child, ..] if children.contains(child) => {}
            _ => return None,
        }
        at.extend(rest.iter().map(|part| (*part).to_owned()));
        Some(at)
    }
}

fn module_of(file: &str) -> ItemPath {
    let mut parts: ItemPath = file.trim_end_matches(".rs").split('/').map(ToOwned::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || file == "lib.rs") {
        parts.pop();
    }
    parts
}

/// Without comments, and without what is compiled for tests alone.
fn without_asides(text: &str) -> String {
    let shipped = own_source::shipped(text);
    let mut kept = String::new();
    let mut for_tests = false;
    for line in shipped.lines().map(str::trim) {
        if line == "#[cfg(test)]" {
            for_tests = true;
        } else if !std::mem::take(&mut for_tests) {
            kept.push_str(line.split("//").next().unwrap_or(line));
            kept.push('\n');
        }
    }
    kept
}

/// Names, `::`, and every other character by itself.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
        let end = match first {
            c if is_of_name(c) => rest.find(|c| !is_of_name(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// What `a::{b, c as d, e::*}` brings in: each path, and its name here.
fn tree<'a>(words: &[&'a str]) -> Vec<(Vec<&'a str>, &'a str)> {
    let Some(open) = words.iter().position(|word| *word == "{") else {
        let path: Vec<&str> =
            words.iter().copied().take_while(|word| *word != "as").filter(|word| *word != "::").collect();
        let own = path.iter().rev().find(|part| **part != "self").copied().unwrap_or_default();
        let name = words.iter().position(|word| *word == "as").and_then(|at| words.get(at + 1)).copied().unwrap_or(own);
        let path = path.iter().copied().enumerate().filter(|(at, part)| *at == 0 || !matches!(*part, "self" | "*"));
        return vec![(path.map(|(_, part)| part).collect(), name)];
    };
    let mut depth = 0;
    let (stem, inside) = (&words[..open], &words[open + 1..words.len() - 1]);
    let branches = inside.split(|word| {
        depth += i32::from(*word == "{") - i32::from(*word == "}");
        *word == "," && depth == 0
    });
    branches.filter(|branch| !branch.is_empty()).flat_map(|branch| tree(&[stem, branch].concat())).collect()
}
