//! Why bytes are no description of types.

/// Why they are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BtfError {
    #[error("the kernel's type information does not begin as BTF of this machine's byte order does")]
    NotBtf,
    #[error("the kernel's type information is BTF of version {0}, which is not known")]
    Version(u8),
    #[error("the kernel's type information ends before its {0} does")]
    Cut(&'static str),
    #[error("type {id} of the kernel's type information is of kind {kind}, which is not known and not laid out in it")]
    Kind { id: u32, kind: u8 },
}
