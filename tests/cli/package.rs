//! The Debian package as it is built, unpacked: what stands where, and that the documentation's links hold there as they do here.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const DOCUMENTATION: &str = "usr/share/doc/swanwatch";

/// Every file of the package, with what is in it where that is text; none where the tools that build one are not here.
fn package() -> Option<BTreeMap<PathBuf, String>> {
    let folder = tempfile::tempdir().unwrap();
    // Any program does: it is not run.
    let built = Command::new(format!("{ROOT}/contrib/debian/build"))
        .args(["--binary", "/bin/true", "--compress", "none"])
        .arg(folder.path())
        .output();
    let unpacked = built.as_ref().ok().filter(|_| Command::new("dpkg-deb").arg("--version").output().is_ok());
    let Some(built) = unpacked else {
        eprintln!("left out: it takes python3 and dpkg-deb");
        return None;
    };
    assert!(built.status.success(), "{}", crate::stderr(built));
    let path = crate::stdout(built).trim();
    let archive = Command::new("dpkg-deb").args(["--fsys-tarfile", path]).output().unwrap();
    assert!(archive.status.success(), "{}", crate::stderr(&archive));
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive.stdout.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().strip_prefix(".").unwrap().to_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
    }
    Some(files)
}

/// The targets of a page's links that are files.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.contains("://") && !target.starts_with('#'))
}

/// Where a link of this page leads; none where it leads out of the tree.
fn led(page: &Path, target: &str) -> Option<PathBuf> {
    let (target, _) = target.split_once('#').unwrap_or((target, ""));
    let mut walked = page.parent().unwrap().to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => walked.pop().then_some(())?,
            part => walked.push(part),
        }
    }
    Some(walked)
}

#[test]
fn the_package_has_every_page_of_the_manual() {
    let Some(files) = package() else { return };
    for entry in std::fs::read_dir(format!("{ROOT}/contrib/man")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some((_, section)) = name.rsplit_once('.').filter(|(_, section)| *section != "in") else { continue };
        assert!(files.contains_key(Path::new(&format!("usr/share/man/man{section}/{name}.gz"))), "{name}");
    }
    let installed = files.keys().filter(|path| path.starts_with("usr/share/man") && path.extension().is_some());
    assert!(installed.count() > 13);
}

#[test]
fn every_link_of_the_documentation_holds_here_and_installed() {
    let Some(files) = package() else { return };
    let pages = files.iter().filter(|(path, _)| path.extension().is_some_and(|extension| extension == "md"));
    let mut followed = 0;
    for (path, text) in pages {
        let page = path.strip_prefix(DOCUMENTATION).unwrap();
        for target in links(text) {
            let led = led(page, target).unwrap_or_else(|| panic!("{}: {target} leads out", page.display()));
            assert!(Path::new(ROOT).join(&led).exists(), "{}: {target} leads nowhere here", page.display());
            let installed = Path::new(DOCUMENTATION).join(&led);
            let is_there = files.keys().any(|path| path.starts_with(&installed));
            assert!(is_there, "{}: {target} leads nowhere where the package is installed", page.display());
            followed += 1;
        }
    }
    assert!(followed > 20, "{followed} links");
}
