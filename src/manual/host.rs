//! Pages on swanwatch and its host.

use super::Page;

pub(super) const PAGES: &[Page] = &[CONFIGURATION_WRONG, SOURCE_BLIND];

const CONFIGURATION_WRONG: Page = Page {
    code: "configuration-wrong",
    message: 0x3c1f7d52_9ae44b06_8d5e6f20_c9b1a874,
    title: "The configuration of swanwatch is wrong",
    meaning: "The configuration file cannot be read, or says what is not known; the finding says where, with line and column. At a start (critical) swanwatch then watches as if there were no file, and tells the receivers of alerts, the metrics' address and the history of the last file that was right. Read again by a running service (warning), what the file said before stays in force. Where the file is right and the system refuses the address of its metrics (warning), all the rest is in force.",
    impact: "At a start: no remedy acts by itself, not even the restart of a dead daemon; what is ordered by hand (swanwatch remedy) is done, and what a run before left half done is mended. What the file says of the daemon's place, of offload and of connections is not looked at.",
    diagnosis: &["swanwatch check-config", "swanwatch check-config /etc/swanwatch/NAME.yaml", "swanwatch status"],
    cure: "Mend the file until check-config says ok, then systemctl reload swanwatch (or swanwatch@NAME). Where sources have to be started anew for it, the service ends with status 75 and systemd starts it again.",
};

const SOURCE_BLIND: Page = Page {
    code: "source-blind",
    message: 0xdc1c0dbd_145746c4_b59de258_3ad48456,
    title: "swanwatch does not see what it needs",
    meaning: "The daemon runs, and for five minutes its log could not be read, its control socket not be asked, or the kernel's XFRM events not be heard. The reason says which, and the finding quotes why.",
    impact: "Most findings need all three. Without the log no refusal and no cause is known; without the control socket nobody knows which SAs the daemon claims; without events everything comes late. Silence means little until it is mended.",
    diagnosis: &[
        "swanwatch status",
        "namei -l /var/log/pluto.log",
        "ipsec whack --briefstatus",
        "journalctl -u swanwatch -e",
    ],
    cure: "A log that belongs to another user: swanwatch is root without CAP_DAC_OVERRIDE, so modes count for it as for everybody. Open what the finding names (chmod o+rx on its folder, o+r on the file), or put the drop-in log.conf into /etc/systemd/system/swanwatch.service.d/. A log in another place, or a whack: name it under daemon: in swanwatch.yaml. The control socket: ipsec whack --briefstatus as root says what it says to swanwatch. Events: systemctl restart swanwatch.",
};
