//! Manual pages and completions are made from the definition of the command line; `SWANWATCH_UPDATE=1` writes them anew.

mod examples;
mod keys;
mod page;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use clap_complete::Shell;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib");

/// The files of a folder that `is_made` is true of.
fn files(folder: &Path, is_made: fn(&str) -> bool) -> BTreeMap<String, String> {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let made = paths.filter(|path| is_made(&name(path)));
    made.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect()
}

/// What `make` writes into a folder is what is in `contrib/NAME`, as far as `is_made` says that it is made.
fn compare(name: &str, is_made: fn(&str) -> bool, make: impl Fn(&Path)) {
    let kept = Path::new(ROOT).join(name);
    if std::env::var_os("SWANWATCH_UPDATE").is_some() {
        files(&kept, is_made).keys().for_each(|file| std::fs::remove_file(kept.join(file)).unwrap());
        make(&kept);
    }
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let (made, kept) = (files(folder.path(), is_made), files(&kept, is_made));
    assert_eq!(
        made.keys().collect::<Vec<_>>(),
        kept.keys().collect::<Vec<_>>(),
        "contrib/{name}: run with SWANWATCH_UPDATE=1"
    );
    for (file, text) in made {
        assert!(kept[&file] == text, "contrib/{name}/{file} is not the command line's: run with SWANWATCH_UPDATE=1");
    }
}

#[test]
fn the_manual_pages_are_the_command_lines() {
    compare(
        "man",
        |name| name.ends_with(".8"),
        |folder| {
            for (name, text) in page::all() {
                std::fs::write(folder.join(name), text).unwrap();
            }
        },
    );
    for verb in swanwatch::testing::cli::command().get_subcommands() {
        let page = format!("{ROOT}/man/swanwatch-{}.8", verb.get_name());
        assert!(Path::new(&page).exists(), "{page}");
    }
}

#[test]
fn the_page_of_the_configuration_has_the_version_of_the_others() {
    let page = include_str!("../../../contrib/man/swanwatch.yaml.5");
    let title = page::title("swanwatch.yaml", "5", "File Formats");
    assert_eq!(page.lines().next(), Some(title.trim_end()), "the first line of contrib/man/swanwatch.yaml.5");
}

/// groff says nothing with all its warnings on; left out where it is not installed.
#[test]
fn groff_understands_every_page() {
    for (name, text) in files(&Path::new(ROOT).join("man"), |name| !name.ends_with(".in")) {
        let mut command = Command::new("groff");
        command.args(["-man", "-Tutf8", "-ww", "-z"]).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut groff = match command.spawn() {
            Ok(groff) => groff,
            Err(error) => return eprintln!("left out: groff: {error}"),
        };
        std::io::Write::write_all(&mut groff.stdin.take().unwrap(), text.as_bytes()).unwrap();
        let output = groff.wait_with_output().unwrap();
        assert_eq!(crate::stderr(&output), "", "{name}");
    }
}

#[test]
fn the_completions_are_the_command_lines() {
    compare(
        "completions",
        |_| true,
        |folder| {
            for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
                clap_complete::generate_to(shell, &mut swanwatch::testing::cli::command(), "swanwatch", folder)
                    .unwrap();
            }
        },
    );
}
