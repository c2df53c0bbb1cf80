//! Checks of the kernel itself: does the transform know offload, and is the request in order.

use super::cures;
use super::entry::{CORE, CallerSees, CheckPlace, CheckStage, ENOSPC, Entry};
use super::fits::{Fits, both, certain_if, hidden_if};
use crate::model::{Protocol, Reason};

const POLICY: CheckPlace = CheckPlace::new("core", "net/xfrm/xfrm_device.c xfrm_dev_policy_add");

const fn policy(reason: Reason, text: &'static str, means: &'static str, cure: cures::Cure) -> Entry {
    POLICY.refusal(reason, text, means, cure, |_| Fits::Hidden).at(CheckStage::Elsewhere)
}

pub(super) const ENTRIES: &[Entry] = &[
    CORE.refusal(
        Reason::AhNotOffloadable,
        "Type doesn't support offload",
        "the kernel offloads ESP only, and this SA is AH",
        cures::ESP,
        |view| certain_if(view.protocol_is(Protocol::Ah)),
    )
    .at(CheckStage::Type),
    CORE.refusal(
        Reason::CompressionUnsupported,
        "Type doesn't support offload",
        "the kernel offloads ESP only, and this SA compresses (IPCOMP)",
        cures::NO_COMPRESSION,
        |view| certain_if(view.protocol_is(Protocol::Comp)),
    )
    .at(CheckStage::Type),
    CORE.refusal(
        Reason::ModuleMissing,
        "Type doesn't support offload",
        "esp4_offload or esp6_offload, which ESP needs for it, is not in the kernel",
        cures::MODULE,
        |view| {
            if view.case.moves {
                Fits::No
            } else {
                match both(view.protocol_is(Protocol::Esp), view.case.module_loaded.map(|loaded| !loaded)) {
                    Some(true) => Fits::Certain,
                    Some(false) => Fits::No,
                    None => Fits::Hidden,
                }
            }
        },
    )
    .at(CheckStage::Type),
    // Of the copy that moves, what offloads its type is not looked up (net/xfrm/xfrm_state.c, `xfrm_state_migrate_create`).
    CORE.refusal(
        Reason::Migrated,
        "Type doesn't support offload",
        "it was to move to other addresses (MOBIKE), and this kernel puts no SA that it moves on a NIC",
        cures::MOVE,
        |view| if view.case.moves { Fits::Certain } else { Fits::No },
    )
    .at(CheckStage::Type),
    CORE.refusal(
        Reason::RequestUnknown,
        "Unrecognized flags in offload request",
        "the daemon asked for a kind of offload that this kernel does not know",
        cures::UPDATE,
        |view| match both(view.packet(), view.case.abilities.packet_mode.map(|has| !has)) {
            Some(true) => Fits::Certain,
            Some(false) => Fits::Hidden,
            None => Fits::Possible,
        },
    )
    .at(CheckStage::Request),
    CORE.refusal(
        Reason::DirectionMismatch,
        "Mismatched SA and offload direction",
        "the SA says one direction and its offload the other",
        cures::DAEMON_FAULT,
        |_| Fits::Hidden,
    )
    .at(CheckStage::Request),
    CORE.refusal(
        Reason::IfIdUnsupported,
        "XFRM if_id is not supported in RX path",
        "the kernel offloads no inbound SA that has an XFRM interface id",
        cures::NO_IF_ID,
        // Which kernels look, only the words tell.
        |view| hidden_if(both(view.inbound(), view.interface_id())),
    )
    .at(CheckStage::Request),
    CORE.refusal(
        Reason::TfcPadding,
        "TFC padding can't be offloaded",
        "the SA pads its packets (TFC), which no device does",
        cures::NO_TFC,
        |_| Fits::Hidden,
    )
    .at(CheckStage::Request),
    // Whatever the driver: it has no place for another SA.
    CORE.mute(
        Reason::Capacity,
        CallerSees::Errors(&[ENOSPC]),
        "the device has no place for another SA",
        cures::FULL,
        |view| if view.nic.open { certain_if(view.case.errno.map(|errno| errno == ENOSPC)) } else { Fits::No },
    )
    .at(CheckStage::Driver),
    policy(
        Reason::RequestUnknown,
        "Unrecognized flags in offload request",
        "the daemon asked for a kind of policy offload that this kernel does not know",
        cures::UPDATE,
    ),
    policy(
        Reason::PolicyUnsupported,
        "Policy offload is not supported",
        "the device takes no policies, which packet offload needs",
        cures::POLICY_PACKET,
    ),
    policy(
        Reason::DirectionUnsupported,
        "Unrecognized offload direction",
        "the kernel offloads policies in, out and forward only",
        cures::DAEMON_FAULT,
    ),
];
