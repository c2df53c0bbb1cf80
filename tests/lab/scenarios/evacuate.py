"""The SAs of a NIC taken off it by hand before it goes down, and put back, under traffic, over our own NIC."""

import json
import re

from library import kernel, wire
from library.capture import Capture
from library.commands import run
from library.gateway import connection
from library.scenario import scenario
from library.tracer import AFTER, BEFORE, DELPOLICY, DELSA, MIGRATE_STATE, NEWPOLICY, NEWSA, trace

from .reinstall import rising, spi_of

EVACUATE = ("remedy", "nic0", "--kind", "evacuate")
# Behind, or before, which request swanwatch is killed, where the kernel moves an SA in its place and where it does not.
KILLS = {
    True: [("before", BEFORE, MIGRATE_STATE), ("moved", AFTER, MIGRATE_STATE)],
    False: [("block", AFTER, NEWPOLICY), ("delete", AFTER, DELSA), ("add", AFTER, NEWSA), ("unblock", AFTER, DELPOLICY)],
}


def offloaded(lab):
    """A tunnel on a's NIC and in software at b, with pings from a every 20 ms, and a capture of what arrives at b."""
    lab.connect("nic")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a"))
    a.up()
    capture = Capture(lab.network, "b")
    lab.at_end(capture.stop)
    pings = wire.ping(lab, "a", interval=0.02)
    pings.wait_for("icmp_seq=20 ", 60)
    on_the_nic(lab, a)
    return a, capture, pings


def on_the_nic(lab, a):
    lab.require(len(a.states()) == 2 and all(sa["device"] == "nic0" for sa in a.states()), f"not on the NIC: {a.states()}")


def in_software(lab, a, count=2):
    lab.require(len(a.states()) >= count and not any(sa["device"] for sa in a.states()), f"not in software: {a.states()}")
    lab.require(not lab.network.nic["a"].held(), f"the NIC holds {lab.network.nic['a'].held()}")


def done(lab, watcher, since, patience=90):
    wanted = lambda event: event.kind == "remedy" and event.data["kind"] == "evacuate" and event.data["state"] in ("done", "failed", "refused")
    event = watcher.wait_event(wanted, patience, since)
    lab.require_in_time(event, "the evacuation did not come to an end")
    lab.require(event.data["state"] == "done", f"it is {event.data}")
    return event.data["text"]


def carries(pings, count=50):
    """Answers go on coming."""
    pings.wait_for(r"icmp_seq=\d+ ttl", 60, pings.mark(), count=count)


def answered(pings):
    return [int(re.search(r"icmp_seq=(\d+)", line)[1]) for line in pings.lines if "icmp_seq=" in line and "ttl=" in line]


def figures(lab, capture, pings, first, spi, what):
    """Since the ping `first`: pings lost, the largest step of the SA's numbers, and the longest time between two packets."""
    replies = [number for number in answered(pings) if number >= first]
    lost = replies[-1] - replies[0] + 1 - len(replies)
    numbers = capture.of(spi)
    steps = [later - earlier for (earlier, _), (later, _) in zip(numbers, numbers[1:])]
    gap = max(after - before for (_, before), (_, after) in zip(numbers, numbers[1:]))
    said = f"{what}: {lost} of {replies[-1] - first + 1} pings lost, largest step of the numbers {max(steps)}, longest gap {gap * 1000:.1f} ms"
    lab.report.append(f"  a: {said}")
    print(f"  {said}", flush=True)
    return lost, max(steps)


@scenario
def evacuate_and_back(lab):
    """Its SAs come off the NIC, stay off it over a rekey and the link's fall, and go back. Where the kernel moves them nothing is lost."""
    a, capture, pings = offloaded(lab)
    in_place = kernel.moves_states()
    watcher = lab.watch("a", environment={"STATE_DIRECTORY": f"{lab.directory}/state"})
    spi, first = spi_of(a, "out"), answered(pings)[-1]
    planned = watcher.verb(*EVACUATE, "--dry-run", check=True)
    lab.require(("never away" in planned) == in_place and ("away for some milliseconds" in planned) != in_place, planned)
    on_the_nic(lab, a)
    since = watcher.mark()
    watcher.verb(*EVACUATE, check=True)
    text = done(lab, watcher, since)
    lab.require("can be taken down now" in text, text)
    in_software(lab, a)
    lab.require(spi_of(a, "out") == spi, "it was rekeyed")
    carries(pings)
    lost, step = figures(lab, capture, pings, first, spi, "off")
    told = re.findall(r"was away for (\d+) µs|(was never away)", watcher.verb("explain", "t1", check=True))
    lab.require(len(told) == 2 and all(bool(never) == in_place for _, never in told), f"the story tells {told}")
    if not in_place:
        print(f"  away for {' and '.join(gap for gap, _ in told)} µs", flush=True)
    if in_place:
        lab.require((lost, step) == (0, 1), f"{lost} pings lost, largest step {step}")
    told = watcher.verb("status", check=True)
    lab.require("nic0 is evacuated by hand until" in told and "--back" in told, told)
    lab.note("a rekey: the daemon puts the new pair on the NIC")
    since = watcher.mark()
    a.rekey()
    done(lab, watcher, since)
    lab.require(spi_of(a, "out") != spi, "it was not rekeyed")
    in_software(lab, a)
    spi = a.states()
    run("ip", "link", "set", "nic0", "down", namespace="a")
    lab.require(a.states() == spi, f"SAs after the link's fall: {a.states()}")
    run("ip", "link", "set", "nic0", "up", namespace="a")
    carries(pings)
    spi, first, since = spi_of(a, "out"), answered(pings)[-1], watcher.mark()
    watcher.verb(*EVACUATE, "--back", check=True)
    done(lab, watcher, since)
    on_the_nic(lab, a)
    carries(pings)
    figures(lab, capture, pings, first, spi, "back")
    lab.quiet(8)
    lab.require("evacuated" not in watcher.verb("status", check=True), "it is still evacuated")
    state = json.load(open(f"{lab.directory}/state/state.json", encoding="utf-8"))
    lab.require(state.get("intents", []) == [] and "evacuated" not in state, f"something is left: {state}")
    rising(lab, capture)
    lab.require(not capture.clear, "something left in clear")


@scenario
def evacuate_killed_at_every_step(lab):
    """swanwatch SIGKILLed at each request of an evacuation, and started again: the tunnel carries, and the rest comes off, too."""
    a, capture, pings = offloaded(lab)
    lab.fault("swanwatch is killed")
    for number, (name, when, kind) in enumerate(KILLS[kernel.moves_states()]):
        if number:
            a.rekey()
            on = [sa for sa in a.states() if sa["device"]]
            lab.require(len(on) >= 2, f"not on the NIC: {a.states()}")
        environment = {"STATE_DIRECTORY": f"{lab.directory}/state-{name}"}
        watcher = lab.watch("a", name=f"a-{name}", environment=environment)
        lab.watchers.pop(f"a-{name}")
        # Requests of other kinds have these numbers elsewhere: from the block of the outbound SA on they are ours.
        since = 0 if kind == MIGRATE_STATE else NEWPOLICY
        tracer = lab.keep(trace(watcher.process.pid, when, kind, ["kill"], since=since))
        watcher.verb(*EVACUATE)
        tracer.wait_for("ended", 90)
        watcher.process.wait()
        state = json.load(open(f"{lab.directory}/state-{name}/state.json", encoding="utf-8"))
        lab.require(len(state["intents"]) == 1 and len(state["evacuated"]) == 1, f"killed at {name}: on disk is {state}")
        since, is_left = a.log.mark(), any(sa["device"] for sa in a.states())
        again = lab.watch("a", name=f"b-{name}", environment=environment)
        lab.watchers.pop(f"b-{name}")
        lab.at_end(again.stop)
        if is_left:
            done(lab, again, 0)
        if name == "delete":
            # Whoever was sooner: pluto by its own acquire, or the remedy.
            a.log.wait_for("established Child SA", 60, since)
        carries(pings, 100)
        blocks = [line for line in run("ip", "xfrm", "policy", namespace="a").splitlines() if "block" in line]
        lab.require(not blocks, f"after {name} a block stands: {blocks}")
        lab.require(len(a.states()) >= 2, f"SAs after {name}: {a.states()}")
        if name != "delete":
            # There pluto's new pair may be on its way off.
            in_software(lab, a)
        told = again.verb("status", check=True)
        lab.require("nic0 is evacuated by hand until" in told, told)
        again.stop()
        lab.note(f"killed at {name}: it goes on")
    rising(lab, capture)
    lab.require(not capture.clear, "something left in clear")
