//! Names are what tells connections apart, whatever they look like.

use super::world::*;
use crate::model::*;

#[test]
fn connections_that_differ_by_a_number_as_long_as_a_key_are_two() {
    const NAMES: [&str; 3] = [
        "site@0f1e2d3c4b5a69788796a5b4c3d2e1f0@@203.0.113.7@@Customer",
        "site@00112233445566778899aabbccddeeff@@203.0.113.7@@Customer",
        "conn with \"quotes and blanks",
    ];
    let mut world = World::unjoined();
    world.connections = NAMES.map(|name| connection(name, OffloadSetting::Crypto)).to_vec();
    world.join();
    for (name, serial) in NAMES.into_iter().zip([1, 3, 5]) {
        world.log(name, serial, Statement::Initiating { rekeys: None });
        world.log(name, serial + 1, Statement::PeerRefused { notify: Notify("TS_UNACCEPTABLE".to_owned()) });
    }
    for name in NAMES {
        let finding = world.finding(&format!("tunnel-down:{name}"));
        assert_eq!(finding.subject.connection.as_deref(), Some(name));
        assert!(finding.summary.starts_with(&format!("{name} is down")), "{finding:?}");
    }
    world.establish(NAMES[0], 8, true);
    world.wait(6);
    assert_eq!(world.closed(), [format!("tunnel-down:{}", NAMES[0])]);
    world.keep("made-names");
}

/// Of older runs, whose recordings have names in which such a number was masked.
#[test]
fn a_masked_name_is_a_name() {
    let mut world = World::unjoined();
    world.connections = vec![connection("site@[hidden]", OffloadSetting::Crypto)];
    world.join();
    world.log("site@[hidden]", 1, Statement::Initiating { rekeys: None });
    world.log("site@[hidden]", 1, Statement::IkeFailed { notify: None });
    world.log("site@[hidden]", 2, Statement::NoAnswer);
    assert_eq!(world.open(), ["tunnel-down:site@[hidden]"]);
    world.keep("made-masked-name");
}
