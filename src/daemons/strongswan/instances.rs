//! A connection is `IKE/CHILD`; charon has no names for instances.

use super::Strongswan;
use crate::daemons::Instances;

impl Instances for Strongswan {
    fn is_of_caller(&self, instance: &str) -> bool {
        instance.starts_with('[')
    }

    fn pair_of_subnets<'a>(&self, _instance: &'a str) -> Option<&'a str> {
        None
    }

    fn is_of_ike_sa(&self, name: &str) -> bool {
        !name.contains('/')
    }

    /// `gw[3]`, `t1{3}`.
    fn counts_apart(&self) -> bool {
        true
    }

    fn name_for_commands(&self, connection: &str, _instance: Option<&str>) -> String {
        connection.to_owned()
    }

    /// Every Child SA is named by its number: names of several may be the same.
    fn is_rekeyed_by_state(&self, _connection: &str, _instance: Option<&str>, _version: Option<&str>) -> bool {
        true
    }
}
