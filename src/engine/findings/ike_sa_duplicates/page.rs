//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "ike-sa-duplicates",
    message: 0x0fab70d9_34f14510_84dc5fb5_6dede67b,
    title: "IKE SAs without Child SAs pile up",
    meaning: "At one peer of a connection five or more established IKE SAs serve no Child SA, in two of the daemon's tables that are ten seconds or more apart. One is ordinary: a rekey, a reauthentication (IKEv1 keeps the replaced one until it expires) or two ends that begin at once leave one or two, and a childless IKE SA is one.",
    impact: "Each costs both ends memory, rekeys and signs of life, and may count against a limit of the peer's. Traffic may pass all the same.",
    diagnosis: &["swanwatch explain CONNECTION", "{show-briefly}"],
    cure: "The peer comes again and again and no Child SA comes of it, or it forgets its IKE SAs without a word: its log says why. The advice has the command that removes them; it leaves those that serve a Child SA, and the newest. {unique-ids} with a peer that sends INITIAL_CONTACT, and liveness probes, keep them from piling up.",
};
