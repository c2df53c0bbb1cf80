//! What is said of a configuration that is wrong.

use crate::engine::findings::Sentences;
use crate::model::{Instead, WrongConfiguration};

pub(super) const OVER: &str = "the configuration was read, and is right";

/// A file that is wrong.
pub(super) fn configuration_wrong(wrong: &WrongConfiguration) -> Sentences {
    let WrongConfiguration { file, error, instead } = wrong;
    let meanwhile = match instead {
        Instead::Defaults => {
            "no remedy acts, and the daemon is watched as if there were no configuration, because the configuration is wrong"
        }
        Instead::Previous => {
            "what the configuration says now is not in force, because it is wrong; what it said before is"
        }
        Instead::Rest => "the system refuses a part of what the configuration asks for; the rest is in force",
    };
    Sentences::of(
        format!("{meanwhile}: {error}"),
        format!(
            "mend the file until 'swanwatch check-config {file}' says ok, then 'systemctl reload swanwatch' \
             (a namespace's own instance: swanwatch@NAME)"
        ),
    )
}
