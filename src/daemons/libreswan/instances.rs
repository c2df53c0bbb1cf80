//! `/1x2` is one of a connection's own pairs of selectors, `[1] 192.1.3.209` an instance for a caller, `/2x1[1] 192.1.3.209` both.

use super::Libreswan;
use crate::daemons::Instances;

impl Instances for Libreswan {
    fn is_of_caller(&self, instance: &str) -> bool {
        instance.contains('[')
    }

    /// An alias has its number in its name, an instance is not in it.
    fn name_for_commands(&self, connection: &str, instance: Option<&str>) -> String {
        let alias = instance.filter(|instance| instance.starts_with('/'));
        let alias = alias.and_then(|instance| instance.split('[').next()).unwrap_or_default();
        format!("{connection}{alias}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
