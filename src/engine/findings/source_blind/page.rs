//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "source-blind",
    message: 0xdc1c0dbd_145746c4_b59de258_3ad48456,
    title: "swanwatch does not see what it needs",
    meaning: "The daemon runs, and for five minutes its log could not be read, its control socket not be asked, or the kernel's XFRM events not be heard. The reason says which, and the finding quotes why.",
    impact: "Most findings need all three. Without the log no refusal and no cause is known; without the control socket nobody knows which SAs the daemon claims; without events everything comes late. Silence means little until it is mended.",
    diagnosis: &["swanwatch status", "namei -l /var/log/{process}.log", "{show-briefly}", "journalctl -u swanwatch -e"],
    cure: "A log that belongs to another user: swanwatch is root without CAP_DAC_OVERRIDE, so modes count for it as for everybody. Open what the finding names (chmod o+rx on its folder, o+r on the file), or put the drop-in log.conf into /etc/systemd/system/swanwatch.service.d/. A log in another place, or a {program}: name it under daemon: in swanwatch.yaml. The control socket: {show-briefly} as root says what it says to swanwatch. Events: systemctl restart swanwatch.",
};
