"""A peer behind a NAT: what is ordinary there, and a NAT that moves it while it is up."""

from library.commands import run
from library.gateway import connection
from library.scenario import scenario

# Of the second connection, which is IKEv1; the first one is between the hosts.
NEAR, FAR = "10.10.0.1", "10.20.0.1"
IKEV1 = {"name": "t2", "ikev2": "no", "type": "tunnel", "nic_offload": None, "esn": None, "ike": "aes256-sha2_256;modp2048",
         "esp": "aes128-sha1"}
# Rekeyed every twelve seconds where nothing forbids it.
SHORT = {"salifetime": "24s", "rekeymargin": "12s", "rekeyfuzz": "0%"}
ACCEPT = {"setup": "\tikev1-policy=accept\n"}


def nat(network, port):
    """What b sends from UDP 4500 comes from this port, and what comes to this port alone reaches it there. It keeps no table, so that it can
    be changed under what flows. ESP in UDP has no checksum, and nftables would make one of it that is wrong."""
    rules = f"""table ip nat
delete table ip nat
table ip nat {{
    chain out {{ type filter hook postrouting priority 100; udp sport 4500 udp sport set {port} udp checksum set 0; }}
    chain in {{ type filter hook prerouting priority -300; udp dport 4500 drop; udp dport {port} udp dport set 4500 udp checksum set 0; }}
}}
"""
    run("nft", "-f", "-", namespace=network.namespace["b"], stdin=rules)


def ping(network, source, target):
    """Ten packets from b to a within five seconds; nothing is made of the answers."""
    return run("ping", "-n", "-q", "-c", "10", "-i", "0.5", "-W", "1", "-I", source, target, namespace=network.namespace["b"], check=False)


@scenario
def nat_moved(lab):
    """IKEv2 and IKEv1 from behind a NAT, rekeyed: nothing. Then the NAT gives b another port: what a sends is lost until b comes anew."""
    network = lab.connect("veth")
    network.ip("a", "addr", "add", f"{NEAR}/24", "dev", "lo")
    network.ip("b", "addr", "add", f"{FAR}/24", "dev", "lo")
    network.ip("a", "route", "add", "10.20.0.0/24", "dev", network.device, "via", network.address["b"], "src", NEAR)
    network.ip("b", "route", "add", "10.10.0.0/24", "dev", network.device, "via", network.address["a"], "src", FAR)
    nat(network, 40000)
    # b brings them up and rekeys them, as whoever is behind a NAT does.
    there = {"leftsubnet": "10.20.0.0/24", "rightsubnet": "10.10.0.0/24", "encapsulation": "yes", **IKEV1, **SHORT}
    here = {"leftsubnet": "10.10.0.0/24", "rightsubnet": "10.20.0.0/24", "rekey": "no", **IKEV1}
    b = lab.gateway("b", connection(local="b", nic_offload=None, encapsulation="yes", **SHORT) + connection(local="b", **there), **ACCEPT)
    a = lab.gateway("a", connection(local="a", nic_offload=None, rekey="no") + connection(local="a", **here), **ACCEPT)
    watcher = lab.watch("a")
    b.up()
    b.up("t2")
    since = b.log.mark()
    for source, target in ((network.address["b"], network.address["a"]), (FAR, NEAR)):
        told = ping(network, source, target)
        lab.require(" 0% packet loss" in told, f"through the NAT: {told}")
    b.log.wait_for(r'"t1" #\d+: .*rekey', 60, since)
    b.log.wait_for(r'"t2" #\d+: .*to replace #\d+', 60, since)
    lab.quiet(30)
    tunnels = watcher.status()["summary"]["tunnels"]
    lab.require(tunnels["up"] == 2, f"its tunnels are {tunnels}")

    # No rekey heals it by itself any more.
    for name in ("t1", "t2"):
        b.whack("--terminate", "--name", name)
    b.reload(connection(local="b", nic_offload=None, encapsulation="yes") + connection(local="b", **{**there, **dict.fromkeys(SHORT)}))
    b.up()
    b.up("t2")
    lab.fault("the NAT before b gives it another port")
    nat(network, 40001)
    for source, target in ((network.address["b"], network.address["a"]), (FAR, NEAR)):
        told = ping(network, source, target)
        lab.require(" 100% packet loss" in told, f"what a sends goes to the old port: {told}")
    says = ["from 10.9.0.2:40001, its outbound SA still sends to 10.9.0.2:40000"]
    for name in ("t1", "t2"):
        lab.expect("a", "nat-moved", 30, r'"mapped":.*"sender":"10\.9\.0\.2:40001"', connection=name, says=says)
    lab.note("b rekeys the one and makes the other anew, from where it is now")
    b.rekey()
    # IKEv1 cannot be told to.
    b.whack("--terminate", "--name", "t2")
    b.up("t2")
    for source, target in ((network.address["b"], network.address["a"]), (FAR, NEAR)):
        told = ping(network, source, target)
        lab.require(" 0% packet loss" in told, f"after the rekey: {told}")
    lab.expect_closed("a", "nat-moved", 30)
    lab.quiet(8)
    lab.require(not watcher.status()["findings"], f"it still finds: {watcher.status()['findings']}")
    assert a
