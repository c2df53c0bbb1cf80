//! Advice in the words of ipsec-whack(8) and ipsec.conf(5).

use super::Libreswan;
use super::version::major;
use crate::daemons::{Advice, Advises};

impl Advises for Libreswan {
    fn advice(&self, advice: Advice<'_>, version: Option<&str>) -> String {
        match advice {
            Advice::Rekey(name) => rekey(name, major(version)),
            Advice::Initiate(name) => format!("ipsec whack --initiate --name {name} --asynchronous"),
        }
    }
}

fn rekey(name: &str, major: Option<u32>) -> String {
    match major {
        Some(major) if major >= 5 => format!("ipsec whack --rekey-child --name {name} --asynchronous"),
        Some(_) => format!("ipsec whack --rekey-ipsec --name {name} --asynchronous"),
        None => format!("ipsec whack --rekey-ipsec --name {name} --asynchronous (libreswan 5: --rekey-child)"),
    }
}
