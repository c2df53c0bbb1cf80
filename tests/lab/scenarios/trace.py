"""The kernel's own word on why it did not offload: tracefs and the kernel's log."""

import json
import os
import shutil
import signal

from library import kernel, tracefs
from library.check import LENIENCE
from library.commands import run
from library.follower import follow_file
from library.gateway import connection
from library.lab import boot_time
from library.scenario import scenario

# Seconds that a line may take to come, whatever it is: everything here is at once or never.
PATIENCE = 30
# The lab's own, used nowhere else.
KEY = "0x" + "7e" * 20
GCM = ("aead", "rfc4106(gcm(aes))", KEY, "128")
CBC = ("enc", "cbc(aes)", "0x" + "7e" * 16, "auth-trunc", "hmac(sha256)", "0x" + "7e" * 32, "128")
ESN = ("flag", "esn", "replay-window", "64", *GCM)
ENCAPSULATED = ("encap", "espinudp", "4500", "4500", "0.0.0.0")
# Without CAP_SYS_PTRACE the first process's view of /sys cannot be had, and `ip netns exec` has hidden ours.
WITHOUT_TRACEFS = ("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace")


# What coverage says of trace: it hears nothing; not everything (the words alone, or all but the words); all.
STATES = ("absent", "degraded", "ok")


def follow(lab, name, least="ok"):
    """Follow a watcher's recording; returns when its trace works as well as the scenario needs it to, of STATES."""
    if least == "ok":
        kernel.require("words")
    recording = lab.keep(follow_file(lab.watchers[name].recording))
    said = recording.wait_for(r'"source":"trace","state":', PATIENCE)
    state = json.loads(said)["what"]["coverage"]
    lab.require(STATES.index(state["state"]) >= STATES.index(least), f"trace is {state['state']}: {state.get('detail')}")
    return recording


def add(end, spi, *arguments, program="ip"):
    """Add an SA by hand; gives the moment before."""
    begun = boot_time()
    run(program, "xfrm", "state", "add", "src", "10.9.0.1", "dst", "10.9.0.2", "proto", "esp", "spi", spi, "mode", "transport",
        *arguments, namespace=end, check=False)
    return begun


def told_of(lab, device, *arguments, way="out"):
    """What `ip` is told of such an SA at a, offloaded to a device; None where it is taken, and taken away again. What else watches sees it, too."""
    one = ("src", "10.9.0.1", "dst", "10.9.0.2", "proto", "esp", "spi", "0x999")
    said = lab.network.ip("a", "xfrm", "state", "add", *one, "mode", "transport", *arguments, "offload", "dev", device, "dir", way, check=False)
    # What is taken may come with a warning.
    if "0x00000999" in lab.network.ip("a", "xfrm", "state", "list", "nokeys"):
        lab.network.ip("a", "xfrm", "state", "del", *one[2:])
        return None
    return said.strip().removeprefix("Error: ").rstrip(".")


def words_for(lab, *arguments):
    """The kernel's words for refusing it, as `ip` is told them; None where it has none."""
    said = told_of(lab, "nsim0", *arguments)
    return None if said.startswith("RTNETLINK answers") else said


def tried(lab, recording, spi, begun, **wanted):
    """Wait until the recording holds the refusal of that SA, and compare it."""
    line = recording.wait_for(rf'"offload-tried":.*"spi":"{spi}"', PATIENCE)
    seen = json.loads(line)
    took = (seen["at"] - begun) / 1e6
    lab.require(took <= LENIENCE, f"seen after {took:.3f} s, allowed are {LENIENCE} x 1 s")
    said = seen["what"]["offload-tried"]
    for key, value in wanted.items():
        lab.require(said[key] == value, f"{spi}: {key} is {said[key]!r}, not {value!r}")
    lab.report.append(f"  {spi}: errno {said['errno']}, {said['text']!r}, {took:.3f} s after the add began")
    return said


def nothing_is_left(lab):
    lab.require(tracefs.left(every=True) == [], f"left in tracefs: {tracefs.left(every=True)}")


@scenario
def trace_tells_refusals(lab):
    """SAs made by hand that the kernel refuses, or takes in software in silence: each with its reason, at the right end."""
    refusals_are_told(lab, ())


@scenario
def trace_tells_refusals_one_rung_down(lab):
    """The same where the kernel takes no return probe that reads arguments."""
    refusals_are_told(lab, tracefs.ONE_RUNG_DOWN)


def refusals_are_told(lab, prefix):
    lab.connect()
    lab.network.ip("a", "link", "add", "link", "nsim0", "name", "nsim0.7", "type", "vlan", "id", "7")
    lab.network.ip("a", "link", "set", "nsim0.7", "up")
    for end in ("a", "b"):
        lab.watch(end, configuration=None, prefix=prefix)
    least = "ok" if kernel.can("words") else "degraded"
    a, b = follow(lab, "a", least), follow(lab, "b", least)
    for end, recording in (("a", a), ("b", b)):
        rung = tracefs.rung(end)
        lab.require(rung == 1 if prefix else rung is not None, f"in tracefs: {tracefs.left()}")
        said = next(line for line in recording.lines if '"source":"trace"' in line)
        lab.require(("at entry and at return" in said) == (rung == 1), f"coverage names another way than {rung}: {said}")
        lab.report.append(f"  {end}: {json.loads(said)['what']['coverage']['detail']}")
    lab.fault("SAs are added")
    begun = add("a", "0x1001", *GCM, "offload", "dev", "nsim0", "dir", "out")
    begun = add("a", "0x1002", *ESN, "offload", "dev", "nsim0", "dir", "out")
    said = tried(lab, a, "0x00001002", begun, process="ip", errno=22, src="10.9.0.1", dst="10.9.0.2", mode="crypto",
                 direction="out", text=words_for(lab, *ESN))
    lab.require(said["shape"]["esn"] and said["shape"]["replay_window"] == 64, f"its shape is {said['shape']}")
    begun = add("a", "0x1003", *GCM, "offload", "dev", "nsim0.7", "dir", "in")
    said = tried(lab, a, "0x00001003", begun, errno=0, text=None, direction="in")
    vlan = int(lab.network.ip("a", "-o", "link", "show", "nsim0.7").split(":")[0])
    lab.require(said["ifindex"] == vlan, f"the device is {said['ifindex']}, not {vlan}")
    lab.require(said["shape"]["algorithm"] == {"name": "rfc4106(gcm(aes))", "auth": None, "key_bits": 160, "icv_bits": 128},
                f"its algorithm is {said['shape']['algorithm']}")
    begun = add("a", "0x1004", *CBC, "offload", "dev", "nsim0", "dir", "out")
    said = tried(lab, a, "0x00001004", begun, errno=22, text=words_for(lab, *CBC))
    lab.require(said["shape"]["algorithm"] == {"name": "cbc(aes)", "auth": "hmac(sha256)", "key_bits": 128, "icv_bits": 128},
                f"its algorithm is {said['shape']['algorithm']}")
    lab.require(not said["shape"]["encapsulated"], "it is seen to be encapsulated")
    logged = json.loads(a.wait_for(r'"kernel-log":\{.*Unsupported IPsec algorithm', PATIENCE))["what"]["kernel-log"]
    lab.require((logged["driver"], logged["device"]) == ("netdevsim", "nsim0"), f"the driver's line is of {logged}")
    begun = add("a", "0x1006", *CBC, *ENCAPSULATED, "offload", "dev", "nsim0", "dir", "out")
    said = tried(lab, a, "0x00001006", begun, errno=22, text=words_for(lab, *CBC, *ENCAPSULATED))
    lab.require(said["shape"]["encapsulated"], "it is not seen to be encapsulated")
    # A name that would begin a line of its own, if names were read from lines.
    hostile = "/run/lab/x]\n pluto-1 ["
    shutil.copy(shutil.which("ip"), hostile)
    begun = add("a", "0x1005", "flag", "esn", "replay-window", "32", *GCM, "offload", "dev", "nsim0", "dir", "out", program=hostile)
    tried(lab, a, "0x00001005", begun, process="x]\\u{a} pluto-1 [")
    begun = add("b", "0x2001", "flag", "esn", "replay-window", "32", *GCM, "offload", "dev", "nsim0", "dir", "out")
    tried(lab, b, "0x00002001", begun, errno=22)
    own = {"a": {"0x00001002", "0x00001003", "0x00001004", "0x00001005", "0x00001006", "0x00000999"}, "b": {"0x00002001"}}
    for name, recording in (("a", a), ("b", b)):
        seen = {json.loads(line)["what"]["offload-tried"]["spi"] for line in recording.lines if '"offload-tried"' in line}
        lab.require(seen == own[name], f"{name} saw {seen}")
        lab.require(not any('"kernel-said"' in line for line in recording.lines), f"{name} was told words that are no daemon's")
        lab.require("7e7e7e7e" not in "".join(recording.lines), "a key is in the recording")
    for end in ("a", "b"):
        lab.expect(end, "offload-rejected", 1, '"offload-tried"', device="nsim0")
    for name in ("a", "b"):
        lab.require(lab.watchers[name].stop() == 0, f"{name} did not end in order")
    nothing_is_left(lab)


@scenario
def trace_of_two_daemons(lab):
    """esn=either, offload on both ends: the end that answers is refused, and only its swanwatch is told."""
    lab.connect()
    b = lab.gateway("b", connection(local="b", esn="either"))
    a = lab.gateway("a", connection(local="a", esn="either"))
    lab.watch("a")
    lab.watch("b")
    at_a, at_b = follow(lab, "a"), follow(lab, "b")
    lab.fault("t1 is brought up at a")
    a.initiate()
    line = json.loads(at_b.wait_for(r'"offload-tried"', PATIENCE))["what"]["offload-tried"]
    lab.require((line["pid"], line["process"], line["errno"]) == (b.pid, "pluto", 22), f"it was {line}")
    lab.require(line["text"] == "Device doesn't support offload with ESN", f"its words: {line['text']!r}")
    lab.expect("a", "tunnel-down", 2, "TS_UNACCEPTABLE", reason="peer-refused", connection="t1")
    lab.expect("b", "offload-rejected", 1, connection="t1")
    lab.require(not any('"offload-tried"' in line or '"kernel-said"' in line for line in at_a.lines), "a was told of b's")
    lab.require(not any('"kernel-said"' in line for line in at_b.lines), "b was told the words of its own refusal twice")
    lab.quiet(5)


@scenario
def trace_left_over(lab):
    """What a killed swanwatch left is taken over by the next; nothing is left after that ended in order."""
    lab.connect()
    lab.watch("a", configuration=None)
    follow(lab, "a")
    killed = lab.watchers.pop("a")
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.process.wait()
    name = tracefs.of("a")
    lab.require(name in tracefs.left() and tracefs.rung("a") is not None, f"the killed one left {tracefs.left()}")
    lab.watch("a", configuration=None, name="second")
    recording = follow(lab, "second")
    begun = add("a", "0x3001", "flag", "esn", "replay-window", "32", *GCM, "offload", "dev", "nsim0", "dir", "out")
    tried(lab, recording, "0x00003001", begun, errno=22)
    lab.expect("second", "offload-rejected", 1, '"offload-tried"', device="nsim0")
    lab.require(lab.watchers["second"].stop() == 0, "it did not end in order")
    nothing_is_left(lab)


@scenario
def trace_unavailable(lab):
    """No tracefs: coverage says so, and the daemon's log still tells of the refusal."""
    lab.connect()
    lab.gateway("b", connection(local="b", esn="either", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", esn="either"))
    watcher = lab.watch("a", prefix=WITHOUT_TRACEFS)
    recording = lab.keep(follow_file(watcher.recording))
    recording.wait_for(r'"source":"trace","state":"absent","detail":"[^"]*daemon\'s log alone: no tracefs', PATIENCE)
    nothing_is_left(lab)
    lab.fault("t1 is brought up at a")
    a.initiate()
    lab.expect("a", "offload-rejected", 1, r"netlink response for Add SA", connection="t1")
    lab.require(watcher.stop() == 0, "it did not end in order")
