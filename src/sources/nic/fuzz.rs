//! Fuzz target: rtnetlink's messages about interfaces and addresses.

use super::change::Change;
use super::socket;
use super::table::Table;
use crate::fuzzing::comes_back;
use crate::model::What;
use crate::sources::netlink::Datagram;

/// What is told of an interface is told once.
pub(crate) fn links(bytes: &[u8]) {
    let changes = socket::changes(bytes, Datagram { length: bytes.len(), sender: 0 }).unwrap_or_default();
    let mut table = Table::default();
    for change in changes {
        let index = match change {
            Change::Link(link) => {
                let index = link.index;
                table.set(*link);
                index
            }
            Change::Gone(index) => {
                table.remove(index);
                assert_eq!(table.tell(index), None);
                continue;
            }
            Change::Address(index, address) => {
                table.address(index, address, true);
                index
            }
            Change::AddressGone(index, address) => {
                table.address(index, address, false);
                index
            }
            Change::Done | Change::Refused(_) | Change::None => continue,
        };
        if let Some(What::Link(link)) = table.tell(index) {
            comes_back(&link);
        }
        assert_eq!(table.tell(index), None);
    }
}
