"""What pluto takes down by itself: a peer that is dead, an address that is gone. No operator ordered it, and it stays told until it is over."""

from library.gateway import connection
from library.libreswan5 import Gateway5
from library.scenario import scenario

ANOTHER_B = "10.9.0.3"
V1 = {"ikev2": "no", "ike": "aes256-sha2_256-modp2048", "dpdtimeout": "10"}


def tunnel(name, local, number, **options):
    """A tunnel between two subnets of its own."""
    ends = {"a": f"10.1.{number}.0/24", "b": f"10.2.{number}.0/24"}
    other = "b" if local == "a" else "a"
    return connection(name, local, type="tunnel", leftsubnet=ends[local], rightsubnet=ends[other], nic_offload="no",
                      dpddelay="3", retransmit_timeout="10s", **options)


def closed(lab):
    """Tunnels that were told to be down no more, at a."""
    return [event.data["id"] for event in lab.watchers["a"].events if event.kind == "closed" and event.data["code"] == "tunnel-down"]


def still_open(lab):
    """Tunnels that are told to be down, at a."""
    return [finding["id"] for finding in lab.watchers["a"].status()["findings"] if finding["code"] == "tunnel-down"]


@scenario
def dead_peer(lab):
    """A peer dies, with dpdaction=restart at one of its addresses and hold at the other, with IKEv2 and IKEv1: down until it is back."""
    lab.connect("veth")
    lab.network.ip("b", "addr", "add", f"{ANOTHER_B}/24", "dev", lab.network.device)
    kinds = [("v2-restart", "restart", {}), ("v1-restart", "restart", V1), ("v2-hold", "hold", {}), ("v1-hold", "hold", V1)]
    ends = {"a": "", "b": ""}
    for number, (name, action, options) in enumerate(kinds):
        there = {"restart": {}, "hold": {"right": ANOTHER_B}}[action]
        here = {"restart": {}, "hold": {"left": ANOTHER_B}}[action]
        ends["a"] += tunnel(name, "a", number, dpdaction=action, **there, **options)
        ends["b"] += tunnel(name, "b", number, **here, **options)
    accept = "\tikev1-policy=accept\n"
    b = lab.gateway("b", ends["b"], setup=accept)
    a = lab.gateway("a", ends["a"], setup=accept)
    lab.watch("a")
    for name, *_ in kinds:
        since = a.log.mark()
        a.initiate(name)
        a.log.wait_for(rf'"{name}" #\d+: .*(established Child SA|IPsec SA established)', 90, since)
    lab.quiet(10)
    lab.fault("b is killed")
    b.kill()
    watcher = lab.watchers["a"]
    for action in ("restart", "hold"):
        pair = {f"v1-{action}", f"v2-{action}"}
        told_of = watcher.wait_event(lambda event: set(event.data.get("affected", {}).get("list", ())) == pair, 240)
        lab.require_in_time(told_of, f"{pair} are not told of together")
        lab.expect("a", "tunnel-down", 2, reason="no-answer", connection=told_of.data["subject"]["connection"])
    a.log.wait_for(r"second timeout exceeded after \d+ retransmits\.  No response .* to our first", 120)
    lab.require(not closed(lab), f"while b is dead, these closed: {closed(lab)}")
    lab.note("b is started again")
    since = a.log.mark()
    b.forget()
    b.start()
    for name, *_ in kinds:
        b.whack("--initiate", "--asynchronous", "--name", name)
    for name, *_ in kinds:
        a.log.wait_for(rf'"{name}" #\d+: .*(established Child SA|IPsec SA established)', 240, since)
    watcher.wait_event(lambda event: event.kind == "closed" and not still_open(lab), 120)
    lab.require_in_time(not still_open(lab), f"b is back, and these are open: {still_open(lab)}")
    # One that is late is told by its own name.
    for event in [event for event in watcher.events if event.kind == "opened" and event.data["code"] == "tunnel-down"]:
        if event not in [one.event for one in lab.expected]:
            lab.expect("a", "tunnel-down", 2, reason="no-answer", connection=event.data["subject"]["connection"])


@scenario
def address_gone(lab):
    """The address at this end is taken away and given back, with libreswan 4 at one end and 5 at the other."""
    lab.connect("veth")
    ends = {"b": lab.gateway("b", tunnel("t1", "b", 1), kind=Gateway5), "a": lab.gateway("a", tunnel("t1", "a", 1))}
    lab.watch("a")
    lab.watch("b", prefix=ends["b"].watch_prefix)
    for end, gateway in ends.items():
        address = lab.network.address[end]
        since = gateway.log.mark()
        gateway.initiate()
        gateway.log.wait_for(r'"t1" #\d+: .*established Child SA', 90, since)
        lab.fault(f"{end} loses its address")
        lab.network.ip(end, "addr", "del", f"{address}/24", "dev", lab.network.device)
        gateway.whack("--listen")
        lab.expect(end, "tunnel-down", 2, reason="address-gone", connection="t1", says=[address, "whack --listen"])
        # Its policies went, too; with 4.x one that blocks a moment later.
        lab.expect(end, "clear-text-window", 5, reason="deleted")
        lab.quiet(8)
        lab.network.ip(end, "addr", "add", f"{address}/24", "dev", lab.network.device)
        gateway.whack("--listen")
        gateway.initiate()
        lab.expect_closed(end, "tunnel-down", 5, patience=180)
