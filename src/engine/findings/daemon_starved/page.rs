//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "daemon-starved",
    message: 0xe32c7ecd_2c304882_8f622eab_cf9b07ca,
    title: "The IKE daemon is starved",
    meaning: "For 20 seconds or more the daemon has not answered, and for most of that time it could not: it was ready to run and had no processor (its run delay grew), its control group had used up its CPU quota, or everything in it waited for memory. That is no hang, and nothing restarts it. If it still does not answer once it has had the time for it, daemon-hung says so.",
    impact: "Rekeys and answers to peers come late or not at all; peers may give up. Existing SAs still carry traffic.",
    diagnosis: &[
        "swanwatch explain daemon-starved",
        "p=$(pidof -s {processes}); cat /proc/$p/task/$p/schedstat",
        "cat /proc/pressure/cpu /proc/pressure/memory",
        "systemctl show {units} -p CPUWeight -p CPUQuotaPerSecUSec -p MemoryHigh",
    ],
    cure: "Find what takes the processor or the memory ('top -b -n 1 -o %CPU'), and end or limit it. Give the daemon's unit a larger share: 'systemctl set-property UNIT CPUWeight=1000' (UNIT is {unit}). Take its quota away: 'systemctl set-property UNIT CPUQuota='. A restart does not help: the new process would starve as well, and its SAs would be gone.",
};
