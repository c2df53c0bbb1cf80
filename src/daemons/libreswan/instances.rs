//! `/1x2` is one of a connection's own pairs of selectors, `[1] 192.1.3.209` an instance for a caller, `/2x1[1] 192.1.3.209` both.

use super::Libreswan;
use super::version::is_5;
use crate::daemons::Instances;

impl Instances for Libreswan {
    fn is_of_caller(&self, instance: &str) -> bool {
        instance.contains('[')
    }

    fn pair_of_subnets<'a>(&self, instance: &'a str) -> Option<&'a str> {
        instance.split('[').next().filter(|alias| alias.starts_with('/'))
    }

    /// Both have the connection's name, and numbers of one counter.
    fn is_of_ike_sa(&self, _name: &str) -> bool {
        false
    }

    fn counts_apart(&self) -> bool {
        false
    }

    /// An alias has its number in its name, an instance is not in it.
    fn name_for_commands(&self, connection: &str, instance: Option<&str>) -> String {
        let alias = instance.and_then(|instance| self.pair_of_subnets(instance)).unwrap_or_default();
        format!("{connection}{alias}")
    }

    fn is_rekeyed_by_state(&self, connection: &str, instance: Option<&str>, version: Option<&str>) -> bool {
        // By the name all instances are meant.
        instance.is_some_and(|instance| self.is_of_caller(instance))
            || !is_5(version) && is_number(&self.name_for_commands(connection, instance))
    }
}

/// What strtol(3) reads to its end, so that 4.x takes it for a state's number (ikev2_rekey_now.c, `rekey_now`).
pub(super) fn is_number(name: &str) -> bool {
    let unsigned = name.trim_ascii_start();
    let unsigned = unsigned.strip_prefix(['+', '-']).unwrap_or(unsigned);
    let hexadecimal = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"));
    let (digits, radix) = match hexadecimal {
        Some(digits) => (digits, 16),
        None if unsigned.starts_with('0') => (unsigned, 8),
        None => (unsigned, 10),
    };
    !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_4_x_takes_a_number_for_a_state() {
        for (name, number) in [
            ("7", true),
            ("+7", true),
            ("-7", true),
            (" 7", true),
            ("0x1f", true),
            ("017", true),
            ("12345678901234567890123456789012", true),
            ("9lives", false),
            ("04c6c01f-5020-41da-848a-5d9e1383af14", false),
            ("019", false),
            ("0x", false),
            ("", false),
            ("t1", false),
        ] {
            assert_eq!(Libreswan.is_rekeyed_by_state(name, None, Some("4.10")), number, "{name}");
            assert!(!Libreswan.is_rekeyed_by_state(name, None, Some("5.2")), "{name}");
        }
        assert!(!Libreswan.is_rekeyed_by_state("7", Some("/1x2"), Some("4.10")));
        assert!(Libreswan.is_rekeyed_by_state("t1", Some("[2] 192.0.2.9"), Some("5.2")));
    }

    #[test]
    fn an_alias_is_a_name_of_its_own_and_an_instance_is_not() {
        for (instance, name, caller) in [
            (None, "west", false),
            (Some("/1x2"), "west/1x2", false),
            (Some("[1] 192.1.3.209"), "west", true),
            (Some("/2x1[1] 192.1.3.209"), "west/2x1", true),
        ] {
            assert_eq!(Libreswan.name_for_commands("west", instance), name);
            assert_eq!(instance.is_some_and(|instance| Libreswan.is_of_caller(instance)), caller, "{instance:?}");
        }
    }
}
