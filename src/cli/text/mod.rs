//! What people read.

mod coverage;
mod findings;
mod outlook;
mod past;
mod probe;
mod remedies;
mod sas;
mod status;
mod story;
mod table;
mod top;
mod words;

pub(super) use self::outlook::outlooks;
pub(super) use self::past::past;
pub(super) use self::probe::{cures, probe};
pub(super) use self::remedies::remedies;
pub(super) use self::sas::sas;
pub(super) use self::status::{daemon, status};
pub(super) use self::story::story;
pub(super) use self::table::StyledLine;
pub(super) use self::top::{HELP as TOP_HELP, rows as top_rows, screen as top_screen, top};
pub(super) use self::words::{counted, moment};
