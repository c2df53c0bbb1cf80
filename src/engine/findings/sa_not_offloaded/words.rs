//! What is said of SAs that do not have the offload that they should.

use crate::daemons::Advice;
use crate::engine::findings::refused::look;
use crate::engine::findings::{Fault, Sentences, Whose, way};
use crate::model::{Code, Link, OffloadSetting, Reason, SaId, Span};

pub(super) const OVER: &str = "the newest SA has the offload that it should";

pub(super) fn not_offloaded(fault: &Fault, whose: &Whose) -> Sentences {
    let (of, device) = (whose.text(), fault.device.as_deref().unwrap_or("its interface"));
    if fault.code == Code::OffloadDowngraded {
        return Sentences::of(
            format!(
                "{} of {of} {} crypto offload on {device}, though packet offload was asked for",
                way(fault.span),
                if fault.span == Span::Both { "have" } else { "has" }
            ),
            format!(
                "the kernel's refusal of packet offload is in the evidence; {} asks for the offload that is there",
                whose.daemon.advice(Advice::Offload(OffloadSetting::Crypto))
            ),
        );
    }
    let what = format!(
        "{} of {of} {} encrypted by the CPU",
        way(fault.span),
        if fault.span == Span::Both { "are" } else { "is" }
    );
    match (fault.entry, fault.reason) {
        (Some(entry), _) => {
            Sentences::of(format!("{what}: {}", entry.means_on(device)), whose.daemon.cure(entry, device))
        }
        (None, Reason::FellBack) => Sentences::of(
            format!("{what}: the kernel refused the offload, and the daemon went on without it"),
            look(&whose.daemon),
        ),
        _ => Sentences::of(
            format!("{what}: the kernel did not put it on {device}, and nothing here says why"),
            format!(
                "look at 'ethtool -k {device}' and at the kernel's log ('dmesg'); 'swanwatch explain {}' shows the whole story",
                whose.name
            ),
        ),
    }
}

pub(super) fn is_in_kernel(id: SaId, code: Code) -> String {
    let what = match code {
        Code::OffloadDowngraded => "with crypto offload where packet offload was asked for",
        _ => "without offload",
    };
    format!("{id} is in the kernel {what}")
}

/// What the interface is.
pub(super) fn link(link: &Link) -> String {
    let kind = link.kind.as_ref().map(|kind| format!(" is a {kind} interface")).unwrap_or_default();
    let driver = link.driver.as_ref().map(|driver| format!(" (driver {driver})")).unwrap_or_default();
    let feature = match link.esp_hw_offload {
        Some(true) => "on",
        Some(false) => "off",
        None => "not known",
    };
    format!("{}{driver}{kind}: esp-hw-offload is {feature}", link.name)
}
