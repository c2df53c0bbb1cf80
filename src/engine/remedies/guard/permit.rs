//! Whether a remedy may act at all.

use std::collections::BTreeSet;

use crate::model::RemedyKind;

/// Who wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderedBy {
    /// A finding calls for it.
    Finding,
    /// A person asks for it.
    Hand,
    /// A run of swanwatch before this one left its work half done: that is mended, whatever may act now.
    Unfinished,
}

/// A finding's remedy acts where the configuration says so, but for what a person alone may ask for; a person may ask for any.
pub fn is_permitted(act: &BTreeSet<RemedyKind>, kind: RemedyKind, by: OrderedBy) -> bool {
    match by {
        OrderedBy::Finding => kind != RemedyKind::Evacuate && act.contains(&kind),
        OrderedBy::Hand | OrderedBy::Unfinished => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_by_itself_that_is_not_in_the_configuration() {
        let act = [RemedyKind::Rekey].into();
        for kind in RemedyKind::ALL {
            assert_eq!(is_permitted(&act, kind, OrderedBy::Finding), kind == RemedyKind::Rekey);
            assert!(is_permitted(&act, kind, OrderedBy::Hand));
            assert!(!is_permitted(&BTreeSet::new(), kind, OrderedBy::Finding));
        }
        assert!(!is_permitted(&RemedyKind::ALL.into(), RemedyKind::Evacuate, OrderedBy::Finding));
    }
}
