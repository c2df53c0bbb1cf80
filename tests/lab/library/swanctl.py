"""The lab's connections in swanctl.conf's words, so that a scenario says what it wants once, for either daemon."""

import re

IKE_PROPOSAL = "aes128gcm16-prfsha256-x25519"
ESP = {"aes_gcm128-null": "aes128gcm16", "aes_gcm256-null": "aes256gcm16", "aes_gcm_a128-null": "aes128gcm8", "aes_gcm_b128-null": "aes128gcm12",
       "aes128-sha2_256": "aes128-sha256"}
ESN = {"no": "", "yes": "-esn", "either": "-esn-noesn"}
START = {"add": "none", "start": "start", "ondemand": "trap"}
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17}
# What has no twin, and needs none.
WITHOUT = {"ike", "ikev2", "authby", "leftupdown", "leftid", "rightid", "left", "right", "leftprotoport", "rightprotoport"}


class NoTwin(Exception):
    """A scenario asks for what only libreswan has, or what is not translated yet."""


def parse(text):
    """The connections of an ipsec.conf: {name: {key: value}}."""
    found = {}
    for line in text.splitlines():
        if line.startswith("conn "):
            one = found[line.split()[1]] = {}
        elif "=" in line:
            key, _, value = line.strip().partition("=")
            one[key] = value
    return found


def selector(settings, side):
    """A traffic selector; protocols by number, for a charon may have no /etc/protocols."""
    subnet = settings.get(f"{side}subnet", "dynamic")
    protocol, _, port = settings.get(f"{side}protoport", "").partition("/")
    if not protocol:
        return subnet
    return f"{subnet}[{PROTOCOLS[protocol]}{f'/{port}' if port else ''}]"


def offload(word, version):
    """hw_offload for nic-offload; `crypto` as a word came with 5.9.10."""
    older = tuple(map(int, version.split("."))) < (5, 9, 10)
    if older and word == "packet":
        raise NoTwin(f"packet offload with strongSwan {version}")
    return "yes" if word == "crypto" and older else word


def child(settings, version):
    """The settings of a child; what begins with `child-` is taken over as it stands, with underscores."""
    made = {"local_ts": selector(settings, "left"), "remote_ts": selector(settings, "right")}
    for key, value in settings.items():
        if key == "type":
            made["mode"] = value
        elif key == "esp":
            made["esp_proposals"] = ESP[value] + ESN[settings.get("esn", "no")]
        elif key == "nic-offload":
            made["hw_offload"] = offload(value, version)
        elif key == "auto":
            made["start_action"] = START[value]
        elif key.startswith("child-"):
            made[key.removeprefix("child-").replace("-", "_")] = value
        elif key not in WITHOUT and key not in ("esn", "leftsubnet", "rightsubnet") and not key.startswith("ike-"):
            raise NoTwin(f"{key}={value}")
    return made


def group(connections):
    """Those with the same two ends share an IKE SA: {name: [(child, settings)]}; the first is gw, then gw2, …"""
    by_ends = {}
    for name, settings in connections.items():
        ends = tuple(settings[key] for key in ("left", "right", "leftid", "rightid"))
        by_ends.setdefault(ends, []).append((name, settings))
    return {f"gw{number if number > 1 else ''}": children for number, children in enumerate(by_ends.values(), 1)}


def section(name, body, depth=0):
    """A section in the syntax of the file; `body` is a dictionary of values and of sections."""
    indent = "  " * depth
    lines = [section(key, value, depth + 1) if isinstance(value, dict) else f"{indent}  {key} = {value}\n" for key, value in body.items()]
    return f"{indent}{name} {{\n{''.join(lines)}{indent}}}\n"


def configuration(text, version):
    """The `connections` of a swanctl.conf for those of an ipsec.conf."""
    made = {}
    for name, children in group(parse(text)).items():
        first = children[0][1]
        made[name] = {
            "local_addrs": first["left"], "remote_addrs": first["right"], "version": 2, "mobike": "no", "proposals": IKE_PROPOSAL,
            **{key.removeprefix("ike-").replace("-", "_"): value for key, value in first.items() if key.startswith("ike-")},
            "local": {"auth": "psk", "id": first["leftid"].removeprefix("@")}, "remote": {"auth": "psk", "id": first["rightid"].removeprefix("@")},
            "children": {child_name: child(settings, version) for child_name, settings in children},
        }
    return section("connections", made)


def owners(text):
    """The IKE connection of each child."""
    return {child_name: name for name, children in group(parse(text)).items() for child_name, _ in children}


def secrets(secret, *identities):
    """The `secrets` of a swanctl.conf: all these identities share one."""
    return section("secrets", {"ike-lab": {**{f"id-{number}": one for number, one in enumerate(identities)}, "secret": secret}})


def loaded(answer):
    """How many connections swanctl says to have loaded."""
    return int(re.search(r"successfully loaded (\d+) connections", answer)[1])
