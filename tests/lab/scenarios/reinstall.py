"""An SA taken out of the kernel and put back on the NIC, under traffic, over our own NIC."""

import errno
import json
import re
import signal

from library import wire
from library.capture import Capture
from library.commands import in_namespace, run
from library.follower import Follower
from library.gateway import connection
from library.scenario import scenario
from library.tracer import AFTER, BEFORE, DELPOLICY, DELSA, NEWPOLICY, NEWSA, trace

ACT = "offload: preferred\nact: [reinstall]\n"
MARGIN = 1024


def software(lab):
    """A tunnel in software over NICs that could take it, with pings from a, and a capture of what arrives at b."""
    lab.connect("nic")
    lab.gateway("b", connection(local="b", esn="either", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", esn="either", nic_offload="no"))
    a.up()
    capture = Capture(lab.network, "b")
    lab.at_end(capture.stop)
    pings = wire.ping(lab, "a", interval=0.02)
    pings.wait_for("icmp_seq=20 ", 60)
    return a, capture, pings


def spi_of(gateway, direction):
    own = gateway.network.address[gateway.end]
    return next(sa["spi"] for sa in gateway.states() if sa["dst" if direction == "in" else "src"] == own)


def stat(lab, name):
    text = run("cat", "/proc/net/xfrm_stat", namespace=lab.network.namespace["a"])
    return int(re.search(rf"{name}\s+(\d+)", text)[1])


def rising(lab, capture):
    """Sequence numbers of every SA only rise; gives the SAs' numbers of packets."""
    seen = {}
    for spi, number, _ in capture.packets:
        lab.require(number > seen.get(spi, (0, 0))[0], f"{spi}: number {number} came after {seen.get(spi)}")
        seen[spi] = (number, seen.get(spi, (0, 0))[1] + 1)
    return seen


def watch(lab, state):
    watcher = lab.watch("a", configuration=lab.gateways["a"].watch_configuration() + ACT,
                        environment={"STATE_DIRECTORY": state})
    return watcher


def story(lab):
    return lab.watchers["a"].verb("explain", "t1", check=True)


@scenario
def reinstall_onto_the_nic(lab):
    """Software SAs that should be on the NIC are put there under traffic: nothing asks for an SA, and every number is a new one."""
    a, capture, pings = software(lab)
    spi, before = spi_of(a, "out"), len(capture.packets)
    acquires = lab.keep(Follower(in_namespace(lab.network.namespace["a"], ["ip", "xfrm", "monitor", "acquire"])))
    lab.fault("swanwatch may act")
    watch(lab, f"{lab.directory}/state")
    for direction in ("in", "out"):
        lab.expect("a", "sa-not-offloaded", 20, connection="t1", direction=direction)
    lab.expect_closed("a", "sa-not-offloaded", 20)
    watcher = lab.watchers["a"]
    lab.require_in_time(watcher.wait_event(lambda event: event.kind == "closed" and event.data["id"] == "sa-not-offloaded:t1:out", 60),
                "the outbound SA was not put back")
    mark = pings.mark()
    pings.wait_for(r"icmp_seq=", 30, mark, count=50)
    lab.require(all(sa["device"] == "nic0" for sa in a.states()) and len(a.states()) == 2, f"not on the NIC: {a.states()}")
    lab.require({one["spi"] for one in lab.network.nic["a"].held()} == {one["spi"] for one in a.states()}, "the NIC holds others")
    lab.require(spi_of(a, "out") == spi, "it was rekeyed")
    numbers = capture.of(spi)
    rising(lab, capture)
    gaps = [(later - earlier, after - number) for (number, earlier), (after, later) in zip(numbers, numbers[1:])]
    jump = max(step for _, step in gaps)
    longest = max(gap for gap, _ in gaps[max(before - 5, 0):])
    lab.require(jump > MARGIN, f"the largest step of the sequence number is {jump}")
    asked = [line for line in acquires.lines if "acquire" in line]
    lab.require(not asked and stat(lab, "XfrmAcquireError") == 0 and stat(lab, "XfrmOutNoStates") == 0, f"acquires: {asked}")
    replies = [int(re.search(r"icmp_seq=(\d+)", line)[1]) for line in pings.lines if "icmp_seq=" in line and "ttl=" in line]
    lost = replies[-1] - len(replies)
    lab.report.append(f"  a: {lost} of {replies[-1]} pings lost, longest gap between two ESP packets {longest * 1000:.1f} ms, step {jump}")
    print(f"  reinstall: {lost} of {replies[-1]} pings lost, longest gap {longest * 1000:.1f} ms, number moved by {jump}", flush=True)
    told = [line for line in story(lab).splitlines() if "was away for" in line]
    lab.require(len(told) == 2, f"the story tells {told}")
    for line in told:
        lab.report.append(f"  {line.strip()}")
    lab.quiet(8)
    lab.require("reinstall done" in story(lab), f"it was not seen to help:\n{story(lab)}")
    state = json.load(open(f"{lab.directory}/state/state.json", encoding="utf-8"))
    lab.require(state.get("intents", []) == [], f"intents are left: {state}")
    lab.require(not capture.clear, "something left in clear")


@scenario
def reinstall_refused_is_put_back(lab):
    """The NIC takes the probe's SA and refuses the real one: it is put back in software, and goes on."""
    a, capture, pings = software(lab)
    spis = {sa["spi"] for sa in a.states()}
    lab.fault("swanwatch may act, and the NIC refuses what is no probe")
    watcher = lab.watch("a", configuration=a.watch_configuration() + "offload: off\n", environment={"STATE_DIRECTORY": f"{lab.directory}/state"})

    order = [f"{lab.network.nic['a'].directory}/refuse_states", f"1 {errno.ENOSPC} swnic: full just now"]
    lab.keep(trace(watcher.process.pid, BEFORE, NEWSA, order))
    reconfigure(watcher, a.watch_configuration() + ACT)
    for direction in ("in", "out"):
        lab.expect("a", "sa-not-offloaded", 20, connection="t1", direction=direction)
    lab.require_in_time(watcher.wait_event(lambda event: "swnic: full just now" in json.dumps(event.data.get("remedy") or {}), 90),
                "nobody says what the NIC said")
    mark = pings.mark()
    pings.wait_for(r"icmp_seq=\d+ ttl", 30, mark, count=50)
    lab.require({sa["spi"] for sa in a.states()} == spis, f"other SAs: {a.states()}")
    lab.require(all(sa["device"] is None for sa in a.states()), "it is on the NIC")
    rising(lab, capture)
    lab.require(not capture.clear, "something left in clear")


def reconfigure(watcher, text):
    path = watcher.argv[watcher.argv.index("--config") + 1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    watcher.process.send_signal(signal.SIGHUP)


# Behind which request of the outbound SA's reinstall swanwatch is killed.
KILLS = [("block", NEWPOLICY), ("delete", DELSA), ("add", NEWSA), ("unblock", DELPOLICY)]


@scenario
def reinstall_killed_at_every_step(lab):
    """swanwatch SIGKILLed behind each request of a reinstall, and started again: the tunnel carries, and nothing is left behind."""
    a, capture, pings = software(lab)
    lab.fault("swanwatch may act, and is killed")
    for number, (name, kind) in enumerate(KILLS):
        if number:
            # A new pair in software for the next one.
            a.rekey()
        state = f"{lab.directory}/state-{name}"
        watcher = lab.watch("a", configuration=a.watch_configuration() + "offload: off\n", name=f"a-{name}",
                            environment={"STATE_DIRECTORY": state})
        lab.watchers.pop(f"a-{name}")
        tracer = lab.keep(trace(watcher.process.pid, AFTER, kind, ["kill"], since=NEWPOLICY))
        reconfigure(watcher, a.watch_configuration() + ACT)
        tracer.wait_for("ended", 90)
        watcher.process.wait()
        intents = json.load(open(f"{state}/state.json", encoding="utf-8"))["intents"]
        lab.require(len(intents) == 1, f"killed behind {name}: the intents on disk are {intents}")
        since, mark = a.log.mark(), pings.mark()
        again = lab.watch("a", configuration=a.watch_configuration() + "offload: off\n", name=f"b-{name}",
                          environment={"STATE_DIRECTORY": state})
        lab.watchers.pop(f"b-{name}")
        lab.at_end(again.stop)
        if name == "delete":
            # Whoever was sooner: pluto by its own acquire, or the remedy.
            a.log.wait_for("established Child SA", 60, since)
        pings.wait_for(r"icmp_seq=\d+ ttl", 60, mark, count=100)
        lab.require(len(a.states()) >= 2, f"SAs after {name}: {a.states()}")
        blocks = [line for line in run("ip", "xfrm", "policy", namespace="a").splitlines() if "block" in line]
        lab.require(not blocks, f"after {name} a block stands: {blocks}")
        told = again.verb("explain", "t1", check=True)
        lab.require("ended while a reinstall was under way" in told, f"after {name} the story says nothing:\n{told}")
        again.stop()
        intents = json.load(open(f"{state}/state.json", encoding="utf-8"))["intents"]
        # A rekey in its place may be under way.
        left = [one for one in intents if one["kind"] == "reinstall"]
        lab.require(not left, f"after {name} intents are left: {left}")
        lab.note(f"killed behind {name}: it goes on")
    rising(lab, capture)
    lab.require(not capture.clear, "something left in clear")
