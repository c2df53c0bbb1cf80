//! A look at a file that is configured as a log: whether it is one of the daemon's.

use std::path::Path;

use super::denied::Denied;
use super::file::Tail;
use super::frame::Frames;
use crate::daemons::Dialect;

/// Bytes at the end of the file that are looked at.
const LOOKED_AT: u64 = 1 << 20;

/// Says in one sentence what is found in a file that is to be the daemon's log.
pub fn examine(path: &Path, dialect: &'static dyn Dialect) -> String {
    let (shown, program) = (path.display(), dialect.process_name());
    let mut tail = match Tail::open(path) {
        Ok(tail) => tail,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return format!("{shown} is not there yet"),
        Err(error) => {
            return match Denied::behind(&error, path) {
                None => format!("{shown} cannot be opened: {error}"),
                Some(denied) => format!("{shown} cannot be opened: {}: {}", denied.why(), denied.cure()),
            };
        }
    };
    let length = tail.length();
    if length > LOOKED_AT {
        tail.start_at_end(length - LOOKED_AT);
    }
    let mut frames = Frames::new(dialect);
    let mut reader = dialect.reader();
    let read = tail.read_to::<std::convert::Infallible>(length, |line| {
        frames.read(line, |line| Ok(reader.read(line.text, &line.told).is_some()))
    });
    if let Ok(Err(error)) = read {
        return format!("{shown} cannot be read: {error}");
    }
    let contents = frames.contents;
    let others = if contents.is_syslogs() { Some("syslog writes it") } else { tail.others() };
    match (contents.has_daemon(), others) {
        (true, None) => format!("{shown} holds lines of {program}"),
        (true, Some(why)) => format!(
            "{shown} holds lines of {program}, but anybody on this host can write there ({why}): each counts only where the kernel or the \
             daemon's tables agree; better have {program} write a log of its own: {}",
            dialect.own_log()
        ),
        (false, _) => format!(
            "{shown} holds nothing of {program}'s ({}): see where {program} logs, or why a tunnel fails will not be known",
            contents.says()
        ),
    }
}
