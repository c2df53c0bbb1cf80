//! Checks of the kernel itself that later kernels have not.

use super::cures;
use super::entry::{CORE, CheckStage, Entry};
use super::fits::Fits;
use crate::model::Reason;

/// 5.x to 6.1: two causes in the same words.
const NEITHER: &str = "Encapsulation and TFC padding can't be offloaded";

pub(super) const ENTRIES: &[Entry] = &[
    CORE.refusal(
        Reason::UdpEncapUnsupported,
        NEITHER,
        "this kernel offloads no SA with UDP encapsulation (NAT traversal); later ones do, where the device can",
        cures::NO_ENCAPSULATION,
        |view| if view.encapsulated() == Some(false) { Fits::No } else { Fits::Hidden },
    )
    .at(CheckStage::Request),
    CORE.refusal(
        Reason::TfcPadding,
        NEITHER,
        "the SA pads its packets (TFC), which no device does",
        cures::NO_TFC,
        |view| if view.encapsulated() == Some(true) { Fits::No } else { Fits::Hidden },
    )
    .at(CheckStage::Request),
];
