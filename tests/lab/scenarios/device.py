"""The NIC loses what it held."""

from library.commands import run, shell
from library.gateway import connection
from library.scenario import scenario


def three(local):
    """Three connections between the same gateways, one for each of three UDP ports of b."""
    text = ""
    for number in (1, 2, 3):
        here, there = ("udp", f"udp/{7000 + number}") if local == "a" else (f"udp/{7000 + number}", "udp")
        text += connection(f"t{number}", local, leftprotoport=here, rightprotoport=there)
    return text


def send(namespace, number):
    """One packet for connection `number`, of which nothing is expected."""
    shell(f"echo > /dev/udp/10.9.0.2/{7000 + number}", namespace=namespace, check=False)


@scenario(either=("charon",))
def link_set_down(lab):
    """ip link set DEV down: the kernel drops every offloaded SA and tells nobody."""
    lab.connect()
    lab.gateway("b", three("b"))
    a = lab.gateway("a", three("a"))
    for name in ("t1", "t2", "t3"):
        a.up(name)
    lab.watch("a")
    lab.fault("ip link set nsim0 down")
    run("ip", "link", "set", "nsim0", "down", namespace="a")
    finding = lab.expect("a", "offload-lost", 2, r'"link":\{[^}]*"name":"nsim0"[^}]*"up":false', device="nsim0", says=["nsim0"])
    lab.require(finding["affected"]["sas"] == 6, f"6 SAs are affected, not {finding['affected']['sas']}")
    lab.require(finding["affected"]["connections"] == 3, f"3 connections, not {finding['affected']['connections']}")
    lab.quiet(8)
    lab.note("ip link set nsim0 up, and traffic for all three")
    run("ip", "link", "set", "nsim0", "up", namespace="a")
    since = a.log.mark()
    for number in (1, 2, 3):
        send("a", number)
        if a.heals_on_demand:
            a.log.wait_for(rf'"t{number}" #\d+: initiator established Child SA', 60, since)
        else:
            a.rekey(f"t{number}")
    lab.expect_closed("a", "offload-lost", 10)
