//! The files, whom each of them imports, and the circles of that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::source::{ItemPath, SourceFile};

/// A name may be handed on from module to module, but not this often.
const HANDED_ON: usize = 8;

/// The files that each file imports.
#[derive(Debug)]
pub struct Graph<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

/// Files each of which can be reached from each, and whom of them each imports.
#[derive(Debug)]
pub struct Circle<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

impl<'a> Graph<'a> {
    pub fn of(sources: &'a [SourceFile]) -> Self {
        let modules: BTreeMap<&[String], &SourceFile> =
            sources.iter().map(|source| (source.module.as_slice(), source)).collect();
        let imported = |source: &'a SourceFile| {
            let at = source.paths.iter().filter_map(|path| file_of(path, &modules, HANDED_ON));
            (source.file.as_str(), at.filter(|file| *file != source.file).collect())
        };
        Self(sources.iter().map(imported).collect())
    }

    /// All but those of two files of one folder.
    pub fn circles(&self) -> Vec<Circle<'a>> {
        let tied = self.tied();
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            tied.iter().map(|file| (*file, self.reached_from(file))).collect();
        let mut circles: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
        for (file, from) in &reached {
            let back = |other: &&str| reached.get(other).is_some_and(|reached| reached.contains(file));
            circles.insert(from.iter().copied().filter(back).collect());
        }
        let is_pair = |files: &BTreeSet<&str>| {
            let folders: BTreeSet<_> =
                files.iter().map(|file| file.rsplit_once('/').map(|(folder, _)| folder)).collect();
            files.len() == 2 && folders.len() == 1
        };
        let circles = circles.into_iter().filter(|files| !files.is_empty() && !is_pair(files));
        circles.map(|files| Circle(files.iter().map(|file| (*file, &self.0[file] & &files)).collect())).collect()
    }

    /// Those that are in a circle, or between two of them: both import and are imported by such.
    fn tied(&self) -> BTreeSet<&'a str> {
        let mut tied: BTreeSet<&str> = self.0.keys().copied().collect();
        loop {
            let imported: BTreeSet<&str> = tied.iter().flat_map(|file| &self.0[file]).copied().collect();
            let imports = |file: &&str| !self.0[file].is_disjoint(&tied);
            let left: BTreeSet<&str> =
                tied.iter().copied().filter(|file| imported.contains(file) && imports(file)).collect();
            if left.len() == tied.len() {
                return left;
            }
            tied = left;
        }
    }

    fn reached_from(&self, file: &str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&str> = self.0[file].iter().copied().collect();
        while let Some(file) = next.pop() {
            if reached.insert(file) {
                next.extend(&self.0[file]);
            }
        }
        reached
    }
}

/// The file that defines what a path means, however often it is handed on.
fn file_of<'a>(path: &[String], modules: &BTreeMap<&[String], &'a SourceFile>, hops: usize) -> Option<&'a str> {
    let (source, rest) = (0..=path.len()).rev().find_map(|end| Some((*modules.get(&path[..end])?, &path[end..])))?;
    let handed_on = rest.split_first().filter(|_| hops > 0).and_then(|(name, after)| {
        let from = source.names.get(name).cloned().or_else(|| {
            let defines =
                |glob: &&ItemPath| modules.get(glob.as_slice()).is_some_and(|source| source.defines.contains(name));
            let glob = source.globs.iter().filter(|_| !source.defines.contains(name)).find(defines)?;
            Some([glob.as_slice(), std::slice::from_ref(name)].concat())
        })?;
        file_of(&[from.as_slice(), after].concat(), modules, hops - 1)
    });
    Some(handed_on.unwrap_or(&source.file))
}

impl fmt::Display for Circle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} files:", self.0.len())?;
        for (file, imports) in &self.0 {
            writeln!(f, "  {file} imports {}", imports.iter().copied().collect::<Vec<_>>().join(", "))?;
        }
        Ok(())
    }
}

mod tests {
    use super::*;

    /// The files of each circle.
    fn circles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let sources: Vec<_> = files.iter().map(|(file, text)| SourceFile::read(file, text)).collect();
        let files_of = |circle: &Circle<'_>| circle.0.keys().map(|file| (*file).to_owned()).collect();
        Graph::of(&sources).circles().iter().map(files_of).collect()
    }

    #[test]
    fn a_circle_is_found_however_its_paths_are_written() {
        let way = [
            ("lib.rs", "mod a;\nmod b;\nmod c;"),
            ("a/mod.rs", "mod deep;\npub use self::deep::Deep;"),
            ("a/deep.rs", "use crate::{\n    b::{self, One as Two},\n    errno,\n};\npub struct Deep;"),
            ("b.rs", "pub struct One;\nfn f() -> u32 { super::c::number() }"),
        ];
        for (last, closed) in [
            ("use super::a::Deep;", true),
            ("pub(crate) use super::a::deep::Deep as Other;", true),
            ("fn g(deep: &crate::a::Deep) {}", true),
            ("use std::fmt;\n// use super::a::Deep;", false),
            ("#[cfg(test)]\nuse super::a::Deep;", false),
            ("#[cfg(test)]\nmod tests {\n    use crate::a::Deep;\n}", false),
            ("pub(in crate::a::deep) fn number() -> u32 { 1 }", false),
        ] {
            let found = circles(&[&way[..], &[("c.rs", last)]].concat());
            let expected: &[Vec<String>] = &[["a/deep.rs", "b.rs", "c.rs"].map(str::to_owned).to_vec()];
            assert_eq!(found, if closed { expected } else { &[] }, "{last}");
        }
    }

    #[test]
    fn two_files_of_one_folder_may_know_each_other_and_no_others() {
        let pair = [("a/mod.rs", "mod b;\npub struct A(b::B);"), ("a/b.rs", "use super::A;\npub struct B;")];
        assert!(circles(&pair).is_empty());
        let [inner, outer] = [("a/mod.rs", "pub struct A(crate::c::C);"), ("c.rs", "use super::a::A;\npub struct C;")];
        assert_eq!(circles(&[inner, outer]).len(), 1);
        let third = ("a/c.rs", "use super::b::B;\npub struct C;");
        assert!(circles(&[&pair[..], &[third]].concat()).is_empty(), "nobody imports it");
    }

    #[test]
    fn what_is_handed_on_is_imported_from_where_it_stands() {
        let files = [
            ("model/mod.rs", "mod sa;\nmod spi;\npub use self::sa::*;\npub use self::spi::{Spi, Table as SpiTable};"),
            ("model/sa.rs", "use super::Spi;\npub struct Sa;"),
            ("model/spi.rs", "pub struct Spi;\npub struct Table;"),
            ("user.rs", "use crate::model::{Sa, SpiTable};"),
        ];
        let sources: Vec<_> = files.iter().map(|(file, text)| SourceFile::read(file, text)).collect();
        let graph = Graph::of(&sources);
        assert_eq!(graph.0["user.rs"], BTreeSet::from(["model/sa.rs", "model/spi.rs"]));
        assert_eq!(graph.0["model/sa.rs"], BTreeSet::from(["model/spi.rs"]));
        assert!(graph.circles().is_empty());
    }

    #[test]
    fn an_array_of_types_names_the_modules_beside_it() {
        let files = [
            ("all/mod.rs", "mod one;\npub trait Each {}\nfn all() -> Vec<Box<dyn Each>> { vec![Box::new(one::One)] }"),
            ("all/one.rs", "use super::two::Two;\npub struct One;"),
            ("all/two.rs", "use super::Each;\npub struct Two;"),
        ];
        assert_eq!(circles(&files).len(), 1);
    }
}
