//! Checks that several drivers make alike, each in words of its own.

use super::cures;
use super::entry::{CallerSees, CheckPlace, ENOSPC, Entry};
use super::fits::{CaseView, Fits, certain_if};
use crate::model::{Protocol, Reason};

impl CheckPlace {
    /// IPCOMP is no protocol of the device's.
    pub(super) const fn no_ipcomp(self, text: &'static str) -> Entry {
        let means = "the device offloads ESP only, and this SA compresses (IPCOMP)";
        self.refusal(Reason::CompressionUnsupported, text, means, cures::NO_COMPRESSION, |view| {
            certain_if(view.protocol_is(Protocol::Comp))
        })
    }

    /// No compression beside ESP.
    pub(super) const fn no_compression(self, text: &'static str) -> Entry {
        let means = "the device offloads no SA that compresses";
        self.refusal(Reason::CompressionUnsupported, text, means, cures::NO_COMPRESSION, |_| Fits::Hidden)
    }

    /// No packet mode.
    pub(super) const fn crypto_only(self, text: &'static str) -> Entry {
        self.refusal(Reason::PacketUnsupported, text, "the device has crypto offload only", cures::CRYPTO, |view| {
            certain_if(view.packet())
        })
    }

    /// Another family than the two.
    pub(super) const fn no_family(self, text: &'static str) -> Entry {
        self.refusal(Reason::FamilyUnsupported, text, "the SA is neither IPv4 nor IPv6", cures::NONE, |_| Fits::Hidden)
    }

    /// No traffic flow confidentiality.
    pub(super) const fn no_tfc(self) -> Entry {
        let means = "the SA pads its packets (TFC), which the device does not";
        let text = "Cannot offload xfrm states with tfc padding";
        self.refusal(Reason::TfcPadding, text, means, cures::NO_TFC, |_| Fits::Hidden)
    }

    /// A cipher that generates no IVs.
    pub(super) const fn no_geniv(self) -> Entry {
        let text = "Cannot offload xfrm states without geniv";
        self.refusal(Reason::IvGenerator, text, "the SA's cipher generates no IVs", cures::GCM, |_| Fits::Hidden)
    }

    /// A cipher that generates them in another way.
    pub(super) const fn other_geniv(self) -> Entry {
        let means = "the SA's cipher generates its IVs in another way than from the sequence number";
        let text = "Cannot offload xfrm states with geniv other than seqiv";
        self.refusal(Reason::IvGenerator, text, means, cures::GCM, |_| Fits::Hidden)
    }

    // --- ixgbe and its virtual function: the error says which table, the log which check

    pub(super) const fn full(self, text: &'static str, means: &'static str, when: fn(&CaseView<'_>) -> Fits) -> Entry {
        self.refusal(Reason::Capacity, text, means, cures::FULL, when).with(CallerSees::Errors(&[ENOSPC]))
    }

    pub(super) const fn no_aead(self, text: &'static str, when: fn(&CaseView<'_>) -> Fits) -> Entry {
        self.refusal(Reason::AlgorithmUnsupported, text, "the device offloads AES-GCM only", cures::GCM, when)
            .logged(&["Unsupported IPsec algorithm"])
    }

    pub(super) const fn other_than_gcm(self, text: &'static str, when: fn(&CaseView<'_>) -> Fits) -> Entry {
        self.no_aead(text, when).logged(&["Unsupported IPsec algorithm - please use rfc4106(gcm(aes))"])
    }

    pub(super) const fn icv_of_16(self, text: &'static str, when: fn(&CaseView<'_>) -> Fits) -> Entry {
        let means = "the device offloads AES-GCM with an ICV of 16 bytes only";
        self.refusal(Reason::IcvLength, text, means, cures::ICV_16, when)
            .logged(&["IPsec offload requires 128 bit authentication"])
    }

    pub(super) const fn key_of_128(
        self,
        text: &'static str,
        means: &'static str,
        cure: cures::Cure,
        when: fn(&CaseView<'_>) -> Fits,
    ) -> Entry {
        self.refusal(Reason::KeyLength, text, means, cure, when)
            .logged(&["IPsec hw offload only supports keys up to 128 bits with a 32 bit salt"])
    }
}
