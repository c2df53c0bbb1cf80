//! What people read first, made of what is in the parts: nothing else can be in it, and names are replaced there already.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::ArchiveFile;
use super::parts::BundlePart;
use crate::cli::output::Style;
use crate::cli::text;
use crate::model::{Status, Story};

/// As files have it: no colour, a fixed width, and a zone that is the same everywhere.
const STYLE: Style = Style { colour: false, width: 120, zone: TimeZone::UTC };

/// A part as text, where it has such a form.
pub(super) fn of(part: &BundlePart, status: Option<&Status>) -> Option<ArchiveFile> {
    let (name, what, text) = match part.name {
        "status.json" => ("status.txt", "the same to be read, times in UTC", text::status(status?, true, &STYLE)),
        "stories.jsonl" => {
            let stories: Vec<Story> =
                part.rows.iter().filter_map(|row| serde_json::from_value(row.clone()).ok()).collect();
            let now = status?.time;
            let stories = stories.iter().map(|story| text::story(story, now, &STYLE));
            ("stories.txt", "the same to be read", stories.collect::<Vec<_>>().join("\n"))
        }
        _ => return None,
    };
    (!text.is_empty()).then(|| ArchiveFile { name, what, text: text.into_bytes() })
}

/// The status that is in one of the parts.
pub(super) fn status(parts: &[BundlePart]) -> Option<Status> {
    let rows: &Vec<Value> = parts.iter().find(|part| part.name == "status.json").map(|part| &part.rows)?;
    rows.first().and_then(|row| serde_json::from_value(row.clone()).ok())
}
