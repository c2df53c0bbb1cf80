//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "clear-text-window",
    message: 0x7b6b1a00_a58e4825_9beea6f7_4e141e24,
    title: "Protected traffic had no policy",
    meaning: "Protected selectors had no policy for a time; the finding says from when to when. While the fence (act: [fence]) holds back all their traffic, it is a warning and says until when.",
    impact: "Packets may have left in clear text in that time, except those that the fence held back. The fence lets IKE, ESP, AH and the answers of this host's sshd pass.",
    diagnosis: &[
        "swanwatch explain clear-text-window",
        "nft list table inet swanwatch_fence",
        "journalctl {of-units} -e",
    ],
    cure: "Inform the people whose traffic it was. A permanent policy that blocks closes the window at the next restart: {blocks}.",
};
