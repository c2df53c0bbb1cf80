//! The releases of libreswan whose output is read in tests.

/// In their order.
pub const RELEASES: [&str; 13] =
    ["3.32", "4.1", "4.3", "4.5", "4.6", "4.7", "4.10", "4.15", "5.1", "5.2", "5.3", "5.4", "main"];

/// What a release writes, from a table of what is written since which one.
pub fn written_by<'a>(release: &str, table: &[(&str, &'a str)]) -> &'a str {
    let place = |name: &str| RELEASES.iter().position(|known| *known == name).unwrap();
    let since = table.iter().rev().find(|(since, _)| place(since) <= place(release));
    since.unwrap_or_else(|| panic!("nothing is written by {release} in {table:?}")).1
}
