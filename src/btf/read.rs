//! The bytes: header, sections, and one type after the other.

use super::{Btf, BtfError};

const MAGIC: u16 = 0xeb9f;
const VERSION: u8 = 1;
/// The header without the layout, which newer kernels have.
const HEADER: usize = 24;
const HEADER_WITH_LAYOUT: usize = 32;
/// What each type begins with: `struct btf_type`.
const COMMON: usize = 12;

/// The integer that is as large as a pointer, as gcc and clang name it.
const LONG: [&[u8]; 2] = [b"long unsigned int", b"unsigned long"];

/// Kinds of types (`BTF_KIND_…`).
pub(super) mod kind {
    pub(in crate::btf) const INT: u8 = 1;
    pub(in crate::btf) const POINTER: u8 = 2;
    pub(in crate::btf) const ARRAY: u8 = 3;
    pub(in crate::btf) const STRUCT: u8 = 4;
    pub(in crate::btf) const UNION: u8 = 5;
    pub(in crate::btf) const ENUM: u8 = 6;
    pub(in crate::btf) const FORWARD: u8 = 7;
    pub(in crate::btf) const TYPEDEF: u8 = 8;
    pub(in crate::btf) const VOLATILE: u8 = 9;
    pub(in crate::btf) const CONST: u8 = 10;
    pub(in crate::btf) const RESTRICT: u8 = 11;
    pub(in crate::btf) const FUNCTION: u8 = 12;
    pub(in crate::btf) const PROTOTYPE: u8 = 13;
    pub(in crate::btf) const VARIABLE: u8 = 14;
    pub(in crate::btf) const SECTION: u8 = 15;
    pub(in crate::btf) const FLOAT: u8 = 16;
    pub(in crate::btf) const DECLARATION_TAG: u8 = 17;
    pub(in crate::btf) const TYPE_TAG: u8 = 18;
    pub(in crate::btf) const ENUM64: u8 = 19;
}

/// A part of the bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct BtfSection {
    begin: usize,
    length: usize,
}

/// One type, and what stands behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type<'a> {
    pub kind: u8,
    pub flag: bool,
    name: u32,
    /// Its bytes, or the type that it is of.
    pub size_or_type: u32,
    rest: &'a [u8],
}

/// A member or a parameter: its name, and the numbers behind that.
#[derive(Clone, Copy, Debug)]
pub(super) struct BtfItem {
    pub name: u32,
    pub first: u32,
    pub second: u32,
}

impl Btf {
    /// Takes the description of a whole kernel, which is not split (`/sys/kernel/btf/vmlinux`).
    ///
    /// # Errors
    /// It is none, it is cut, or it has types that nobody can tell the length of.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, BtfError> {
        let half = |at: usize| bytes.get(at..)?.first_chunk().map(|half| u16::from_ne_bytes(*half));
        let word = |at: usize| word(&bytes, at).ok_or(BtfError::Cut("header"));
        if half(0) != Some(MAGIC) {
            return Err(BtfError::NotBtf);
        }
        let version = bytes.get(2).copied().unwrap_or(0);
        if version != VERSION {
            return Err(BtfError::Version(version));
        }
        let header = word(4)? as usize;
        if header < HEADER {
            return Err(BtfError::Cut("header"));
        }
        let section = |at: usize, what: &'static str| {
            let begin = header.checked_add(word(at)? as usize).ok_or(BtfError::Cut(what))?;
            let length = word(at + 4)? as usize;
            let end = begin.checked_add(length).filter(|end| *end <= bytes.len());
            end.map(|_| BtfSection { begin, length }).ok_or(BtfError::Cut(what))
        };
        let (types, strings) = (section(8, "types")?, section(16, "names")?);
        let layout = if header >= HEADER_WITH_LAYOUT { Some(section(HEADER, "layout")?) } else { None };
        let mut btf = Self {
            bytes,
            types,
            strings,
            starts: Vec::new(),
            structures: Vec::new(),
            functions: Vec::new(),
            pointer: None,
        };
        btf.find_types(layout)?;
        Ok(btf)
    }

    /// Steps over all types once, and keeps where they are.
    fn find_types(&mut self, layout: Option<BtfSection>) -> Result<(), BtfError> {
        let mut at = 0;
        while at < self.types.length {
            let id = u32::try_from(self.starts.len() + 1).map_err(|_| BtfError::Cut("types"))?;
            let found = self.at(at).ok_or(BtfError::Cut("types"))?;
            let rest = self.rest(found.kind, info(self.section(self.types), at).unwrap_or(0), layout);
            let rest = rest.ok_or(BtfError::Kind { id, kind: found.kind })?;
            let next = at.checked_add(COMMON).and_then(|next| next.checked_add(rest));
            let next = next.filter(|next| *next <= self.types.length).ok_or(BtfError::Cut("types"))?;
            let (kind, named, size) = (found.kind, found.name != 0, found.size_or_type);
            let is_long = kind == kind::INT && LONG.contains(&self.string(found.name));
            if is_long && matches!(size, 4 | 8) {
                self.pointer = Some(size);
            }
            self.starts.push(u32::try_from(at).map_err(|_| BtfError::Cut("types"))?);
            match kind {
                kind::STRUCT | kind::UNION if named => self.structures.push(id),
                kind::FUNCTION if named => self.functions.push(id),
                _ => {}
            }
            at = next;
        }
        Ok(())
    }

    /// How many bytes stand behind the common part of a type; a kind that is not known is looked up in the layout.
    fn rest(&self, kind: u8, info: u32, layout: Option<BtfSection>) -> Option<usize> {
        let items = count(info);
        match kind {
            kind::INT | kind::VARIABLE | kind::DECLARATION_TAG => Some(4),
            kind::ARRAY => Some(12),
            kind::STRUCT | kind::UNION | kind::SECTION | kind::ENUM64 => items.checked_mul(12),
            kind::ENUM | kind::PROTOTYPE => items.checked_mul(8),
            kind::POINTER | kind::FORWARD..=kind::FUNCTION | kind::FLOAT | kind::TYPE_TAG => Some(0),
            _ => {
                // struct btf_layout: bytes once, bytes for each item, flags.
                let entry = self.section(layout?).get(usize::from(kind).checked_mul(4)?..)?;
                let (once, each) = (usize::from(*entry.first()?), usize::from(*entry.get(1)?));
                items.checked_mul(each)?.checked_add(once)
            }
        }
    }

    /// The type of that number; none for 0, which is void.
    pub(super) fn get(&self, id: u32) -> Option<Type<'_>> {
        let place = usize::try_from(id.checked_sub(1)?).ok()?;
        let (start, next) = (*self.starts.get(place)? as usize, self.starts.get(place + 1));
        let end = next.map_or(self.types.length, |next| *next as usize);
        let found = self.at(start)?;
        Some(Type { rest: found.rest.get(..end.checked_sub(start)?.checked_sub(COMMON)?)?, ..found })
    }

    /// The type that begins there, with all that follows it.
    fn at(&self, at: usize) -> Option<Type<'_>> {
        let types = self.section(self.types);
        let info = info(types, at)?;
        Some(Type {
            // Seven bits, and 24 for the number of items, since the kernels that lay out their kinds; the others have zeros there.
            kind: u8::try_from(info >> 24 & 0x7f).ok()?,
            flag: info >> 31 == 1,
            name: word(types, at)?,
            size_or_type: word(types, at.checked_add(8)?)?,
            rest: types.get(at.checked_add(COMMON)?..)?,
        })
    }

    /// A name; empty where there is none.
    pub(super) fn string(&self, at: u32) -> &[u8] {
        let names = self.section(self.strings).get(at as usize..).unwrap_or_default();
        let end = memchr::memchr(0, names).unwrap_or(0);
        names.get(..end).unwrap_or_default()
    }

    /// Whether it has that name.
    pub(super) fn is_named(&self, at: u32, name: &str) -> bool {
        let found = self.section(self.strings).get(at as usize..).and_then(|names| names.strip_prefix(name.as_bytes()));
        found.is_some_and(|behind| behind.first() == Some(&0))
    }

    fn section(&self, section: BtfSection) -> &[u8] {
        self.bytes.get(section.begin..).and_then(|rest| rest.get(..section.length)).unwrap_or_default()
    }
}

impl Type<'_> {
    pub(super) const fn name(&self) -> u32 {
        self.name
    }

    /// The members of a structure: name, type, place in bits.
    pub(super) fn triples(&self) -> impl Iterator<Item = BtfItem> {
        self.rest
            .chunks_exact(12)
            .filter_map(|item| Some(BtfItem { name: word(item, 0)?, first: word(item, 4)?, second: word(item, 8)? }))
    }

    /// The parameters of a function: name and type.
    pub(super) fn pairs(&self) -> impl Iterator<Item = BtfItem> {
        self.rest
            .chunks_exact(8)
            .filter_map(|item| Some(BtfItem { name: word(item, 0)?, first: word(item, 4)?, second: 0 }))
    }

    /// The word at that place behind it.
    pub(super) fn word(&self, place: usize) -> Option<u32> {
        word(self.rest, place.checked_mul(4)?)
    }
}

fn info(types: &[u8], at: usize) -> Option<u32> {
    word(types, at.checked_add(4)?)
}

/// How many items it has.
const fn count(info: u32) -> usize {
    (info & 0x00ff_ffff) as usize
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_ne_bytes(*word))
}
