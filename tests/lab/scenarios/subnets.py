"""Connections with several pairs of subnets, and templates whose callers come and go."""

from library.gateway import Gateway, connection
from library.libreswan5 import Gateway5
from library.scenario import scenario

# One of these the peer does not have.
NEAR, FAR = "10.1.0.0/24", ("10.2.1.0/24", "10.2.2.0/24", "10.2.3.0/24")


def tunnels(lab, end, up, down):
    """How many are up and down at an end."""
    counted = lab.watchers[end].status()["summary"]["tunnels"]
    lab.require((counted["up"], counted["down"]) == (up, down), f"tunnels of {end}: {counted}")


def subnets(lab, here, there):
    """a wants three pairs of subnets of which b has two, and calls a template of b's; both ends are watched."""
    lab.connect("veth")
    options = {"type": "tunnel", "nic_offload": None}
    pairs = connection(local="b", leftsubnets=f"{{{FAR[0]} {FAR[2]}}}", rightsubnet=NEAR, **options)
    template = connection("rw", local="b", right="%any", rightid="@caller", leftsubnet="10.3.0.0/24", **options)
    b = lab.gateway("b", pairs + template, kind=there, start=False)
    wanted = connection(local="a", leftsubnet=NEAR, rightsubnets="{%s}" % " ".join(FAR), **options)
    caller = connection("home", local="a", leftid="@caller", rightsubnet="10.3.0.0/24", **options)
    a = lab.gateway("a", wanted + caller, kind=here, start=False)
    for gateway in (a, b):
        gateway.share_secret("@caller", "@b")
        gateway.start()
        lab.watch(gateway.end, prefix=getattr(gateway, "watch_prefix", ()))
    lab.fault("the connection is brought up")
    a.initiate()
    told = lab.expect("a", "tunnel-down", 5, r'"peer-refused"|TS_UNACCEPTABLE', reason="peer-refused", connection="t1", instance="/0x2")
    lab.require("TS_UNACCEPTABLE" in told["summary"] and "t1/0x2" in told["summary"], f"it says: {told['summary']}")
    lab.require(not told["affected"]["list"], f"it says so of others: {told['affected']}")
    a.log.wait_for(r'"t1/0x3" #\d+: .*established Child SA', 60)
    lab.quiet(5)
    tunnels(lab, "a", 2, 1)
    for _ in range(2):
        a.up("home")
        b.log.wait_for(r'"rw"\[\d+\] 10\.9\.0\.1 #\d+: .*established Child SA', 60)
        lab.quiet(5)
        tunnels(lab, "b", 3, 0)
        since = b.log.mark()
        a.whack("--terminate", "--name", "home")
        b.log.wait_for(r'"rw"\[\d+\] 10\.9\.0\.1.*: deleting ', 60, since)
    lab.quiet(65)
    tunnels(lab, "b", 2, 0)


@scenario
def subnets_refused_and_callers(lab):
    """libreswan 4.10 wants a pair of subnets that its peer has not; callers of 5.2's template come and go."""
    subnets(lab, Gateway, Gateway5)


@scenario
def libreswan_5_subnets_refused_and_callers(lab):
    """The same the other way round."""
    subnets(lab, Gateway5, Gateway)
