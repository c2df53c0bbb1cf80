//! The table. (Interface only yet.)

use super::{Case, Entry};

pub static ENTRIES: &[Entry] = &[];

pub fn judge(_case: &Case<'_>) -> Option<&'static Entry> {
    None
}
