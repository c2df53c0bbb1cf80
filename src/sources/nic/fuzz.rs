//! Fuzz target: rtnetlink's messages about interfaces and addresses.

use super::change::LinkChange;
use super::socket;
use super::table::InterfaceTable;
use crate::fuzzing::comes_back;
use crate::model::What;
use crate::sources::netlink::Datagram;

/// What is told of an interface is told once.
pub(crate) fn links(bytes: &[u8]) {
    let changes = socket::changes(bytes, Datagram { length: bytes.len(), sender: 0 }).unwrap_or_default();
    let mut table = InterfaceTable::default();
    for change in changes {
        let index = match change {
            LinkChange::Link(link) => {
                let index = link.index;
                table.set(*link);
                index
            }
            LinkChange::Gone(index) => {
                table.remove(index);
                assert_eq!(table.tell(index), None);
                continue;
            }
            LinkChange::Address(index, address) => {
                table.address(index, address, true);
                index
            }
            LinkChange::AddressGone(index, address) => {
                table.address(index, address, false);
                index
            }
            LinkChange::Done | LinkChange::Refused(_) | LinkChange::None => continue,
        };
        if let Some(What::Link(link)) = table.tell(index) {
            comes_back(&link);
        }
        assert_eq!(table.tell(index), None);
    }
}
