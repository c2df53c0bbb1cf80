"""The daemon dies or hangs, and is brought back: by systemd, by swanwatch, or by nobody where nobody may."""

import json
import os
import signal
import time

from library import wire
from library.commands import run
from library.debugger import Debugger
from library.dropin import drop_in
from library.follower import Follower, follow_file
from library.gateway import connection
from library.scenario import scenario
from library.spin import Spin

from .hung import Gate
from .reinstall import reconfigure

BOTH = "act: [restart, restart-hung]\n"
# One pair of selectors for each tunnel. The last one is brought up by hand: no daemon brings it back by itself.
TWO = ["t1", "t2"]
FOUR = [f"t{number}" for number in range(1, 5)]
TWENTY = [f"t{number}" for number in range(1, 21)]


def tunnels(local, names):
    """The text of these connections."""
    text = ""
    for number, name in enumerate(names):
        port = f"udp/{7001 + number}"
        start = "start" if local == "a" and name != names[-1] else "add"
        text += connection(name, local, nic_offload="no", leftprotoport=port, rightprotoport=port, auto=start)
    return text


def up(a, names, since, seconds=240):
    """Wait until these are established in a's log."""
    for name in names:
        a.log.wait_for(rf'"{name}" #\d+: .*established Child SA', seconds, since)


def established(lab, names):
    """Gateway a under its unit with these tunnels up; b in a namespace."""
    lab.connect("veth", names=(None, "b"))
    lab.gateway("b", tunnels("b", names))
    a = lab.unit(tunnels("a", names))
    since = a.log.mark()
    a.start()
    up(a, names[:-1], since)
    since = a.log.mark()
    a.whack("--initiate", "--asynchronous", "--name", names[-1])
    up(a, names[-1:], since)
    return a


def remedy(lab, code, state, seconds=60):
    """Wait until a finding's remedy is in this state; gives the remedy."""
    def holds(data):
        return (data.get("remedy") or {}).get("state") == state
    return lab.expect_change("a", code, holds, seconds / 5)["remedy"]


@scenario(systemd=True)
def restart_by_systemd(lab):
    """pluto SIGKILLed while it negotiates 20 tunnels, with its unit's own Restart: systemd brings it back, swanwatch what nobody else does."""
    a = established(lab, TWENTY)
    lab.watch("a", configuration=None)
    # What a asks for now stays unanswered: it dies in the middle of it.
    answer = wire.drop(lab, "b", wire.UDP_PROTOCOL)
    since = a.log.mark()
    for name in TWENTY:
        a.whack("--rekey-ipsec", "--asynchronous", "--name", name)
    a.log.wait_for("sent CREATE_CHILD_SA request to rekey", 60, since)
    lab.fault("SIGKILL")
    since, begun = a.log.mark(), time.monotonic()
    a.kill()
    answer()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"', says=["flush"])
    lab.expect("a", "clear-text-window", 2, r'"policies-flushed"')
    up(a, TWENTY[:-1], since)
    alone = time.monotonic() - begun
    up(a, TWENTY[-1:], since)
    took = time.monotonic() - begun
    lab.expect_closed("a", "daemon-crashed", 5)
    lab.expect_closed("a", "clear-text-window", 5)
    bringing = {event.data["text"] for event in lab.watchers["a"].events if event.kind == "remedy" and event.data["text"].endswith(" up")}
    text = f"from death to the last of 20 tunnels: {took:.1f} s, to the last of those that pluto starts by itself: {alone:.1f} s; "
    text += f"swanwatch asked for {len(bringing)} of them, for the last one nobody else ever does"
    lab.report.append(f"  {text}")
    print(f"  {text}", flush=True)
    told = lab.watchers["a"].verb("explain", TWENTY[-1])
    lab.require(f"bring {TWENTY[-1]} up" in told, f"explain does not tell who brought {TWENTY[-1]} up:\n{told}")
    lab.quiet(5)
    lab.require("RestartUnit" not in recorded(lab) and "restart-unit" not in recorded(lab), "swanwatch restarted what systemd restarts")


def recorded(lab):
    """The recording of a's watcher."""
    with open(lab.watchers["a"].recording, encoding="utf-8") as file:
        return file.read()


@scenario(systemd=True)
def restart_by_swanwatch(lab):
    """pluto SIGKILLed under a unit without Restart: systemd is asked for it, and every tunnel is back."""
    drop_in(lab, "Restart=no")
    a = established(lab, FOUR)
    lab.watch("a", configuration=None)
    lab.fault("SIGKILL")
    since, begun = a.log.mark(), time.monotonic()
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"')
    lab.expect("a", "clear-text-window", 2, r'"policies-flushed"')
    up(a, FOUR, since)
    took = time.monotonic() - begun
    lab.expect_closed("a", "daemon-crashed", 5)
    lab.expect_closed("a", "clear-text-window", 5)
    lab.report.append(f"  from death to the last of four tunnels: {took:.1f} s; the unit alone: never")
    told = lab.watchers["a"].verb("explain", "t4")
    lab.require("bring t4 up" in told, f"explain t4 does not tell who brought it up:\n{told}")
    lab.quiet(5)


# At which line of its own swanwatch is killed, one run of it after the other; what comes later stands for a step that was over too soon.
KILLS = [
    ("its turn", r"restart of the daemon (queued|waiting)"),
    ("its intent", r"restart of the daemon running: swanwatch writes down"),
    ("the order to systemd", r"restart of the daemon (running: ask systemd|waiting: systemd is at work)"),
    ("the daemon's return", r"restart of the daemon (verifying|done|refused|failed)"),
    ("the call for t2", r"restart of t2 (running|verifying)"),
]


def still_open(watcher):
    """Ids of the findings that are open by the events so far."""
    ids = set()
    for event in watcher.events:
        if event.kind == "opened":
            ids.add(event.data["id"])
        elif event.kind == "closed":
            ids.discard(event.data["id"])
    return ids


def state_kept(lab):
    """What the runs of one scenario keep in state.json."""
    with open(f"{lab.directory}/state/state.json", encoding="utf-8") as file:
        return json.load(file)


@scenario(systemd=True)
def restart_killed_at_every_step(lab):
    """swanwatch SIGKILLed at each step of a restart, and started again: the daemon is started once, and every tunnel is back."""
    drop_in(lab, "Restart=no")
    a = established(lab, TWO)
    state = {"STATE_DIRECTORY": f"{lab.directory}/state"}

    def watch(name):
        watcher = lab.watch("a", configuration=None, name=name, environment=state)
        return watcher, lab.keep(follow_file(watcher.log_path))

    watcher, lines = watch("a-0")
    # It has joined; what it keeps is on disk a moment later.
    lab.keep(follow_file(watcher.recording)).wait_for('"kept":.*"Ok"', 60)
    kept = state_kept(lab)
    lab.require(kept["process"]["pid"] == a.pid and len(kept["tunnels"]) == len(TWO), f"what is up is not kept: {kept}")
    lab.fault("SIGKILL")
    since, begun = a.log.mark(), time.monotonic()
    a.kill()
    for number, (name, pattern) in enumerate(KILLS, 1):
        line = lines.wait_for(pattern, 120)
        watcher.process.kill()
        watcher.process.wait()
        lab.watchers.pop(f"a-{number - 1}")
        lab.note(f"killed at {name}: {line.split(' ', 1)[1].strip()}")
        watcher, lines = watch(f"a-{number}" if number < len(KILLS) else "a")
    up(a, TWO, since)
    lab.report.append(f"  from death to the last of two tunnels: {time.monotonic() - begun:.1f} s, with swanwatch killed {len(KILLS)} times")
    if "daemon-crashed:host" in (event.data.get("id") for event in watcher.events if event.kind == "opened"):
        # The last one has begun before all was back.
        lab.expect("a", "daemon-crashed", 2, says=["swanwatch did not see it"])
    lab.require_in_time(watcher.wait_event(lambda _: not still_open(watcher), 60), f"something stays open: {watcher.status()['findings']}")
    starts = [line for line in a.log.lines[since:] if "Starting Pluto" in line]
    lab.require(len(starts) == 1, f"pluto was started {len(starts)} times")
    intents = state_kept(lab)["intents"]
    lab.require(not intents, f"intents are left: {intents}")
    told = watcher.verb("explain", "t2", check=True)
    lab.require("bring t2 up" in told, f"explain t2 does not tell who brought it up:\n{told}")


@scenario(systemd=True)
def restart_stopped_and_traced(lab):
    """pluto SIGSTOPped is continued, not restarted; held by a debugger it is left alone, and so it is with its CPU quota used up."""
    lab.connect("veth", names=(None, "b"))
    b = lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.unit(connection(local="a", nic_offload="no", auto="start"))
    a.start()
    a.log.wait_for("established Child SA", 120)
    lab.watch("a", configuration=BOTH)
    pid = a.pid
    lab.fault("SIGSTOP")
    os.kill(pid, signal.SIGSTOP)
    lab.expect("a", "daemon-hung", 5, r'"state":"stopped"', reason="stopped")
    lab.expect_closed("a", "daemon-hung", 10)
    lab.require(a.pid == pid, "the stopped pluto was restarted")
    lab.note("held by a debugger")
    mark = lab.watchers["a"].mark()
    holder = lab.keep(Debugger(pid))
    # The same finding a second time, with another reason.
    lab.expect_change("a", "daemon-hung", lambda data: data["reason"] == "traced", 5)
    why = remedy(lab, "daemon-hung", "refused")["why"]
    lab.require("debugger" in why, f"the refusal does not name the debugger: {why}")
    lab.quiet(10)
    holder.stop()
    over = lab.watchers["a"].wait_event(
        lambda event: event.kind == "closed" and event.data["id"] == "daemon-hung:host", 60, mark)
    lab.require_in_time(over is not None, "daemon-hung did not close when the debugger had let go")
    lab.require(a.pid == pid, "the traced pluto was restarted")
    lab.note("it works without an end, with a twentieth of a processor")
    run("systemctl", "set-property", "--runtime", "ipsec", "CPUQuota=5%", timeout=120)
    spin = Spin(pid)
    b.whack("--rekey-ipsec", "--asynchronous", "--name", "t1")
    lab.expect("a", "daemon-starved", 25, r'"throttled":[1-9]', reason="quota", says=["CPUQuota"])
    lab.quiet(5)
    spin.stop()
    run("systemctl", "set-property", "--runtime", "ipsec", "CPUQuota=", timeout=120)
    lab.expect_closed("a", "daemon-starved", 10)
    lab.require(a.pid == pid, "the starved pluto was restarted")
    lab.note("the same with as much of it as it wants")
    mark = lab.watchers["a"].mark()
    spin = Spin(pid)
    b.whack("--rekey-ipsec", "--asynchronous", "--name", "t1")
    # Nothing may wait unread for it: then it is found by the question that is asked once a minute.
    spins = lab.expect_change("a", "daemon-hung", lambda data: data["reason"] == "spins", 10, patience=120)
    lab.require("perf top" in spins["advice"], f"it advises: {spins['advice']}")
    spin.stop()
    over = lab.watchers["a"].wait_event(
        lambda event: event.kind == "closed" and event.data["id"] == "daemon-hung:host", 60, mark)
    lab.require_in_time(over is not None, "daemon-hung did not close when pluto went on")
    lab.require(a.pid == pid, "the spinning pluto was restarted")


@scenario(systemd=True)
def restart_hung_for_good(lab):
    """pluto waits for a script that never ends, and its SAs carry nothing: restarted by systemd, with restart-hung alone."""
    drop_in(lab, "TimeoutStopSec=5")
    lab.connect("veth", names=(None, "b"))
    gate = Gate(f"/run/lab/gate-{lab.name}")
    ports = {"leftprotoport": "udp/7002", "rightprotoport": "udp/7002"}
    b = lab.gateway("b", connection("t1", "b", nic_offload="no") + connection("t2", "b", nic_offload="no", **ports))
    a = lab.unit(connection("t1", "a", nic_offload="no", auto="start")
                 + connection("t2", "a", nic_offload="no", leftupdown=gate.script, **ports))
    since = a.log.mark()
    a.start()
    up(a, ["t1"], since)
    lab.watch("a", configuration=BOTH)
    pid = a.pid
    lab.fault("t2 is brought up, and its script holds pluto for good")
    lab.keep(Follower(["ipsec", "whack", "--initiate", "--asynchronous", "--name", "t2"]))
    gate.wait()
    since = b.log.mark()
    b.whack("--rekey-ipsec", "--asynchronous", "--name", "t1")
    b.log.wait_for("sent CREATE_CHILD_SA request", 60, since)
    since = a.log.mark()
    lab.expect("a", "daemon-hung", 10, r'"process":\{[^}]*"unread":\{"ike":[1-9]', reason="sleeps")
    lab.expect("a", "daemon-crashed", 5, r'"daemon-gone"', patience=240)
    lab.expect("a", "clear-text-window", 5, r'"policies-flushed"')
    up(a, ["t1"], since)
    lab.require(a.pid != pid, "the hung pluto is still there")
    lab.expect_closed("a", "daemon-crashed", 60)


@scenario(systemd=True)
def restart_crash_loop(lab):
    """pluto dies three times within minutes: it is restarted twice, and then no more."""
    drop_in(lab, "Restart=no")
    lab.connect("veth", names=(None, "b"))
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.unit(connection(local="a", nic_offload="no", auto="start"))
    since = a.log.mark()
    a.start()
    a.log.wait_for("established Child SA", 120, since)
    lab.watch("a", configuration=None)
    lab.fault("SIGKILL, three times")
    for count in range(3):
        since = a.log.mark()
        a.kill()
        if count == 0:
            lab.expect("a", "daemon-crashed", 2)
            lab.expect("a", "clear-text-window", 2)
        if count < 2:
            a.log.wait_for("established Child SA", 240, since)
    lab.expect("a", "daemon-crash-loop", 2, reason="died-again")
    remedy(lab, "daemon-crashed", "refused")
    lab.quiet(10)
    state = run("systemctl", "show", "--property=ActiveState", "--value", "ipsec").strip()
    lab.require(state == "failed", f"the unit is {state}, not failed: the loop was fed")


@scenario(systemd=True)
def restart_given_up_by_systemd(lab):
    """pluto cannot start any more: systemd gives up, and swanwatch does not begin again."""
    lab.connect("veth", names=(None, "b"))
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.unit(connection(local="a", nic_offload="no", auto="start"))
    since = a.log.mark()
    a.start()
    a.log.wait_for("established Child SA", 120, since)
    lab.watch("a", configuration=None)
    drop_in(lab, "ExecStartPre=", "ExecStart=", "ExecStart=/bin/sh -c 'kill -SEGV $$$$'", "ExecStopPost=", limit="StartLimitIntervalSec=600")
    lab.fault("SIGKILL")
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"')
    lab.expect("a", "daemon-crash-loop", 3, r'"active":"failed"', reason="start-limit", patience=240)
    why = remedy(lab, "daemon-crashed", "refused")["why"]
    lab.note(why)
    lab.quiet(5)
    state = run("systemctl", "show", "--property=ActiveState", "--value", "ipsec").strip()
    lab.require(state == "failed", f"the unit is {state}, not failed")


@scenario
def restart_by_command(lab):
    """pluto SIGKILLed where no service manager runs it: a command that came by SIGHUP starts it, past a stale pid file."""
    lab.connect("veth")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", nic_offload="no"))
    script = f"{a.directory}/start"
    with open(script, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\nexec " + " ".join(a.command()) + "\n")
    os.chmod(script, 0o755)
    place = f"kind: libreswan, socket: {a.control}, log: {a.log_path}"
    watcher = lab.watch("a", configuration=f"daemon: {{ {place} }}\n")
    a.up()
    reconfigure(watcher, f"daemon: {{ {place}, restart: [{script}] }}\n")
    watcher.wait_notice("RELOADING=1", 30)
    lab.fault("SIGKILL")
    since = a.log.mark()
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"', says=[r"carry|still|go on"])
    a.log.wait_for(r"listening for IKE messages", 60, since)
    # auto=add: nobody but swanwatch brings it up again.
    a.log.wait_for(r'"t1" #\d+: initiator established Child SA', 120, since)
    lab.expect_closed("a", "daemon-crashed", 5)
    # The dead pluto's pair stays in the kernel, and is no business of ours to delete.
    advice = lab.expect("a", "sa-orphaned", 12)["advice"]
    lab.require("ip xfrm state delete" in advice, f"no command for the orphans: {advice}")
    lab.quiet(5)
