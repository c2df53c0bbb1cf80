//! Manual pages and completions are made from the definition of the command line; `SWANWATCH_UPDATE=1` writes them anew.

use std::collections::BTreeMap;
use std::path::Path;

use clap_complete::Shell;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib");

fn files(folder: &Path) -> BTreeMap<String, String> {
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap())
    };
    std::fs::read_dir(folder).unwrap().map(read).collect()
}

/// What `make` writes into a folder is what is in `contrib/NAME`.
fn compare(name: &str, make: impl Fn(&Path)) {
    let kept = Path::new(ROOT).join(name);
    if std::env::var_os("SWANWATCH_UPDATE").is_some() {
        let _ = std::fs::remove_dir_all(&kept);
        std::fs::create_dir_all(&kept).unwrap();
        make(&kept);
    }
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let (made, kept) = (files(folder.path()), files(&kept));
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
    compare("man", |folder| clap_mangen::generate_to(swanwatch::cli::command(), folder).unwrap());
    for verb in swanwatch::cli::command().get_subcommands() {
        let page = format!("{ROOT}/man/swanwatch-{}.1", verb.get_name());
        assert!(Path::new(&page).exists(), "{page}");
    }
}

#[test]
fn the_completions_are_the_command_lines() {
    compare("completions", |folder| {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            clap_complete::generate_to(shell, &mut swanwatch::cli::command(), "swanwatch", folder).unwrap();
        }
    });
}
