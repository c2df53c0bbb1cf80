//! A policy of NEWPOLICY, UPDPOLICY, DELPOLICY, POLEXPIRE and of a dump (`xfrm_notify_policy`, `dump_one_policy`, net/xfrm/xfrm_user.c).

use zerocopy::FromBytes;
use zerocopy::byteorder::native_endian::U32;

use super::address::{address, mark, mode, offload, selector};
use super::{Attributes, DecodeError, Decoder};
use crate::model::{Action, KernelPolicy, Mark, PolicyDirection, PolicyId, Protocol, Spi, Template};
use crate::sources::xfrm::layout::{self, PolicyInfo, PolicyKey};
use crate::sources::xfrm::numbers::*;
use crate::sources::xfrm::unknown::pass_over;

impl Decoder {
    /// The policy in a payload that starts with `struct xfrm_userpolicy_info`.
    ///
    /// # Errors
    /// What is short, truncated or of no known family.
    #[inline]
    pub fn policy(&self, payload: &[u8]) -> Result<KernelPolicy, DecodeError> {
        let (info, rest) = PolicyInfo::ref_from_prefix(payload).map_err(|_| DecodeError::Short {
            kind: XFRM_MSG_NEWPOLICY,
            length: payload.len(),
            needed: size_of::<PolicyInfo>(),
        })?;
        self.policy_of(info, rest)
    }

    /// Appends it to the rows of a dump.
    ///
    /// # Errors
    /// As `policy`; then nothing is appended.
    #[inline]
    pub fn append_policy(&self, payload: &[u8], rows: &mut Vec<KernelPolicy>) -> Result<(), DecodeError> {
        rows.push(self.policy(payload)?);
        Ok(())
    }

    /// The same where the fixed part stands apart from the attributes.
    #[inline]
    pub(super) fn policy_of(&self, info: &PolicyInfo, attributes: &[u8]) -> Result<KernelPolicy, DecodeError> {
        let mut policy = KernelPolicy {
            id: self.policy_id(&info.selector, info.direction)?,
            index: info.index.get(),
            priority: info.priority.get(),
            action: if info.action == XFRM_POLICY_BLOCK { Action::Block } else { Action::Allow },
            template: None,
            templates: 0,
            offload: None,
        };
        for attribute in Attributes::new(attributes) {
            let attribute = attribute?;
            match attribute.kind {
                XFRMA_TMPL if !attribute.value.is_empty() => {
                    policy.template = Some(template(attribute.read()?)?);
                    let count = attribute.value.len() / size_of::<layout::Template>();
                    policy.templates = u8::try_from(count).unwrap_or(u8::MAX);
                }
                XFRMA_MARK => policy.id.mark = mark(attribute.read()?),
                XFRMA_IF_ID => policy.id.if_id = attribute.read::<U32>()?.get(),
                XFRMA_OFFLOAD_DEV => policy.offload = Some(offload(attribute.read()?)),
                kind if kind > XFRMA_LAST => pass_over(kind),
                _ => {}
            }
        }
        Ok(policy)
    }

    /// The policy that a DELPOLICY names. Its own header says nothing of the packets where the policy was deleted by its index, so the
    /// policy that the event carries besides is asked first.
    pub(super) fn deleted_policy(&self, payload: &[u8]) -> Result<PolicyId, DecodeError> {
        let (key, rest) = PolicyKey::ref_from_prefix(payload).map_err(|_| DecodeError::Short {
            kind: XFRM_MSG_DELPOLICY,
            length: payload.len(),
            needed: size_of::<PolicyKey>(),
        })?;
        for attribute in Attributes::new(rest) {
            let attribute = attribute?;
            if attribute.kind == XFRMA_POLICY {
                return Ok(self.policy_of(attribute.read()?, rest)?.id);
            }
        }
        let mut id = self.policy_id(&key.selector, key.direction)?;
        for attribute in Attributes::new(rest) {
            let attribute = attribute?;
            match attribute.kind {
                XFRMA_MARK => id.mark = mark(attribute.read()?),
                XFRMA_IF_ID => id.if_id = attribute.read::<U32>()?.get(),
                _ => {}
            }
        }
        Ok(id)
    }

    fn policy_id(&self, raw: &layout::Selector, direction: u8) -> Result<PolicyId, DecodeError> {
        Ok(PolicyId {
            netns: self.netns,
            selector: selector(raw, raw.family.get())?,
            direction: match direction {
                0 => PolicyDirection::In,
                1 => PolicyDirection::Out,
                2 => PolicyDirection::Forward,
                other => PolicyDirection::Other(other),
            },
            mark: Mark::default(),
            if_id: 0,
        })
    }
}

#[inline]
fn template(raw: &layout::Template) -> Result<Template, DecodeError> {
    let family = raw.family.get();
    Ok(Template {
        src: address(raw.src, family)?,
        dst: address(raw.id.dst, family)?,
        protocol: Protocol::from_number(raw.id.protocol),
        mode: mode(raw.mode),
        reqid: raw.reqid.get(),
        spi: Spi(raw.id.spi.get()),
    })
}
