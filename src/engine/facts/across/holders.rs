//! Which interface an SA belongs to that claims none.

use crate::engine::facts::Facts;
use crate::engine::facts::holders::Holders;
use crate::engine::facts::sad::Sa;
use crate::model::Direction;

impl Facts {
    /// The interface with the SA's local address.
    pub(in crate::engine) fn holder(&self, sa: &Sa, holders: &mut Holders) -> Option<u32> {
        let mut of = |address| holders.of(&self.links, address);
        match sa.way() {
            Some(Direction::Out) => of(sa.src),
            Some(Direction::In) => of(sa.dst),
            None => of(sa.src).or_else(|| of(sa.dst)),
        }
    }
}
