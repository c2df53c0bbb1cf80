//! A configuration that is wrong.

use crate::engine::tests::world::*;
use crate::model::*;

const ID: &str = "configuration-wrong:host";

fn wrong(error: &str, instead: Instead) -> What {
    let file = "/etc/swanwatch/swanwatch.yaml".to_owned();
    What::Misconfigured(WrongConfiguration { error: format!("{file}:{error}"), file, instead })
}

#[test]
fn it_is_told_at_once_changes_with_the_file_and_is_over_when_that_is_right() {
    let mut world = World::new();
    world.see(wrong("3:10: offload: 'yes' is not known", Instead::Defaults));
    let finding = world.finding(ID);
    assert_eq!(finding.severity, Severity::Critical);
    assert!(
        finding.summary.contains("no remedy acts") && finding.summary.contains("swanwatch.yaml:3:10"),
        "{finding:?}"
    );
    assert!(finding.advice.contains("'swanwatch check-config /etc/swanwatch/swanwatch.yaml'"), "{}", finding.advice);
    world.see(wrong("3:10: offload: 'yes' is not known", Instead::Defaults));
    world.see(wrong("4:1: act: 'all' is not known", Instead::Defaults));
    world.wait(10);
    world.see(What::Reconfigured(EngineSettings::default()));
    let told: Vec<_> = world.told.iter().map(|(change, finding)| (*change, finding.id.as_str())).collect();
    assert_eq!(told, [(Change::Opened, ID), (Change::Changed, ID), (Change::Closed, ID)]);
    world.keep("made-configuration-wrong");
}

#[test]
fn where_what_was_before_stays_it_is_a_warning() {
    let mut world = World::new();
    world.wait(10);
    for instead in [Instead::Previous, Instead::Rest] {
        world.see(wrong("1:1: the key 'ofload' is not known", instead));
        assert_eq!(world.finding(ID).severity, Severity::Warning);
    }
    world.see(What::Reconfigured(EngineSettings::default()));
    assert_eq!(world.open(), [] as [&str; 0]);
}
