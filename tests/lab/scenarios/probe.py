"""`swanwatch probe`: what the device takes, cell by cell; nothing is left behind; nobody notices."""

import json
import os
import re
import signal
import subprocess
import time

from library.commands import in_namespace, run
from library.gateway import connection
from library.scenario import scenario
from library.stopped import Stopped
from library.swanwatch import BINARY

from .secrets import spellings
from .trace import CBC as CBC_SA
from .trace import GCM as GCM_SA
from .trace import told_of

REQID = 0x73770001
TYPE = "Type doesn't support offload"
ESN = "Device doesn't support offload with ESN"
KEY = "netdevsim: Failed to get key data for SA table"
PACKET = "netdevsim: Unsupported ipsec offload type"
GCM = [f"aes-gcm-{key}-icv{icv}" for key in (128, 192, 256) for icv in (16, 12, 8)]
UDP = ("udp", "tunnel+udp")
CBC = [f"aes-cbc-{key}-{hash}" for key in (128, 256) for hash in ("sha1", "sha256", "sha384", "sha512")]

# drivers/net/netdevsim/ipsec.c and net/xfrm/xfrm_device.c of 6.12: the kernel's words, None where the SA is taken.
NETDEVSIM = {
    "transport": None, "tunnel": None, "ah-transport": TYPE, "ah-tunnel": TYPE,
    "ipv4": None, "ipv6": None, "tunnel+ipv6": None,
    **{name: None if name.endswith("icv16") else KEY for name in GCM},
    **{name: KEY for name in CBC}, "chacha20-poly1305": KEY,
    "no-esn": None, "esn": ESN, "esn+window-128": ESN, "tunnel+esn": ESN,
    **{f"window-{window}": None for window in (0, 32, 64, 128, 256, 1024, 4096)},
    "no-udp": None, "udp": None, "tunnel+udp": None, "if-id": None,
}


def probe(lab, *arguments, end="a"):
    """Run `swanwatch probe` at one end: its exit status, what it printed, what it complained of."""
    argv = in_namespace(lab.network.namespace[end], [BINARY, "probe", *arguments])
    done = subprocess.run(argv, capture_output=True, text=True, timeout=240, check=False, env=environment(lab))
    return done.returncode, done.stdout, done.stderr


def environment(lab):
    return {**os.environ, "STATE_DIRECTORY": f"{lab.directory}/state"}


def cells(table, wanted, direction):
    column = next(one for one in table["columns"] if (one["wanted"], one["direction"]) == (wanted, direction))
    return {cell["name"]: cell["answer"] for cell in column["cells"]}


def sad(lab, end="a"):
    return lab.network.ip(end, "xfrm", "state", "list", "nokeys")


def on_device(lab, number=0):
    """How many SAs the simulator has, by its own count."""
    with open(f"/sys/kernel/debug/netdevsim/netdevsim{lab.network.devices[number]}/ports/0/ipsec", encoding="ascii") as file:
        return int(re.search(r"SA count=(\d+)", file.read())[1])


def as_ethtool_has_it(name):
    """A feature of the simulator: whether it is on, and whether it is fixed."""
    line = re.search(rf"^{name}: (.*)$", run("ethtool", "-k", "nsim0", namespace="a"), re.M)[1]
    return line.startswith("on"), "[fixed]" in line


def mount_debugfs():
    if not os.path.ismount("/sys/kernel/debug"):
        run("mount", "-t", "debugfs", "none", "/sys/kernel/debug")


@scenario
def probe_netdevsim_cell_by_cell(lab):
    """The table is what the simulator's source allows; SAD and device are as before; a swanwatch beside it finds nothing."""
    mount_debugfs()
    lab.connect()
    # Older kernels put words of their own in the place of the driver's, or none, and take no SA in UDP.
    words_come, udp = told_of(lab, "nsim0", *CBC_SA) == KEY, told_of(lab, "nsim0", *GCM_SA, "encap", "espinudp", "4500", "4500", "0.0.0.0") is None
    # Since 6.16 the core refuses an inbound one with an interface's number.
    if_id_in = told_of(lab, "nsim0", *GCM_SA, "if_id", "7", way="in")
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    a.up()
    before, held = sad(lab), on_device(lab)
    lab.require(held == 2, f"the simulator holds {held} SAs, not the tunnel's two")
    status, text, complaint = probe(lab, "nsim0", "--json")
    lab.require(status == 0, f"probe ended with {status}: {complaint}")
    lab.require((sad(lab), on_device(lab)) == (before, held), "SAD or device are not as before")
    table = json.loads(text)
    lab.require((table["driver"], table["held"], table["complete"]) == ("netdevsim", 2, True), f"it says of the device: {table}")
    esp = {one["name"]: (one["on"], one["fixed"]) for one in table["features"]}
    lab.require(esp.get("esp-hw-offload") == as_ethtool_has_it("esp-hw-offload"), f"features: {esp}")
    wrong = []
    for direction in ("in", "out"):
        found = cells(table, "crypto", direction)
        lab.require(list(found) == list(NETDEVSIM), f"the cells are {list(found)}")
        for name, words in NETDEVSIM.items():
            answer, words = found[name], if_id_in if (name, direction) == ("if-id", "in") else words
            taken = words is None and (udp or name not in UDP)
            wanted = ("accepted", None) if taken else ("refused", words if words_come else answer["words"])
            if (answer["answer"], answer["words"]) != wanted or answer.get("errno", 22) != 22:
                wrong.append(f"crypto {direction} {name}: {answer}, expected {wanted}")
        for name, answer in cells(table, "packet", direction).items():
            # The core looks at AH and at ESN before it asks the driver, at ESN in crypto mode alone.
            words = TYPE if name.startswith("ah-") else if_id_in if if_id_in and (name, direction) == ("if-id", "in") else PACKET
            if (answer["answer"], answer["words"] if words_come else words, answer["errno"]) != ("refused", words, 22):
                wrong.append(f"packet {direction} {name}: {answer}, expected {words}")
    lab.require(not wrong, "; ".join(wrong))
    with open(f"{lab.directory}/probe.txt", "w", encoding="utf-8") as file:
        shown = probe(lab, "nsim0")[1]
        file.write(shown)
    lab.require(all(len(line) <= 120 for line in shown.splitlines()), "a line is too long")
    with open(f"{lab.directory}/state/probes/nsim0.json", encoding="utf-8") as file:
        remembered = json.load(file)
    lab.require(remembered["columns"] == table["columns"], "what is remembered is not what was shown")
    lab.quiet(5)
    # The service counts none of them, and its log of changes knows none.
    with open(lab.watchers["a"].recording, encoding="utf-8") as file:
        lab.require(str(REQID) in file.read(), "the service did not see the probe at all: this proves nothing")
    lab.require(lab.watchers["a"].status()["summary"]["sas"] == 2, "the service counts the probe's SAs")


@scenario
def probe_killed_half_way(lab):
    """SIGKILL while an SA stands: it is there, refuses another probe, and 10 s later everything is as before. SIGINT leaves none."""
    mount_debugfs()
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    a.up()
    before, held = sad(lab), on_device(lab)
    keys = a.keys()
    left = stopped_with_an_sa(lab)
    keys = a.keys() - keys
    lab.require(len(keys) == 1, f"the kernel showed {len(keys)} new keys; the search for it would prove nothing")
    left.signal(signal.SIGKILL)
    left.wait()
    lab.require(f"reqid {REQID}" in sad(lab), "the killed probe left no SA: this proves nothing")
    lab.require(on_device(lab) == held + 1, "the device does not hold what the killed probe left")
    killed = time.monotonic()
    status, _, complaint = probe(lab, "nsim0")
    lab.require(status == 1 and "another probe" in complaint, f"a second probe ended with {status}: {complaint}")
    # The event of the kernel's own removal, or the end of the time that it has.
    lab.quiet(max(0, 11 - (time.monotonic() - killed)))
    lab.require((sad(lab), on_device(lab)) == (before, held), "11 s later SAD or device are not as before")
    left = stopped_with_an_sa(lab)
    left.signal(signal.SIGINT)
    status = left.wait()
    with open(f"{lab.directory}/probe.out", encoding="utf-8") as out, open(f"{lab.directory}/probe.err", encoding="utf-8") as err:
        output, complaint = out.read(), err.read()
    lab.require((status, "interrupted" in complaint) == (1, True), f"after SIGINT: {status} {complaint}")
    lab.require('"complete":false' in output, "an interrupted table does not say so")
    lab.require((sad(lab), on_device(lab)) == (before, held), "after SIGINT SAD or device are not as before")
    lab.quiet(3)
    lab.require(not os.path.exists(f"{lab.directory}/state/probes/nsim0.json"), "an interrupted table was remembered")
    # The random key of the SA that was left: neither the probe nor the service beside it wrote it down.
    lab.watchers["a"].stop()
    (key,) = keys
    for folder, _, files in os.walk(lab.directory):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            for needle in spellings(key):
                lab.require(needle not in content, f"{name} holds key material")


def stopped_with_an_sa(lab):
    """A probe, stopped while the first of its SAs is on the device; what it prints goes to probe.out and probe.err."""
    argv = [BINARY, "probe", "nsim0", "--json"]
    out, err = (f"{lab.directory}/probe.{name}" for name in ("out", "err"))
    return Stopped(lab, lab.network.namespace["a"], argv, REQID, out, err, environment(lab))


@scenario
def probe_other_devices(lab):
    """A VLAN and lo do it in software without a word; a bond is refused unless forced; no such device; nearly full; addresses in use."""
    mount_debugfs()
    lab.connect("vlan")
    for device in ("nsim0.7", "lo"):
        status, text, complaint = probe(lab, device, "--json")
        lab.require(status == 1, f"{device} takes nothing, and the exit status is {status}: {complaint}")
        table = json.loads(text)
        for direction in ("in", "out"):
            for name, answer in cells(table, "crypto", direction).items():
                # The core looks at AH before it looks at the device; at ESN it does not get.
                wanted = ("refused", TYPE) if name.startswith("ah-") else ("software", None)
                lab.require((answer["answer"], answer["words"]) == wanted, f"{device} crypto {direction} {name}: {answer}")
            for name, answer in cells(table, "packet", direction).items():
                words = TYPE if name.startswith("ah-") else None
                lab.require((answer["answer"], answer["words"], answer["errno"]) == ("refused", words, 22),
                            f"{device} packet {direction} {name}: {answer}")
    run("modprobe", "bonding", "max_bonds=0")
    lab.network.ip("a", "link", "add", "bond7", "type", "bond", "mode", "active-backup")
    lab.network.ip("a", "link", "set", "bond7", "up")
    status, text, complaint = probe(lab, "bond7")
    lab.require((status, text) == (1, "") and "is a bond" in complaint and "crashes the kernel" in complaint, complaint)
    status, text, complaint = probe(lab, "bond7", "--force", "--json")
    lab.require("crashes the kernel" in complaint, "forced, it does not say what can happen")
    answer = cells(json.loads(text), "crypto", "out")["transport"]
    # No active slave: ENODEV.
    lab.require((answer["answer"], answer["errno"]) == ("refused", 19), f"an empty bond: {answer}")
    status, _, complaint = probe(lab, "nothere")
    lab.require(status == 1 and "no interface 'nothere'" in complaint, f"{status} {complaint}")
    lab.network.ip("a", "addr", "add", "198.51.100.1/24", "dev", "nsim0")
    status, text, complaint = probe(lab, "nsim0")
    lab.require((status, text) == (1, "") and re.search(r"a route uses 198\.51\.100\.", complaint), complaint)
    lab.network.ip("a", "addr", "del", "198.51.100.1/24", "dev", "nsim0")
    lab.network.ip("a", "xfrm", "policy", "add", "src", "192.0.2.0/24", "dst", "10.0.0.0/8", "dir", "out", "action", "block")
    status, _, complaint = probe(lab, "nsim0")
    lab.require(status == 1 and re.search(r"a policy .* uses 192\.0\.2\.0", complaint), complaint)
    lab.network.ip("a", "xfrm", "policy", "flush")
    for spi in range(0x1000, 0x1000 + 30):
        lab.network.ip("a", "xfrm", "state", "add", "src", "10.9.0.1", "dst", "10.9.0.2", "proto", "esp", "spi", hex(spi),
                       "reqid", "1", "mode", "transport", "aead", "rfc4106(gcm(aes))", "0x" + "11" * 20, "128",
                       "offload", "dev", "nsim0", "dir", "out")
    status, _, complaint = probe(lab, "nsim0")
    lab.require(status == 1 and "holds 30 SAs, and has room for 33" in complaint, complaint)
    lab.network.ip("a", "xfrm", "state", "flush")
    argv = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", BINARY, "probe", "lo"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    lab.require(done.returncode == 77, f"without capabilities: {done.returncode} {done.stderr}")


@scenario
def probe_connections(lab):
    """What is remembered of the device is held against what pluto has loaded, and pluto's own negotiation agrees."""
    lab.connect()
    texts = [connection("ok", local="a"), connection("either", local="a", esn="either"), connection("esn", local="a", esn="yes"),
             connection("cbc", local="a", esp="aes_gcm128-null,aes128-sha1"), connection("ah", local="a", phase2="ah", esp=None, ah="sha2_256"),
             connection("auto", local="a", esn="yes", nic_offload="auto"), connection("none", local="a", nic_offload="no")]
    a = lab.gateway("a", "".join(texts))
    os.makedirs("/etc/swanwatch", exist_ok=True)
    with open("/etc/swanwatch/swanwatch.yaml", "w", encoding="utf-8") as file:
        file.write(a.watch_configuration())
    lab.at_end(lambda: os.unlink("/etc/swanwatch/swanwatch.yaml"))
    status, text, complaint = probe(lab, "--connections", "--json")
    found = {one["connection"]: one["verdict"] for one in json.loads(text)["connections"]}
    lab.require(found == {**dict.fromkeys(("ok", "either", "esn", "cbc", "ah", "auto"), "unknown"), "none": "not-wanted"},
                f"before a probe: {status} {found} {complaint}")
    lab.require(status == 0, f"nothing is known to be refused, and the exit status is {status}")
    lab.require(probe(lab, "nsim0")[0] == 0, "the probe failed")
    before = sad(lab)
    status, text, complaint = probe(lab, "--connections", "nsim0", "--json")
    told = {one["connection"]: one for one in json.loads(text)["connections"]}
    found = {name: one["verdict"] for name, one in told.items()}
    expected = {"ok": "offloaded", "either": "may-be-refused", "esn": "refused", "cbc": "may-be-refused", "ah": "refused",
                "auto": "software", "none": "not-wanted"}
    lab.require(found == expected, f"after it: {found}")
    lab.require(status == 1, f"some will be refused, and the exit status is {status}")
    lab.require([one["words"] for one in told["esn"]["problems"]] == [ESN], f"esn: {told['esn']}")
    lab.require([one["words"] for one in told["cbc"]["problems"]] == [KEY], f"cbc: {told['cbc']}")
    lab.require(sad(lab) == before, "holding the table against the connections changed the SAD")
    with open(f"{lab.directory}/connections.txt", "w", encoding="utf-8") as file:
        file.write(probe(lab, "--connections")[1])
    # And so it comes: the one that is refused is, by the kernel that was probed.
    lab.gateway("b", connection("any", local="b", nic_offload="no", esn="either"))
    a.up("ok")
    # The two have the same selectors: only one of them can stand.
    since = a.log.mark()
    a.whack("--delete", "--name", "ok")
    a.log.wait_for("ESP traffic information", 60, since)
    since = a.log.mark()
    a.initiate("esn")
    a.log.wait_for(r'"esn".*(errno 22|Invalid argument)', 60, since)
