//! Where the fields of a record are: the kernel's own description of it (`events/…/format`, `events/header_page`).

use std::collections::BTreeMap;

use crate::sources::zero_terminated;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Bytes before it.
    pub offset: usize,
    /// Its bytes.
    pub size: usize,
}

/// A kind of record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// The number that its records begin with; a page's header has none.
    pub id: Option<u16>,
    fields: BTreeMap<String, Field>,
}

/// One record, read as its format says. Nothing is read beyond its end, whatever it says of itself.
#[derive(Clone, Copy, Debug)]
pub struct TraceRecord<'a> {
    format: &'a Format,
    bytes: &'a [u8],
}

impl Format {
    /// Reads a description; what is no line of a field is passed over.
    pub fn parse(text: &str) -> Self {
        let mut format = Self::default();
        for line in text.lines().map(str::trim) {
            if let Some(id) = line.strip_prefix("ID:") {
                format.id = id.trim().parse().ok();
            } else if let Some((name, field)) = field(line) {
                format.fields.insert(name.to_owned(), field);
            }
        }
        format
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<Field> {
        self.fields.get(name).copied()
    }

    /// A record of this kind.
    pub const fn record<'a>(&'a self, bytes: &'a [u8]) -> TraceRecord<'a> {
        TraceRecord { format: self, bytes }
    }
}

/// `field:u32 dst[]; offset:49; size:16; signed:0;`, with tabs between.
fn field(line: &str) -> Option<(&str, Field)> {
    let mut parts = line.split(';').map(str::trim);
    let declaration = parts.next()?.strip_prefix("field:")?;
    let name = declaration.rsplit([' ', '\t', '*']).next()?;
    let name = name.split('[').next()?;
    let mut number = |key: &str| parts.next()?.strip_prefix(key)?.parse().ok();
    let (offset, size) = (number("offset:")?, number("size:")?);
    (!name.is_empty()).then_some((name, Field { offset, size }))
}

impl<'a> TraceRecord<'a> {
    /// The field's bytes.
    pub fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        let field = self.format.field(name)?;
        self.bytes.get(field.offset..)?.get(..field.size)
    }

    /// A number in the kernel's byte order, not sign-extended.
    pub fn number(&self, name: &str) -> Option<u64> {
        number(self.bytes(name)?)
    }

    /// The text that a `__data_loc` field points to, without its zero; none where the kernel could not read it.
    pub fn text(&self, name: &str) -> Option<&'a [u8]> {
        // Length in the upper half, offset in the lower (include/trace/stages/stage1_struct_define.h).
        let place = u32::try_from(self.number(name)?).ok()?;
        let (length, offset) = ((place >> 16) as usize, (place & 0xffff) as usize);
        let text = self.bytes.get(offset..)?.get(..length)?;
        (length > 0).then(|| zero_terminated::bytes(text))
    }
}

/// A number of 1, 2, 4 or 8 bytes in this machine's order.
pub fn number(bytes: &[u8]) -> Option<u64> {
    match *bytes {
        [byte] => Some(u64::from(byte)),
        [a, b] => Some(u64::from(u16::from_ne_bytes([a, b]))),
        [a, b, c, d] => Some(u64::from(u32::from_ne_bytes([a, b, c, d]))),
        _ => bytes.try_into().ok().map(u64::from_ne_bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_own_descriptions_are_understood() {
        let extack = Format::parse(include_str!("samples/netlink_extack.format"));
        assert!(extack.id.is_some());
        assert_eq!(extack.field("common_pid"), Some(Field { offset: 4, size: 4 }));
        assert_eq!(extack.field("msg"), Some(Field { offset: 8, size: 4 }));
        let page = Format::parse(include_str!("samples/header_page"));
        assert_eq!(page.field("timestamp"), Some(Field { offset: 0, size: 8 }));
        assert_eq!(page.field("commit"), Some(Field { offset: 8, size: 8 }));
        assert_eq!(page.field("data"), Some(Field { offset: 16, size: 4080 }));
    }

    #[test]
    fn a_text_ends_with_its_record() {
        let format = Format::parse("\tfield:__data_loc char[] msg;\toffset:0;\tsize:4;\tsigned:0;");
        let at = |length: u32, offset: u32| (length << 16 | offset).to_ne_bytes();
        let record = [&at(3, 4)[..], b"no\0"].concat();
        assert_eq!(format.record(&record).text("msg"), Some(&b"no"[..]));
        let record = [&at(4, 4)[..], b"no\0"].concat();
        assert_eq!(format.record(&record).text("msg"), None, "longer than the record");
        assert_eq!(format.record(&at(0, 4)).text("msg"), None, "could not be read");
        assert_eq!(format.record(&[]).text("msg"), None);
    }
}
