//! What deny.toml says holds, by what cargo itself knows of the crates: for whoever has no cargo-deny, and no network.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod expression;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Rules {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
    skip: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
    #[serde(default)]
    wrappers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// `cargo metadata`, as far as it matters (cargo-metadata(1)).
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    req: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

impl Ban {
    /// `name` or `name@version`, where a version means all that begin with it.
    fn is(&self, package: &Package) -> bool {
        match self.name.split_once('@') {
            None => self.name == package.name,
            Some((name, version)) => {
                let rest = package.version.strip_prefix(version);
                name == package.name && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
        }
    }
}

fn rules() -> Rules {
    toml::from_str(include_str!("../../deny.toml")).unwrap()
}

/// What is built for a target.
fn packages(target: &str) -> (Vec<Package>, Vec<Node>) {
    let arguments = ["metadata", "--locked", "--format-version=1", "--filter-platform", target];
    let made = Command::new(env!("CARGO")).current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let Metadata { packages, resolve } = serde_json::from_slice(&made.stdout).unwrap();
    let built: BTreeSet<&str> = resolve.nodes.iter().map(|node| node.id.as_str()).collect();
    let packages: Vec<Package> = packages.into_iter().filter(|package| built.contains(package.id.as_str())).collect();
    assert!(packages.len() > 50, "{} packages", packages.len());
    (packages, resolve.nodes)
}

fn each(mut check: impl FnMut(&Rules, &[Package], &[Node])) {
    let rules = rules();
    for target in &rules.graph.targets {
        let (packages, nodes) = packages(target);
        check(&rules, &packages, &nodes);
    }
}

#[test]
fn nothing_is_there_that_is_banned() {
    each(|rules, packages, nodes| {
        for ban in &rules.bans.deny {
            for banned in packages.iter().filter(|package| ban.is(package)) {
                let users = nodes.iter().filter(|node| node.dependencies.contains(&banned.id));
                for user in users {
                    let user = packages.iter().find(|package| package.id == user.id).unwrap();
                    let allowed = ban.wrappers.contains(&user.name);
                    assert!(allowed, "{} takes {}, which is banned: {}", user.name, banned.name, ban.reason);
                }
            }
        }
    });
}

#[test]
fn every_crate_is_there_once_or_is_named() {
    each(|rules, packages, _| {
        let mut versions = BTreeMap::<&str, Vec<&str>>::new();
        for package in packages.iter().filter(|package| !rules.bans.skip.iter().any(|skip| skip.is(package))) {
            versions.entry(&package.name).or_default().push(&package.version);
        }
        versions.retain(|_, versions| versions.len() > 1);
        assert!(versions.is_empty(), "more than one version: {versions:?}");
    });
}

#[test]
fn every_licence_is_allowed() {
    each(|rules, packages, _| {
        for Package { name, license, .. } in packages {
            let license = license.as_deref().unwrap_or("none");
            assert!(expression::holds(license, &rules.licenses.allow), "{name} is under {license}");
        }
    });
}

#[test]
fn every_crate_is_of_a_known_source_and_says_from_which_version_on_it_works() {
    each(|rules, packages, _| {
        for package in packages {
            let Some(source) = &package.source else {
                assert_eq!(package.name, env!("CARGO_PKG_NAME"));
                let wild = package.dependencies.iter().find(|dependency| dependency.req == "*");
                assert!(wild.is_none(), "{} of any version", wild.unwrap().name);
                continue;
            };
            let known = source
                .strip_prefix("registry+")
                .is_some_and(|url| rules.sources.allow_registry.iter().any(|known| known == url));
            assert!(known, "{} is from {source}", package.name);
        }
    });
}

#[test]
fn every_rule_has_a_reason_and_every_exception_a_use() {
    let rules = rules();
    let (packages, _) = packages(rules.graph.targets.first().unwrap());
    for rule in rules.bans.deny.iter().chain(&rules.bans.skip) {
        assert!(rule.reason.len() > 10, "{} has no reason", rule.name);
    }
    for skip in &rules.bans.skip {
        assert!(packages.iter().any(|package| skip.is(package)), "{} is there no more: take it out of skip", skip.name);
    }
}
