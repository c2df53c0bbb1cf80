"""Every remedy, and everybody who is told, under the hardened unit: what its sandbox forbids would show here."""

import json
import os
import re
import tarfile

from library.commands import run
from library.dropin import drop_in
from library.follower import Follower, follow_file
from library.gateway import connection
from library.installed import STATE, Installed
from library.scenario import scenario

from .fence import fenced, killed_under_pings
from .rekey import expect_remedy

PAGE, PIPE = "/run/lab/hardened-page", "/run/lab/hardened-page.pipe"


def pages(lab):
    """A program of the operator's, and what it gets. Nothing but a pipe is writable for it."""
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n/bin/cat >{PIPE}\necho >{PIPE}\n")
    os.chmod(PAGE, 0o755)
    os.mkfifo(PIPE)
    for path in (PAGE, PIPE):
        lab.at_end(lambda path=path: os.unlink(path))
    return lab.keep(Follower(["sh", "-c", f"exec cat <>{PIPE}"]))


def told(code, unit="swanwatch"):
    """What the journal has of a finding: the fields of its entries."""
    lines = run("journalctl", "--output=json", "--unit", unit, f"SWANWATCH_CODE={code}", timeout=60).splitlines()
    return [json.loads(line) for line in lines]


@scenario(systemd=True)
def hardened_unit_mends(lab):
    """Under the unit as shipped, with the drop-ins that check-config names and kernel-log.conf: rekey, reinstall, fence and restart mend; a program and the journal are told, and a bundle tells no name."""
    lab.connect("nic", names=(None, "b"))
    drop_in(lab, "Restart=no")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.unit(connection(local="a", nic_offload="no", auto="start"))
    a.start()
    a.log.wait_for("established Child SA", 120)
    page = pages(lab)
    lab.at_end(lambda: run("nft", "delete", "table", "inet", "swanwatch_fence", check=False))
    alerts = f"alerts: [ exec: {PAGE} ]\n"
    watcher = lab.watchers["a"] = Installed(lab.directory, "a", "offload: off\nact: [restart, rekey, fence]\n" + alerts,
                                              also=("kernel-log.conf",))
    watcher.start()
    recording = lab.keep(follow_file(watcher.recording))
    recording.wait_for(fenced("10.9.0.1"), 60)
    covered = watcher.status()["coverage"]
    lab.require("kernel-log" in {line["source"] for line in covered}, f"watched: {covered}")
    lab.require(all(line["state"] == "ok" for line in covered), f"not watched: {covered}")

    lab.fault("the inbound SA is deleted: rekey")
    a.delete_state("in")
    lab.expect("a", "sa-missing", 5, r'"sa-deleted"', connection="t1", direction="in")
    expect_remedy(lab, "a", "done", says="Child SA #")
    lab.expect_closed("a", "sa-missing", 60)
    firing = json.loads(page.wait_for('"firing"', 60))
    lab.require(firing["labels"]["code"] == "sa-missing", f"the program got {firing}")

    lab.note("offload: preferred, and the SAs are in software: reinstall")
    spis = {sa["spi"] for sa in a.states()}
    watcher.reload("offload: preferred\nact: [restart, reinstall, fence]\n" + alerts)
    for direction in ("in", "out"):
        lab.expect("a", "sa-not-offloaded", 20, connection="t1", direction=direction)
    for direction in ("in", "out"):
        closed = watcher.wait_event(lambda event: event.kind == "closed" and event.data["id"] == f"sa-not-offloaded:t1:{direction}", 120)
        lab.require_in_time(closed is not None, f"the SA was not put on the NIC ({direction})")
    on_the_nic = {sa["spi"] for sa in a.states() if sa["device"] == "nic0"}
    lab.require(on_the_nic == spis, f"on the NIC are {on_the_nic}, before there were {spis}")

    lab.note("SIGKILL: the fence holds, systemd is asked for a restart")
    watcher.reload("offload: off\nact: [restart, fence]\n" + alerts)
    clear = killed_under_pings(lab, a)
    lab.require(not clear, f"{len(clear)} packets came in clear")

    for code in ("sa-missing", "sa-not-offloaded", "daemon-crashed"):
        entries = told(code)
        lab.require(entries and all(len(entry.get("MESSAGE_ID", "")) == 32 for entry in entries), f"the journal has of {code}: {entries}")
    said = watcher.verb("history")
    for part in ("sa-missing", "sa-not-offloaded", "daemon-crashed", "rekey", "reinstall", "restart"):
        lab.require(part in said, f"the history has no {part}:\n{said}")
    kept = json.loads((STATE / "state.json").read_text(encoding="utf-8"))
    targets = {json.dumps(one["target"]) for one in kept["tries"]}
    lab.require(len(targets) >= 2, f"state.json does not remember what was tried on the connection and on the daemon: {kept}")
    journal = run("journalctl", "--output=cat", "--unit", "swanwatch", timeout=60)
    lab.require(journal.count("may be the daemon") <= 2, f"the journal repeats itself:\n{journal}")
    bundled(lab, watcher)


def bundled(lab, watcher):
    """Two bundles, kept with the results; in the one with --anonymize no address and no name of here is left."""
    said = watcher.verb("bundle", "--seconds", "0", f"{lab.directory}/bundle.tar.gz", check=True)
    lab.require("not here" not in said, f"what is not in the bundle:\n{said}")
    watcher.verb("bundle", "--seconds", "0", "--anonymize", f"{lab.directory}/anonymous.tar.gz", check=True)
    real, anonymous = (text_of(f"{lab.directory}/{name}.tar.gz") for name in ("bundle", "anonymous"))
    host = run("uname", "-n").strip()
    for secret in (r"10\.9\.0\.\d", r"\bt1\b", r"\bnic0\b", r"hardened-page", rf"\b{re.escape(host)}\b"):
        left = re.findall(f".*{secret}.*", anonymous)
        lab.require(not left, f"{secret} is left: {left[:3]}")
    for part in ("status.txt", "stories.txt", "before.jsonl", "10.9.0.", "daemon-crashed", "reinstall"):
        lab.require(part in real, f"the bundle has no {part}")


def text_of(path):
    """The names and the texts of what is in an archive."""
    with tarfile.open(path) as archive:
        return "\n".join(member.name + "\n" + archive.extractfile(member).read().decode() for member in archive if member.isfile())


@scenario(systemd=True)
def hardened_unit_runs_the_restart_command(lab):
    """swanwatch@NAME as shipped, with the drop-ins that check-config names: its command has systemd start a dead pluto, past a stale pid file."""
    lab.connect("veth")
    lab.gateway("a", connection(local="a", nic_offload="no"))
    b = lab.gateway("b", connection(local="b", nic_offload="no"))
    unit = "lab-pluto-b"
    argv = ["/usr/bin/systemd-run", "--collect", f"--unit={unit}", "--service-type=forking",
            f"--property=NetworkNamespacePath=/run/netns/{lab.network.namespace['b']}", *b.command()]
    lab.at_end(lambda: run("systemctl", "stop", unit, check=False, timeout=120))
    place = f"kind: libreswan, socket: {b.control}, log: {b.log_path}"
    configuration = f"daemon: {{ {place}, restart: {json.dumps(argv)} }}\n"
    watcher = lab.watchers["b"] = Installed(lab.directory, "b", configuration, instance=lab.network.namespace["b"])
    watcher.start()
    b.up()
    lab.fault("SIGKILL")
    since = b.log.mark()
    b.kill()
    lab.expect("b", "daemon-crashed", 2, r'"daemon-gone"')
    b.log.wait_for(r'"t1" #\d+: initiator established Child SA', 180, since)
    lab.expect_closed("b", "daemon-crashed", 5)
    lab.expect("b", "sa-orphaned", 12)
    owner = run("systemctl", "show", "--property=MainPID", "--value", unit).strip()
    lab.require(int(owner) == b.pid, f"systemd has {owner}, pluto is {b.pid}")
