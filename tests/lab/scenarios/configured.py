"""What is written in ipsec.conf and not loaded is noted; the pluto that has it loaded is told nothing of it, and does not notice."""

import time

from library.failure import Late
from library.follower import follow_file
from library.gateway import Gateway, connection
from library.libreswan5 import Gateway5
from library.scenario import scenario

# Neither end is this host: pluto loads it and never brings it up.
AWAY = connection("away", left="10.77.0.1", right="10.77.0.2", auto="start")


def notes(watcher):
    return {note["name"]: note for note in watcher.status()["notes"]}


def wait_for_notes(lab, watcher, holds, seconds=240):
    """Look whenever pluto has answered until `holds(notes)`; gives the notes."""
    answers, deadline = follow_file(watcher.recording), time.monotonic() + seconds
    try:
        while True:
            since, now = answers.mark(), notes(watcher)
            if holds(now):
                lab.note(f"{watcher.name}: noted {sorted(now)}")
                return now
            try:
                answers.wait_for(r'"(configured|connections|woke)"', max(1, deadline - time.monotonic()), since)
            except Late as late:
                raise Late(f"{watcher.name} notes {now}") from late
    finally:
        answers.stop()


@scenario
def written_and_not_loaded(lab):
    """Files of 4.10 and 5.2 are edited: noted, until it is loaded or taken back; nothing of that is in pluto's log."""
    lab.connect()
    # 5.2 shows that it is wanted up, which is a finding's; 4.10 does not.
    kinds = {"a": (Gateway, "yes", AWAY), "b": (Gateway5, "crypto", "")}
    for end, (kind, offload, away) in kinds.items():
        gateway = lab.gateway(end, connection(local=end, nic_offload=offload) + away, kind=kind)
        lab.watch(end, prefix=getattr(gateway, "watch_prefix", ()))
    told = wait_for_notes(lab, lab.watchers["a"], lambda now: "connection-unoriented" in now)
    lab.require("10.77.0.1" in told["connection-unoriented"]["summary"], f"noted: {told}")
    # Longer than what differs is waited for.
    lab.quiet(15)
    ours = {"configuration-changed", "configuration-not-loaded", "configuration-broken"}
    for end, watcher in lab.watchers.items():
        lab.require(not ours & set(notes(watcher)), f"noted at {end} without a reason: {notes(watcher)}")
    marks = {end: gateway.log.mark() for end, gateway in lab.gateways.items()}
    lab.note("nic-offload is written otherwise, and a connection is added, at both ends")
    for end, gateway in lab.gateways.items():
        gateway.configure(connection(local=end, nic_offload="no") + connection("t2", local=end, nic_offload="no") + kinds[end][2])
    for end, (_, offload, _) in kinds.items():
        told = wait_for_notes(lab, lab.watchers[end], lambda now: ours - {"configuration-broken"} <= set(now))
        changed, missing = told["configuration-changed"], told["configuration-not-loaded"]
        lab.require(f"t1 is loaded with nic-offload={offload}, " in changed["summary"]
                    and changed["summary"].endswith("says nic-offload=no"), f"noted: {changed}")
        lab.require("t2 is not loaded" in missing["summary"], f"noted: {missing}")
        lab.require(lab.gateways[end].log.lines[marks[end]:] == [], f"in {end}'s log: {lab.gateways[end].log.lines[marks[end]:]}")
    lab.note("a loads what is written, b takes it back")
    a, b = lab.gateways["a"], lab.gateways["b"]
    a.loaded = ["t1", "t2"]
    a.reload(connection(local="a", nic_offload="no") + connection("t2", local="a", nic_offload="no") + AWAY)
    b.configure(connection(local="b", nic_offload="crypto"))
    for watcher in lab.watchers.values():
        wait_for_notes(lab, watcher, lambda now: not ours & set(now))
    lab.require(b.log.lines[marks["b"]:] == [], f"in b's log: {b.log.lines[marks['b']:]}")
    lab.quiet(8)
