use crate::reasons::manual::page;

/// `SWANWATCH_UPDATE=1` writes it anew.
#[test]
fn the_manuals_page_is_the_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/docs/reasons.md");
    if std::env::var_os("SWANWATCH_UPDATE").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == page(), "{path} is not the table's: run with SWANWATCH_UPDATE=1");
}
