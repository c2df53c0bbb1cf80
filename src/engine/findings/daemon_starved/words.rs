//! What is said of a daemon that cannot answer.

use crate::engine::facts::silence::Lack;
use crate::engine::findings::Sentences;

/// It answers nobody for want of this.
pub(super) fn starved(pid: u32, lack: Lack, unit: Option<&str>) -> Sentences {
    let rest =
        "rekeys and answers to peers come late or not at all, and peers may give up; existing SAs still carry traffic";
    let harm = "it does not hang, and a restart would make it worse";
    match lack {
        Lack::Processor => Sentences::of(
            format!("the IKE daemon (process {pid}) waits for a processor that others have: {rest}"),
            match unit {
                Some(unit) => format!(
                    "'top -b -n 1 -o %CPU -w 120' shows what takes the processors; 'systemctl set-property {unit} CPUWeight=1000' gives the \
                     daemon more of them; {harm}"
                ),
                None => format!(
                    "'top -b -n 1 -o %CPU -w 120' shows what takes the processors; 'renice -n -10 -p {pid}' gives the daemon more of them; {harm}"
                ),
            },
        ),
        Lack::Quota => Sentences::of(
            format!(
                "the IKE daemon (process {pid}) waits, because the CPU quota of its control group is used up: {rest}"
            ),
            match unit {
                Some(unit) => format!(
                    "'systemctl show {unit} -p CPUQuotaPerSecUSec -p Slice' shows the quota, 'systemctl set-property {unit} CPUQuota=' \
                     takes it away; {harm}"
                ),
                None => format!("raise cpu.max of the control group that 'cat /proc/{pid}/cgroup' shows; {harm}"),
            },
        ),
        Lack::Memory => Sentences::of(
            format!("the IKE daemon (process {pid}) waits for memory: {rest}"),
            match unit {
                Some(unit) => format!(
                    "'ps -e --sort=-rss -o pid,rss,comm' and 'vmstat 1 5' show who has it and what is swapped; 'systemctl show {unit} -p \
                     MemoryHigh -p MemoryMax' shows the daemon's own limit; {harm}"
                ),
                None => format!(
                    "'ps -e --sort=-rss -o pid,rss,comm' and 'vmstat 1 5' show who has it and what is swapped; {harm}"
                ),
            },
        ),
    }
}

pub(super) const HANGS: &str = "it could have answered since, and did not: it hangs";
