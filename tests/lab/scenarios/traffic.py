"""What tunnels carry, over veth: real ESP by the CPU. A window is 10 s, and every fault shows itself within three and a piece."""

import json

from library import wire
from library.commands import run
from library.gateway import connection
from library.scenario import scenario
from library.xfrm import OUT, State, Xfrm

# Three windows, and the one in which the fault began; the clock runs here as fast as elsewhere, so a fifth of that, which the lab allows five times.
WINDOWS = 9
# A minute, and the same.
MINUTE = 16


def tunnel(lab, watched=("a", "b"), pinging="a"):
    """A tunnel between two watched ends that has carried both ways for a window, because one of them pings."""
    lab.connect("veth")
    b = lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", nic_offload="no"))
    for end in watched:
        lab.watch(end)
    a.up()
    wire.ping(lab, pinging)
    lab.quiet(25)
    return a, b


def rates(lab, end):
    """Packets a second of the newest pair, by direction."""
    rows = lab.watchers[end].verb("sas", "--json", check=True).splitlines()
    return {row["direction"]: row["packets_per_second"] for row in map(json.loads, rows)}


@scenario(either=())
def traffic_healthy(lab):
    """Ping and TCP both ways over three rekeys: nothing is found, and the rates are those of the wire."""
    a, b = tunnel(lab)
    seen = rates(lab, "a")
    lab.require(all(5 <= (seen[way] or 0) <= 25 for way in ("in", "out")), f"20 pings a second are told as {seen}")
    wire.take_tcp(lab, "a")
    wire.take_tcp(lab, "b")
    for rekeying in (a, b, a):
        wire.give_tcp(lab, "a", 8)
        wire.give_tcp(lab, "b", 8)
        rekeying.rekey()
        lab.quiet(12)
    story = lab.watchers["a"].verb("explain", lab.gateways["a"].told_as("t1"), check=True)
    lab.require("packets out and" in story, f"explain says nothing of the traffic:\n{story}")


@scenario(either=())
def traffic_blackhole(lab):
    """No ESP leaves b any more, while IKE does: a sends and gets nothing. b sees both ways and says nothing."""
    tunnel(lab)
    lab.fault("ESP from b to a is dropped on the way")
    heal = wire.drop_esp(lab, "b")
    found = lab.expect("a", "esp-blackhole", WINDOWS, patience=10, reason="no-answer", connection="t1", direction="in",
                       says=["packets were sent and none received"])
    took = (found["at"] - lab.broken_at) / 1e6
    lab.require(took <= 45, f"it took {took:.1f} s")
    lab.quiet(5)
    heal()
    lab.expect_closed("a", "esp-blackhole", WINDOWS, patience=10)


@scenario(either=())
def traffic_all_corrupted(lab):
    """Every ESP packet from b to a is changed on the way: a drops all that comes, and says why."""
    tunnel(lab)
    lab.fault("ESP from b to a is changed on the way")
    wire.corrupt_esp(lab, "a")
    lab.expect("a", "esp-blackhole", WINDOWS, patience=10, reason="auth-failed", connection="t1", direction="in",
               says=["failed their integrity check"])
    lab.quiet(5)


@scenario(either=())
def traffic_some_corrupted(lab):
    """Half of the ESP from b to a is changed on the way, the rest passes."""
    tunnel(lab)
    wire.send_udp(lab, "b")
    lab.fault("half of the ESP from b to a is changed on the way")
    wire.corrupt_esp(lab, "a", every=2)
    lab.expect("a", "auth-failures", WINDOWS, patience=10, reason="auth-failed", connection="t1", direction="in",
               says=["failed their integrity check"])
    lab.quiet(5)


@scenario(either=())
def traffic_duplicated(lab):
    """All ESP from b to a comes twice."""
    tunnel(lab)
    wire.send_udp(lab, "b")
    lab.fault("ESP from b to a comes twice")
    wire.duplicate_esp(lab, "b")
    lab.expect("a", "replay-drops", WINDOWS, patience=10, reason="replay", connection="t1", direction="in",
               says=["refused by the replay window"])
    lab.quiet(5)


@scenario(either=())
def traffic_inbound_deleted(lab):
    """The inbound SA is deleted at a while b sends: there the SA is missing, which explains its drops; b gets no answer."""
    a, _ = tunnel(lab, pinging="b")
    lab.fault("a's inbound SA is deleted")
    a.delete_state("in")
    lab.expect("a", "sa-missing", 5, r'"sa-deleted"', connection="t1", direction="in")
    lab.expect("b", "esp-blackhole", WINDOWS, patience=10, reason="no-answer", connection="t1", direction="in",
               says=["packets were sent and none received"])
    lab.quiet(15)


@scenario(either=())
def traffic_without_state(lab):
    """Somebody sends ESP with an SPI that a has not: a warning, and nothing else happens."""
    tunnel(lab, watched=("a",))
    lab.network.ip("b", "addr", "add", "10.9.0.9/24", "dev", lab.network.device)
    lab.fault("ESP with an unknown SPI is sent to a")
    wire.forge_esp(lab, "10.9.0.9", lab.network.address["a"])
    lab.expect("a", "no-state-drops", WINDOWS, patience=10, reason="no-state", says=["XfrmInNoStates grew by"])
    lab.quiet(5)


@scenario(either=())
def traffic_one_way(lab):
    """A sender whom nobody answers, from the first packet on: that may be as it should be."""
    lab.connect("veth")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", nic_offload="no"))
    lab.watch("a")
    wire.drop_esp(lab, "b")
    a.up()
    wire.ping(lab, "a")
    lab.quiet(60)
    story = lab.watchers["a"].verb("explain", lab.gateways["a"].told_as("t1"), check=True)
    lab.require("one way only so far" in story, f"explain does not say that it cannot tell:\n{story}")


@scenario(either=())
def traffic_swallowed_by_the_nic(lab):
    """Both ends are offloaded to netdevsim, which encrypts nothing: the receiving end drops all of it and says so."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    lab.watch("b")
    a.up()
    lab.quiet(12)
    lab.fault("a begins to send")
    wire.ping(lab, "a")
    lab.expect("b", "esp-blackhole", WINDOWS, patience=10, reason="auth-failed", connection="t1", direction="in",
               says=["failed their integrity check"])
    lab.quiet(5)


@scenario
def traffic_dropped_by_the_kernel(lab):
    """What only the kernel's counters show: a policy with a mark that nothing has, one that blocks, an SA for the wrong direction, one at its end."""
    lab.connect("veth")
    tunnel_mode = {"nic_offload": "no", "type": "tunnel"}
    lab.gateway("b", connection(local="b", **tunnel_mode))
    a = lab.gateway("a", connection(local="a", **tunnel_mode))
    here, there, third = lab.network.address["a"], lab.network.address["b"], "10.9.0.9"
    lab.network.ip("b", "addr", "add", f"{third}/24", "dev", lab.network.device)
    lab.watch("a")
    a.up()
    for end in ("a", "b"):
        wire.take_udp(lab, end)
        wire.send_udp(lab, end, burst=3)
    lab.quiet(12)

    lab.fault("a's policies and SAs are changed by hand")
    policy = lambda *words: run("ip", "xfrm", "policy", *words, namespace=a.namespace)  # noqa: E731: one line is enough
    inbound = ("src", f"{there}/32", "dst", f"{here}/32", "dir", "in")
    reqid = a.states()[0]["reqid"]
    template = ("tmpl", "src", there, "dst", here, "proto", "esp", "reqid", reqid, "mode", "tunnel")
    policy("delete", *inbound)
    policy("add", *inbound, "mark", "0x5", "mask", "0xff", *template)
    policy("add", "src", f"{here}/32", "dst", f"{there}/32", "proto", "udp", "dport", "5999", "dir", "out", "action", "block", "priority", "1")
    wire.send_udp(lab, "a", port=5999, burst=3)
    kernel = Xfrm(a.namespace, lab.network.device)
    lab.endings.append(kernel.close)
    last = State(here, third, 0x1001, 89, bytes(range(20)), "out", sequence=2**32 - 1)
    kernel.add(last)
    kernel.policy(OUT, f"{here}/32", f"{third}/32", last)
    wire.send_udp(lab, "a", to=third, burst=3)
    kernel.add(State(third, here, 0xDEADBEEF, 88, bytes(range(20)), "out", window=0, said="out"))
    wire.forge_esp(lab, third, here)
    lab.expect("a", "sa-orphaned", 10)

    lab.expect("a", "kernel-drops", MINUTE, reason="in-no-pols", connection="t1", direction="in", says=["wants mark 0x5/0xff"])
    lab.expect("a", "kernel-drops", MINUTE, reason="out-pol-block", connection="t1", direction="out", says=["with priority 1 blocks"])
    lab.expect("a", "kernel-drops", MINUTE, reason="out-state-seq-error", direction="out", says=["4294967295, is used"])
    lab.expect("a", "kernel-drops", MINUTE, reason="in-state-dir-error", direction="in", says=["added for direction out"])
    lab.quiet(5)

    lab.fault("the policy with the mark is deleted, too")
    policy("delete", *inbound, "mark", "0x5", "mask", "0xff")
    lab.expect("a", "policy-mismatch", 10, reason="policy-missing", connection="t1", direction="in")
    lab.expect_closed("a", "kernel-drops", WINDOWS)


@scenario(longest=1800, by_name=True)
def traffic_never_answered(lab):
    """A tunnel that only sends: told after ten minutes, over a rekey and no sooner; the first packet that comes back ends it for good."""
    lab.connect("veth")
    b = lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", nic_offload="no"))
    lab.watch("a")
    wire.take_udp(lab, "b")
    a.up()
    wire.send_udp(lab, "a", burst=1)
    lab.quiet(300)
    b.rekey()
    lab.quiet(240)
    lab.fault("nothing has come back for ten minutes")
    lab.expect("a", "never-answered", 30, connection="t1", says=["xfrm_stat", "UDP 4500"])
    lab.note("b answers")
    wire.ping(lab, "a")
    lab.expect_closed("a", "never-answered", 9)
    lab.quiet(30)
