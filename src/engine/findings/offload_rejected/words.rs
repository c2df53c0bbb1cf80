//! What is said of SAs that the kernel refused.

use crate::daemons::Behaviour;
use crate::engine::findings::Sentences;
use crate::engine::findings::refused::look;
use crate::errno;
use crate::model::{Code, OffloadTry};
use crate::plural::counted;
use crate::reasons::Entry;
use crate::text::shell_word;

pub(super) const OVER: &str = "a pair of SAs has been up for 5 s";

pub(super) const FOREIGN_OVER: &str = "an SA for that address was added, or nobody tried again for 10 minutes";

/// The daemon's line came late.
pub(super) const CLAIMED: &str = "the daemon speaks of it: it is told of its connection";

/// What comes of a refusal, of a connection or of so many of its pairs of subnets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loses {
    /// It has no pair.
    All,
    /// It has the old pair, and gets no new one.
    Rekey,
    /// It has its pair, at addresses that it was to leave.
    Move,
}

pub(super) fn who(name: &str, pair: &str, count: usize, loses: Loses) -> String {
    let (whose, does) = match count {
        0 | 1 => (format!("{name}{pair}"), "does"),
        count => (format!("{count} tunnels of {name}"), "do"),
    };
    match loses {
        Loses::All => format!("{whose} {does} not come up"),
        Loses::Rekey => format!("{whose} {does} not get a new pair, and stops when its old one expires"),
        Loses::Move => format!("{whose} cannot move to other addresses, and stays at the old ones"),
    }
}

/// The kernel refused an SA. `why`: what is wrong, and the cure.
pub(super) fn refused(
    code: Code,
    who: &str,
    errno: u32,
    (device, why): (Option<&str>, Option<(String, String)>),
    (attempts, daemon): (u64, &Behaviour),
) -> Sentences {
    let error = errno::words(errno);
    let times = if attempts > 1 { format!(" {}", counted(attempts, "time")) } else { String::new() };
    if code == Code::OffloadRejected {
        let device = device.unwrap_or("the NIC");
        if errno == 0 {
            let what = format!("{who}: the daemon was told to offload its SA to {device}, and finds that it cannot");
            return match why {
                Some((means, cure)) => Sentences::of(format!("{what}: {means}"), cure),
                None => Sentences::of(what, look(daemon)),
            };
        }
        let what = format!("{who}: the kernel refused to offload its SA to {device}");
        return match why {
            Some((means, cure)) => Sentences::of(format!("{what}: {means}; it said {error}"), cure),
            None => Sentences::of(format!("{what}: {error}"), look(daemon)),
        };
    }
    let what = format!("{who}: the kernel refused to add its SA{times}");
    if let Some((means, cure)) = why {
        return Sentences::of(format!("{what}: {means}; it said {error}"), cure);
    }
    Sentences::of(
        format!("{what}: {error}"),
        "nothing points to the NIC: read the daemon's lines in the evidence, and the kernel's log ('dmesg')",
    )
}

/// The kernel refused an SA that no line of the daemon speaks of.
pub(super) fn foreign_refused(
    daemon: &Behaviour,
    tried: &OffloadTry,
    device: &str,
    entry: Option<&Entry>,
) -> Sentences {
    let OffloadTry { process, pid, spi, .. } = tried;
    let process = shell_word(process);
    let error = errno::words(tried.errno);
    let what =
        format!("the kernel refused to offload the SA {spi} to {device}, which {process} (process {pid}) asked for");
    match entry {
        Some(entry) => {
            Sentences::of(format!("{what}: {}; it said {error}", entry.means_on(device)), daemon.cure(entry, device))
        }
        None => Sentences::of(format!("{what}: {error}"), look(daemon)),
    }
}
