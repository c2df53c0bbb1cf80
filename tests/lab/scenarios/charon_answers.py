"""What is told over VICI is cut off, too much, or nothing at all: by a process of root's that is taken for charon, and answers as it is told to."""

from library.commands import run
from library.false_charon import FalseCharon, child, ike, table
from library.scenario import scenario

from .orphaned import add_by_hand

SPI_IN, SPI_OUT = "0000a001", "0000a002"
# More than any queue of swanwatch's is long.
MANY = 20_000


def told_of(lab, **offload):
    """A false charon at a that tells of t1, whose SAs are in the kernel; watched."""
    lab.connect()
    false = FalseCharon(lab.network, "a")
    lab.gateways["a"] = false
    add_by_hand("a", "10.9.0.2", "10.9.0.1", f"0x{SPI_IN}")
    add_by_hand("a", "10.9.0.1", "10.9.0.2", f"0x{SPI_OUT}")
    for direction, source, destination in (("in", "10.9.0.2", "10.9.0.1"), ("out", "10.9.0.1", "10.9.0.2")):
        run("ip", "xfrm", "policy", "add", "src", f"{source}/32", "dst", f"{destination}/32", "dir", direction, "tmpl", "src", source, "dst",
            destination, "proto", "esp", "reqid", "77", "mode", "transport", namespace="a")
    false.order(answers={"list-sas": table(ike([child("t1", 1, SPI_IN, SPI_OUT)]))})
    return false, lab.watch("a", **offload)


def up(watcher):
    return watcher.status()["summary"]["tunnels"]["up"]


@scenario(daemon="charon")
def charon_answers_badly(lab):
    """Its answers are cut in half; an IKE SA is left out; events come in a flood; then nothing comes: SAs are not judged by what was not told."""
    false, watcher = told_of(lab)
    lab.quiet(5)
    lab.require(up(watcher) == 1, f"t1 is not known: {watcher.status()['summary']}")
    lab.note("answers are cut in half")
    false.order(mode="cut")
    lab.quiet(15)
    false.order(mode="whole")
    lab.quiet(5)
    lab.note("its SAs are too many for one answer: it leaves the IKE SA out, and counts it all the same")
    false.order(answers={"list-sas": table()})
    watcher.stop()
    watcher = lab.watch("a", name="again")
    lab.quiet(20)
    lab.note("a flood of events")
    flood = {"up": "yes", "gw": ike([child("t1", 1, SPI_IN, SPI_OUT)])}
    heard = false.order(tell=[["child-updown", flood, MANY]])
    lab.require(heard[0] > 0, "nobody listens to its events")
    lab.quiet(5)
    lab.require(up(watcher) == 1, f"t1 is not known after the flood: {watcher.status()['summary']}")
    lab.fault("it takes every connection, and answers none")
    false.order(mode="silent")
    lab.expect("again", "daemon-hung", 70, patience=30)
    lab.quiet(3)
    false.order(mode="whole")
    lab.expect_closed("again", "daemon-hung", 65)
    lab.quiet(3)
