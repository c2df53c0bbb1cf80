"""What swanwatch mends through the daemon: it has it rekey, and sees the new pair in the kernel."""

import errno
import json
import re

from library import recording, wire
from library.check import LENIENCE, PATIENCE
from library.commands import run
from library.gateway import connection
from library.libreswan5 import Gateway5
from library.scenario import scenario

from .nic import carried, offloaded
from .traffic import WINDOWS

GONE = r'"sa-deleted"'


def watch(lab, end, act="rekey"):
    """A swanwatch that may do that, and keeps what it has to keep with this scenario."""
    configuration = lab.gateways[end].watch_configuration() + f"act: [{act}]\n"
    return lab.watch(end, configuration)


def remedies(lab, end):
    """How far remedies came at this end, as it was told."""
    return [event.data for event in lab.watchers[end].events if event.kind == "remedy"]


def expect_remedy(lab, end, state, bound=60, says=""):
    """Wait until a remedy comes to this state."""
    def wanted(event):
        return event.kind == "remedy" and event.data["state"] == state and re.search(says, event.data["text"])
    event = lab.watchers[end].wait_event(wanted, PATIENCE + bound * LENIENCE)
    lab.require_in_time(event is not None, f"no remedy at {end} came to {state}: {remedies(lab, end)}")
    lab.note(f"{end}: {event.data['kind']} {state}: {event.data['text']}")
    return event.data


def one_tunnel(lab, act="rekey", **options):
    """Both ends on the lab's own NIC, t1 up, a watched with this `act:`."""
    lab.connect("nic")
    lab.gateway("b", connection(local="b", **options))
    a = lab.gateway("a", connection(local="a", **options))
    watch(lab, "a", act)
    watch(lab, "b", act)
    a.up()
    carried(lab, "a")
    return a


@scenario
def link_flap_is_rekeyed(lab):
    """The NIC goes down and up and has lost its SAs: the end that lost them rekeys, and traffic goes on."""
    a = one_tunnel(lab)
    before = {one["spi"] for one in a.states()}
    lab.fault("ip link set nic0 down, and up again")
    run("ip", "link", "set", "nic0", "down", namespace="a")
    lab.expect("a", "offload-lost", 2, r'"link":\{[^}]*"name":"nic0"[^}]*"up":false', device="nic0")
    run("ip", "link", "set", "nic0", "up", namespace="a")
    lab.expect_closed("a", "offload-lost", 60)
    done = expect_remedy(lab, "a", "done", says="Child SA #")
    after = {one["spi"] for one in a.states()}
    lab.require(after and not after & before, f"the SAs of a: {before}, then {after}")
    carried(lab, "a")
    offloaded(lab, "a", offload="crypto")
    lab.require(not remedies(lab, "b"), f"b, which lost nothing, acted: {remedies(lab, 'b')}")
    story = lab.watchers["a"].verb("explain", "t1")
    for part in ("have the daemon rekey t1", "rekey verifying", "rekey done"):
        lab.require(part in story, f"explain does not tell of '{part}':\n{story}")
    lab.note(f"the run was number {done['id']}")
    lab.quiet(8)


@scenario
def deleted_sa_is_rekeyed(lab):
    """The inbound SA is deleted: pluto never notices; it is rekeyed, the finding closes, and what was begun is remembered."""
    a = one_tunnel(lab)
    lab.fault("the inbound SA is deleted")
    a.delete_state("in")
    lab.expect("a", "sa-missing", 5, GONE, connection="t1", direction="in")
    lab.expect_closed("a", "sa-missing", 60)
    expect_remedy(lab, "a", "done", says="Child SA #")
    carried(lab, "a")
    with open(f"{lab.directory}/a.state/state.json", encoding="utf-8") as file:
        kept = json.load(file)
    lab.require(len(kept["tries"]) == 1 and len(kept["tries"][0]["at"]) == 1, f"state.json: {kept}")
    lab.require(not kept["intents"], f"it is done, and its intent is still kept: {kept}")
    lab.quiet(8)


@scenario
def rekey_is_advised_and_asked_for(lab):
    """Without rekey in act: the command is advised and nothing is done; a person has it done with swanwatch remedy."""
    a = one_tunnel(lab, act="")
    lab.fault("the inbound SA is deleted")
    a.delete_state("in")
    finding = lab.expect("a", "sa-missing", 5, GONE, connection="t1", direction="in")
    remedy = finding.get("remedy") or {}
    lab.require(remedy.get("state") == "advised", f"the remedy is {remedy}")
    lab.require("ipsec whack --rekey-ipsec --name t1 --asynchronous" in remedy["why"], f"the remedy is {remedy}")
    lab.quiet(8)
    lab.require(not remedies(lab, "a"), f"something was done: {remedies(lab, 'a')}")
    watcher = lab.watchers["a"]
    said = watcher.verb("remedy", "t1", "--dry-run", check=True)
    lab.require("1. have the daemon rekey t1" in said and "nothing was done" in said, f"the dry run says:\n{said}")
    lab.require(not remedies(lab, "a"), f"the dry run did something: {remedies(lab, 'a')}")
    lab.note(watcher.verb("remedy", "t1", check=True))
    lab.expect_closed("a", "sa-missing", 60)
    expect_remedy(lab, "a", "done", says="Child SA #")
    carried(lab, "a")
    lab.quiet(5)


@scenario
def software_sa_is_rekeyed(lab):
    """Software SAs on a capable NIC: nothing is done before their cause is gone and the NIC takes a probe of their kind; then a rekey."""
    lab.connect("nic")
    # The kernel does not look at the feature; what it is told by the driver in these words it does in software without one.
    run("ethtool", "-K", "nic0", "esp-hw-offload", "off", namespace="a")
    lab.network.nic["a"].refuse(2, errno.EOPNOTSUPP)
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    watch(lab, "a")
    lab.fault("t1 is brought up while esp-hw-offload is off")
    a.up()
    for direction in ("in", "out"):
        lab.expect("a", "sa-not-offloaded", 1, "initiator established Child SA", connection="t1", direction=direction)
    expect_remedy(lab, "a", "refused", says="ethtool -K nic0 esp-hw-offload on")
    run("ethtool", "-K", "nic0", "esp-hw-offload", "on", namespace="a")
    lab.expect_closed("a", "sa-not-offloaded", 60)
    expect_remedy(lab, "a", "done", says="Child SA #")
    steps = [one["text"] for one in remedies(lab, "a") if one["step"]]
    lab.require(len(steps) == 2 and "takes an SA like" in steps[0] and "rekey t1" in steps[1], f"its steps: {steps}")
    carried(lab, "a")
    offloaded(lab, "a", offload="crypto")
    lab.quiet(8)


@scenario
def refused_connection_is_not_rekeyed(lab):
    """pluto 4.10, whose last add was refused: a rekey could end the IKE SA and every tunnel on it, so none is ordered."""
    a = one_tunnel(lab)
    b = lab.gateways["b"]
    lab.network.nic["a"].refuse(1, errno.EINVAL, "swnic: not on a Sunday")
    inbound = next(one for one in a.states() if one["dst"] == lab.network.address["a"])
    lab.fault("the peer rekeys, and the NIC of a refuses the new SA")
    since = a.log.mark()
    b.whack("--rekey-ipsec", "--asynchronous", "--name", "t1")
    a.log.wait_for(r"netlink response for Add SA", 60, since)
    lab.expect("a", "offload-capacity", 5, r"netlink response for Add SA", device="nic0")
    lab.note("refused, the old pair stands; now its inbound SA is deleted, and not what is left of the new one")
    run("ip", "xfrm", "state", "delete", "src", inbound["src"], "dst", inbound["dst"], "proto", "esp", "spi", inbound["spi"],
        namespace="a")
    lab.expect("a", "sa-missing", 5, GONE, connection="t1", direction="in")
    expect_remedy(lab, "a", "refused", says="the kernel refused its last SA")
    lab.quiet(8)
    steps = [one["text"] for one in remedies(lab, "a") if one["step"]]
    lab.require(not steps, f"something was done: {steps}")


@scenario
def strangers_start_no_remedy(lab):
    """ESP with unknown SPIs, old numbers and broken ICVs, and IKE from a stranger: found, and with everything in act: nothing is begun."""
    lab.connect("nic")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a"))
    watch(lab, "a", "restart, restart-hung, rekey, reinstall, fence")
    a.up()
    lab.network.ip("b", "addr", "add", "10.9.0.9/24", "dev", lab.network.device)
    lab.fault("ESP on an unknown SPI and forged on a's own, and IKE_SA_INIT without end, are sent to a")
    here, there = lab.network.address["a"], lab.network.address["b"]
    before = {one["spi"]: one["dst"] for one in a.states()}
    wire.forge_esp(lab, "10.9.0.9", here)
    forged = wire.forge_esp_on(lab, there, here, next(spi for spi, to in before.items() if to == here))
    a.ping(3)
    forged.wait_for("caught", 30)
    wire.forge_ike(lab, "10.9.0.9", here)
    lab.expect("a", "no-state-drops", WINDOWS, patience=10, reason="no-state", says=["XfrmInNoStates grew by"])
    # Nothing that is signed comes meanwhile.
    lab.expect("a", "esp-blackhole", WINDOWS, patience=10, reason="auth-failed", connection="t1", direction="in",
               says=["failed their integrity check", "refused by the replay window"])
    lab.quiet(5)
    lab.require(not remedies(lab, "a"), f"strangers had something done: {remedies(lab, 'a')}")
    lab.require({one["spi"] for one in a.states()} == set(before), f"the SAs of a: {a.states()}, before {before}")
    outcomes = [one.text for one in recording.read(lab.watchers["a"].recording) if '"outcome"' in one.text]
    done = [text for text in outcomes if '"fence"' not in text]
    lab.require(not done, f"the recording has steps of remedies: {done}")
    with open(f"{lab.directory}/a.state/state.json", encoding="utf-8") as file:
        kept = json.load(file)
    lab.require(not kept["intents"] and not kept["tries"], f"state.json: {kept}")


@scenario
def packet_mode_that_the_nic_drops_is_rekeyed(lab):
    """libreswan 5 in packet mode: the NIC drops what a's SA sends; a new pair is new in the NIC, too, until it forgets that."""
    lab.connect("nic")
    ports = {"leftprotoport": "icmp", "rightprotoport": "icmp"}
    lab.gateway("b", connection(local="b", esn="either", nic_offload="no", **ports))
    a = lab.gateway("a", connection(local="a", esn="either", nic_offload="packet", **ports), kind=Gateway5)
    lab.watch("a", a.watch_configuration() + "act: [rekey]\n", prefix=a.watch_prefix)
    a.up()
    wire.ping(lab, "a")
    lab.quiet(25)
    lab.fault("a's NIC drops what its SAs send")
    lab.network.nic["a"].set("break")
    found = lab.expect("a", "esp-blackhole", WINDOWS, patience=10, reason="nic-drop", connection="t1", direction="out")
    lab.require("ipsec whack --rekey-child --name t1 --asynchronous" in found["advice"], f"it advises {found['advice']}")
    expect_remedy(lab, "a", "done", says="Child SA #")
    lab.expect_closed("a", "esp-blackhole", WINDOWS, patience=10)
    carried(lab, "a")
    lab.fault("a's NIC forgets its SAs: nobody counts what they should send but the NIC")
    lab.network.nic["a"].set("forget")
    lab.expect("a", "nic-drops", WINDOWS, patience=10, reason="nic-drop", device=lab.network.device, says=["its SAs sent 0 packets"])
