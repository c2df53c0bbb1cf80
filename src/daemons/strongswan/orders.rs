//! What charon is asked, and made to do, over its control socket. Nothing is ever waited for there: each command that waits holds one of its
//! threads, and a dozen of them hold it for good.

use super::tables::KnownSas;
use super::vici::MessageBytes;
use crate::model::{Serial, Step};

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViciRequest {
    pub command: &'static str,
    pub arguments: Vec<(&'static str, String)>,
    /// The events in which its answer comes, where it does.
    pub events: Option<&'static str>,
}

impl ViciRequest {
    fn new(command: &'static str, events: Option<&'static str>, arguments: &[(&'static str, &str)]) -> Self {
        let arguments = arguments.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { command, arguments, events }
    }

    /// Its arguments as they are sent.
    pub fn message(&self) -> MessageBytes {
        let arguments: Vec<_> = self.arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
        MessageBytes::of(&arguments)
    }

    pub fn version() -> Self {
        Self::new("version", None, &[])
    }

    pub fn stats() -> Self {
        Self::new("stats", None, &[])
    }

    pub fn list_connections() -> Self {
        Self::new("list-conns", Some("list-conn"), &[])
    }

    pub fn list_traps() -> Self {
        Self::new("list-policies", Some("list-policy"), &[("trap", "yes")])
    }

    /// Every IKE SA that charon is not busy with: for those it would wait.
    pub fn list_sas() -> Self {
        Self::new("list-sas", Some("list-sa"), &[("noblock", "yes")])
    }

    /// Of an IKE SA, or of all of this name, the Child SAs of one name.
    pub fn list_sas_of(serial: Option<Serial>, ike: &str, child: &str) -> Self {
        let mut request = Self::list_sas();
        request.arguments.push(match serial {
            Some(serial) => ("ike-id", serial.0.to_string()),
            None => ("ike", ike.to_owned()),
        });
        request.arguments.push(("child", child.to_owned()));
        request
    }

    /// A step of a remedy; none where it is not charon's to do.
    pub fn order(step: &Step, known: &KnownSas) -> Option<Self> {
        match step {
            Step::Rekey { state: Some(state), .. } => {
                Some(Self::new("rekey", None, &[("child-id", &state.0.to_string())]))
            }
            Step::Rekey { connection, state: None } => {
                let (ike, child) = known.names_of(connection)?;
                Some(Self::new("rekey", None, &[("child", child), ("ike", ike)]))
            }
            Step::Initiate { connection } => {
                let (ike, child) = known.names_of(connection)?;
                Some(Self::new("initiate", None, &[("child", child), ("ike", ike), ("timeout", "-1")]))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(step: &Step) -> Option<String> {
        let request = ViciRequest::order(step, &KnownSas::default())?;
        assert_eq!(request.events, None);
        let arguments: Vec<_> = request.arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Some(format!("{} {}", request.command, arguments.join(" ")))
    }

    fn rekey(connection: &str, state: Option<u32>) -> Step {
        Step::Rekey { connection: connection.to_owned(), state: state.map(Serial) }
    }

    #[test]
    fn steps_name_one_sa_where_they_can_and_never_wait() {
        let initiate = |connection: &str| Step::Initiate { connection: connection.to_owned() };
        for (step, expected) in [
            (rekey("gw/t1", Some(7)), Some("rekey child-id=7")),
            (rekey("gw/t1", None), Some("rekey child=t1 ike=gw")),
            (initiate("gw/t1"), Some("initiate child=t1 ike=gw timeout=-1")),
            (initiate("a/b/c"), Some("initiate child=c ike=a/b timeout=-1")),
            // Without both names it might be another one's.
            (initiate("gw"), None),
            (rekey("/t1", None), None),
            (Step::RestartCommand, None),
        ] {
            assert_eq!(words(&step).as_deref(), expected, "{step}");
        }
        // Cut to the length that there is room for, it would be another name.
        assert_eq!(words(&initiate(&format!("gw/{}", "n".repeat(70_000)))), None);
    }

    #[test]
    fn a_table_never_waits_for_what_charon_is_busy_with() {
        for request in [ViciRequest::list_sas(), ViciRequest::list_sas_of(Some(Serial(3)), "gw", "t1")] {
            assert!(request.arguments.contains(&("noblock", "yes".to_owned())), "{request:?}");
        }
        assert_eq!(
            ViciRequest::list_sas_of(None, "gw", "t1").arguments[1..],
            [("ike", "gw".to_owned()), ("child", "t1".to_owned())]
        );
    }
}
