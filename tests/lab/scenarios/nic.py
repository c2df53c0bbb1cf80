"""The lab's own NIC under real plutos: what they negotiate, it carries."""

import re

from library.gateway import connection
from library.scenario import scenario
from library.traffic import transfer

from .trace import follow


def carried(lab, end, count=5):
    """Pings from `end` are answered, all of them."""
    answer = lab.gateways[end].ping(count)
    lab.require(re.search(rf" {count} received", answer), f"pings from {end} are lost:\n{answer}")


def sent(lab, size=2 << 20):
    """TCP both ways, compared byte by byte."""
    ends = [(lab.network.namespace[end], lab.network.address[end]) for end in ("a", "b")]
    transfer(*ends, size)
    transfer(*reversed(ends), size)


def offloaded(lab, end, **wanted):
    """The kernel claims offload for both SAs of `end`, the NIC holds them as wanted, and it is the NIC that worked."""
    states, held = lab.gateways[end].states(), lab.network.nic[end].held(**wanted)
    lab.require(len(states) == 2 and all(one["device"] == "nic0" for one in states), f"the SAs of {end}: {states}")
    lab.require({one["spi"] for one in held} == {one["spi"] for one in states}, f"the NIC of {end} holds {held}, not {states}")
    idle = [one for one in held if int(one["packets"]) == 0]
    lab.require(not idle, f"the NIC of {end} has not worked for {idle}")


@scenario
def nic_carries_both_ends_offloaded(lab):
    """Our own NIC: offload with ESN on both ends, three rekeys; ping and TCP get through, and it is the NICs that encrypt."""
    lab.connect("nic")
    b = lab.gateway("b", connection(local="b", esn="either"))
    a = lab.gateway("a", connection(local="a", esn="either"))
    lab.watch("a")
    lab.watch("b")
    a.up()
    carried(lab, "a")
    for rekeying in (a, b, a):
        rekeying.rekey()
        carried(lab, "a")
        sent(lab)
        for end in ("a", "b"):
            offloaded(lab, end, offload="crypto", esn=1, auth_failed=0)
    lab.quiet(15)


@scenario
def nic_carries_a_tunnel_with_one_end_in_software(lab):
    """Our own NIC at one end, software at the other, tunnel mode: they understand each other."""
    lab.connect("nic")
    lab.gateway("b", connection(local="b", esn="either", type="tunnel", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", esn="either", type="tunnel"))
    lab.watch("a")
    lab.watch("b")
    a.up()
    carried(lab, "a")
    sent(lab)
    offloaded(lab, "a", mode="tunnel", esn=1, auth_failed=0)
    lab.require(not lab.network.nic["b"].held(), "b's NIC holds SAs")
    lab.require(all(one["device"] is None for one in lab.gateways["b"].states()), "b claims offload")
    lab.quiet(15)


@scenario
def nic_refuses_what_pluto_asks(lab):
    """Our own NIC refuses an SA with words that nobody knows: the reason is unknown, and they are quoted."""
    lab.connect("nic")
    lab.gateway("b", connection(local="b", esn="either", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", esn="either"))
    lab.watch("a")
    follow(lab, "a")
    lab.network.nic["a"].refuse(1, 22, "swnic: not on a Sunday")
    lab.fault("t1 is brought up at a")
    a.initiate()
    lab.expect("a", "offload-rejected", 1, r"netlink response for Add SA", reason="unknown", connection="t1", says=["not on a Sunday"])
