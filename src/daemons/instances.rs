//! How a daemon names what it makes of one connection.

/// Names of tunnels.
pub trait Instances {
    /// An instance of a template, made for whoever calls; else one of the connection's own.
    fn is_of_caller(&self, instance: &str) -> bool;

    /// The pair of subnets, one of its connection's several, that it is, or is an instance of.
    fn pair_of_subnets<'a>(&self, instance: &'a str) -> Option<&'a str>;

    /// Whether the daemon speaks of an IKE SA by this name, and not of a connection that has Child SAs.
    fn is_of_ike_sa(&self, name: &str) -> bool;

    /// IKE SAs and Child SAs have a counter each: one number may be both a Child SA's and an IKE SA's.
    fn counts_apart(&self) -> bool;

    /// The name that the daemon takes for the tunnel in its commands.
    fn name_for_commands(&self, connection: &str, instance: Option<&str>) -> String;

    /// Whether a command that rekeys takes the name of this tunnel for something else, so that its newest state has to be named.
    fn is_rekeyed_by_state(&self, connection: &str, instance: Option<&str>, version: Option<&str>) -> bool;
}
