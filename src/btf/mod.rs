//! What the running kernel was built of: where members of its structures are, and what its functions take. As it tells by
//! its own type information (BTF: Documentation/bpf/btf.rst, include/uapi/linux/btf.h).
//!
//! Nothing is read here but the bytes that are given, and nothing is believed of them: what does not add up is not there. Where a kernel has
//! several types of one name that differ, the answer is none of them.

mod error;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod lookup;
#[cfg(test)]
pub(crate) mod made;
mod read;

pub use self::error::BtfError;
use self::read::BtfSection;

/// A kernel's types.
#[derive(Debug)]
pub struct Btf {
    bytes: Vec<u8>,
    types: BtfSection,
    strings: BtfSection,
    /// Where each type begins, from type 1 on, in bytes of the types.
    starts: Vec<u32>,
    /// The types that have a name and are looked for by it.
    structures: Vec<u32>,
    functions: Vec<u32>,
    /// Bytes of a pointer; none where no type tells.
    pointer: Option<u32>,
}

/// Where a member of a structure is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Bytes from the structure's beginning.
    pub offset: u32,
    /// Bytes; of an array all of it.
    pub size: u32,
    pub is_pointer: bool,
    /// The structure or union that it points to, where it is a pointer to one.
    pub points_to: Option<String>,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Empty where it has none, as those of function pointers.
    pub name: String,
    /// The structure or union that it points to, where it is a pointer to one.
    pub points_to: Option<String>,
}

#[cfg(test)]
mod tests;
