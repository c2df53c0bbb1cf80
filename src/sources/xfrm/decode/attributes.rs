//! The walk over the attributes of one message.

use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::DecodeError;
use crate::sources::xfrm::layout::AttributeHeader;

/// Flags in the upper bits of the type (`NLA_F_NESTED`, `NLA_F_NET_BYTEORDER`).
const TYPE_MASK: u16 = 0x3fff;

/// One attribute, borrowed from the receive buffer.
#[derive(Clone, Copy)]
pub struct Attribute<'a> {
    /// `XFRMA_…`.
    pub kind: u16,
    /// Its bytes. Those of an algorithm end in a key.
    pub value: &'a [u8],
}

/// Iterates over attributes. After an error there is nothing more.
#[derive(Clone)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// Over what stands behind a message's fixed part.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let all = self.rest;
        // Fewer bytes than a header can only be padding.
        let (header, _) = AttributeHeader::ref_from_prefix(all).ok()?;
        let length = usize::from(header.length.get());
        let Some(value) = all.get(size_of::<AttributeHeader>()..length) else {
            self.rest = &[];
            return Some(Err(DecodeError::TruncatedAttribute { claimed: length, there: all.len() }));
        };
        self.rest = all.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Ok(Attribute { kind: header.kind.get() & TYPE_MASK, value }))
    }
}

impl<'a> Attribute<'a> {
    /// Its structure; bytes behind it are left alone.
    ///
    /// # Errors
    /// `ShortAttribute`.
    #[inline]
    pub fn read<T: FromBytes + KnownLayout + Immutable + Unaligned>(&self) -> Result<&'a T, DecodeError> {
        match T::ref_from_prefix(self.value) {
            Ok((value, _)) => Ok(value),
            Err(_) => {
                Err(DecodeError::ShortAttribute { kind: self.kind, length: self.value.len(), needed: size_of::<T>() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use zerocopy::byteorder::native_endian::U32;

    use super::*;

    fn attribute(length: u16, kind: u16) -> Vec<u8> {
        [length.to_ne_bytes(), kind.to_ne_bytes()].concat()
    }

    #[test]
    fn an_attribute_is_padded_to_four_and_its_flags_are_not_its_type() {
        let mut bytes = attribute(5, 0x8000 | 33);
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(attribute(8, 31));
        bytes.extend(7_u32.to_ne_bytes());
        let found: Vec<_> = Attributes::new(&bytes).map(Result::unwrap).collect();
        assert_eq!((found[0].kind, found[0].value), (33, &[1][..]));
        assert_eq!(found[1].read::<U32>().unwrap().get(), 7);
        assert!(found[0].read::<U32>().is_err());
    }

    #[test]
    fn lengths_that_cannot_be_end_the_walk_with_an_error() {
        for length in [0, 3, 9, u16::MAX] {
            let mut bytes = attribute(length, 31);
            bytes.extend([0; 4]);
            let found: Vec<_> = Attributes::new(&bytes).collect();
            assert_eq!(found.len(), 1, "{length}");
            assert!(found[0].is_err(), "{length}");
        }
    }
}
