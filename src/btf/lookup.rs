//! Looking for a name. All is bounded: how far a type leads to another, how deep structures without a name lie in each other, and how many
//! members are looked at.

use super::read::{BtfItem, Type, kind};
use super::{Btf, Member, Parameter};

/// `const volatile typedef …`, or arrays of arrays: no type of a kernel is behind more.
const FAR: usize = 32;
/// Structures without a name in each other.
const DEEP: usize = 16;
/// Members that one question may look at.
const MEMBERS: usize = 1 << 16;

/// A member as it was found.
#[derive(Clone, Copy, Debug)]
struct FoundMember {
    /// Bits before it.
    bits: u64,
    of: u32,
    is_bit_field: bool,
}

impl Btf {
    /// A member of a structure or union, `props.family`: what is in structures without a name is found as C finds it. Pointers are not
    /// followed. None where there is none, where it is a bit field, and where several structures of that name differ.
    pub fn member(&self, structure: &str, path: &str) -> Option<Member> {
        let mut left = MEMBERS;
        agreed(self.named(&self.structures, structure).map(|one| {
            let found =
                self.find_path(one, path, &mut left)?.filter(|found| !found.is_bit_field && found.bits % 8 == 0)?;
            Some(Member {
                offset: u32::try_from(found.bits / 8).ok()?,
                size: self.size(found.of)?,
                is_pointer: self.plain(found.of)?.1.kind == kind::POINTER,
                points_to: self.points_to(found.of),
            })
        }))
    }

    /// Whether a structure has that member, be it a bit field. None where this kernel tells of no such structure, or of several that differ.
    pub fn has_member(&self, structure: &str, path: &str) -> Option<bool> {
        let mut left = MEMBERS;
        agreed(self.named(&self.structures, structure).map(|one| Some(self.find_path(one, path, &mut left)?.is_some())))
    }

    /// What a function takes. None where there is none of that name, or several that differ.
    pub fn function(&self, name: &str) -> Option<Vec<Parameter>> {
        agreed(self.named(&self.functions, name).map(|one| self.parameters(one.size_or_type)))
    }

    /// What the function takes that this member of a structure points to; names are mostly empty.
    pub fn pointed_function(&self, structure: &str, path: &str) -> Option<Vec<Parameter>> {
        let mut left = MEMBERS;
        agreed(self.named(&self.structures, structure).map(|one| {
            let pointer = self.plain(self.find_path(one, path, &mut left)??.of)?.1;
            if pointer.kind == kind::POINTER { self.parameters(pointer.size_or_type) } else { None }
        }))
    }

    fn named<'a>(&'a self, ids: &'a [u32], name: &'a str) -> impl Iterator<Item = Type<'a>> {
        ids.iter().filter_map(|id| self.get(*id)).filter(move |one| self.is_named(one.name(), name))
    }

    /// The outer none is a question that went too far; the inner one says that there is no such member.
    #[expect(clippy::option_option, reason = "no answer is not the answer no")]
    fn find_path(&self, structure: Type<'_>, path: &str, left: &mut usize) -> Option<Option<FoundMember>> {
        let mut names = path.split('.');
        let first = names.next().unwrap_or_default();
        let Some(mut found) = self.find(structure, first, DEEP, left)? else { return Some(None) };
        for name in names {
            let inner = self.plain(found.of).filter(|(_, inner)| is_structure(inner));
            let Some((_, inner)) = inner else { return Some(None) };
            let Some(next) = self.find(inner, name, DEEP, left)? else { return Some(None) };
            found = FoundMember { bits: found.bits.checked_add(next.bits)?, ..next };
        }
        Some(Some(found))
    }

    #[expect(clippy::option_option, reason = "no answer is not the answer no")]
    fn find(&self, structure: Type<'_>, name: &str, deep: usize, left: &mut usize) -> Option<Option<FoundMember>> {
        for member in structure.triples() {
            *left = left.checked_sub(1)?;
            let (bits, is_bit_field) = self.place(structure, member);
            if !self.string(member.name).is_empty() {
                if self.is_named(member.name, name) {
                    return Some(Some(FoundMember { bits, of: member.first, is_bit_field }));
                }
                continue;
            }
            let Some((_, inner)) = self.plain(member.first).filter(|(_, inner)| is_structure(inner)) else { continue };
            if let Some(found) = self.find(inner, name, deep.checked_sub(1)?, left)? {
                return Some(Some(FoundMember { bits: found.bits.checked_add(bits)?, ..found }));
            }
        }
        Some(None)
    }

    /// In bits, and whether it is a bit field: of a structure with one, the upper byte says how many bits each member has; of others,
    /// from older compilers, its integer says so.
    fn place(&self, structure: Type<'_>, member: BtfItem) -> (u64, bool) {
        if structure.flag {
            return (u64::from(member.second & 0x00ff_ffff), member.second >> 24 != 0);
        }
        let integer = self.plain(member.first).map(|(_, integer)| integer).filter(|integer| integer.kind == kind::INT);
        let of_bits = integer.and_then(|integer| Some((integer.word(0)?, integer.size_or_type)));
        // Where its bits begin, and how many there are.
        let is_part = |(encoding, size): (u32, u32)| {
            encoding >> 16 & 0xff != 0 || u64::from(encoding & 0xff) != u64::from(size).saturating_mul(8)
        };
        (u64::from(member.second), of_bits.is_some_and(is_part))
    }

    /// The type behind names and qualifiers.
    fn plain(&self, mut id: u32) -> Option<(u32, Type<'_>)> {
        for _ in 0..FAR {
            let found = self.get(id)?;
            match found.kind {
                kind::TYPEDEF | kind::VOLATILE | kind::CONST | kind::RESTRICT | kind::TYPE_TAG => {
                    id = found.size_or_type
                }
                _ => return Some((id, found)),
            }
        }
        None
    }

    fn size(&self, mut id: u32) -> Option<u32> {
        let mut times = 1_u32;
        for _ in 0..FAR {
            let (_, found) = self.plain(id)?;
            let size = match found.kind {
                kind::INT | kind::STRUCT | kind::UNION | kind::ENUM | kind::ENUM64 | kind::FLOAT => found.size_or_type,
                kind::POINTER => self.pointer?,
                kind::ARRAY => {
                    // The type of an element, that of an index, how many.
                    (id, times) = (found.word(0)?, times.checked_mul(found.word(2)?)?);
                    continue;
                }
                _ => return None,
            };
            return size.checked_mul(times);
        }
        None
    }

    fn points_to(&self, id: u32) -> Option<String> {
        let (_, pointer) = self.plain(id).filter(|(_, pointer)| pointer.kind == kind::POINTER)?;
        let (_, structure) = self.plain(pointer.size_or_type)?;
        let is_one = is_structure(&structure) || structure.kind == kind::FORWARD;
        let name = self.string(structure.name());
        (is_one && !name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
    }

    fn parameters(&self, prototype: u32) -> Option<Vec<Parameter>> {
        let (_, prototype) = self.plain(prototype).filter(|(_, found)| found.kind == kind::PROTOTYPE)?;
        let parameter = |item: BtfItem| Parameter {
            name: String::from_utf8_lossy(self.string(item.name)).into_owned(),
            points_to: self.points_to(item.first),
        };
        Some(prototype.pairs().map(parameter).collect())
    }
}

fn is_structure(found: &Type<'_>) -> bool {
    matches!(found.kind, kind::STRUCT | kind::UNION)
}

/// What all of them say; nothing where they differ, or where one of them says nothing.
fn agreed<T: PartialEq>(mut all: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first)).then_some(first)
}
