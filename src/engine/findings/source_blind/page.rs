//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "source-blind",
    message: 0xdc1c0dbd_145746c4_b59de258_3ad48456,
    title: "swanwatch does not see what it needs",
    meaning: "The daemon runs, and for five minutes its log could not be read, its control socket did not answer, or the kernel's XFRM events were not heard. The reason says which, and the finding quotes why.",
    impact: "Most findings need all three. Without the log refusals and causes are not seen; without the control socket SAs cannot be matched to tunnels; without events everything comes late. Silence means little until this is fixed.",
    diagnosis: &["swanwatch status", "namei -l {log}", "{show-briefly}", "journalctl -u swanwatch -e"],
    cure: "A log that belongs to another user: swanwatch is root without CAP_DAC_OVERRIDE, so modes count for it as for everybody. Open what the finding names ('chmod o+rx' on its folder, 'chmod o+r' on the file), or put the drop-in log.conf into /etc/systemd/system/swanwatch.service.d/. A log, a control socket or a program in another place: name it under 'daemon:' in swanwatch.yaml. The control socket: '{show-briefly}' as root shows its answer. Events: 'systemctl restart swanwatch'.",
};
