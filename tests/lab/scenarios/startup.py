"""What swanwatch does where it cannot begin, or cannot record."""

import subprocess

from library import swanwatch
from library.commands import in_namespace, run
from library.gateway import connection
from library.scenario import scenario


def outcome(lab, name, argv, namespace="a", seconds=60):
    """Run a swanwatch that has to end by itself: its exit status and what it said."""
    done = subprocess.run(in_namespace(namespace, argv), capture_output=True, text=True, errors="replace", timeout=seconds,
                          stdin=subprocess.DEVNULL, check=False)
    said = done.stdout + done.stderr
    lab.note(f"{name}: exit status {done.returncode}: {said.strip()}")
    return done.returncode, said


def configured(lab, gateway):
    path = f"{lab.directory}/second.yaml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(gateway.watch_configuration())
    return [swanwatch.BINARY, "run", "--config", path, "--socket", "/run/lab/second.sock"]


@scenario
def second_instance_refused(lab):
    """A second swanwatch in one namespace ends with 75; one in another namespace does not mind."""
    lab.connect()
    b = lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    status, said = outcome(lab, "second", configured(lab, a))
    lab.require(status == 75, f"the second instance ended with {status}, not 75: {said}")
    lab.require(said.strip(), "the second instance says nothing")
    lab.watch("b")
    b.up()
    lab.quiet(5)


@scenario
def capability_missing(lab):
    """Without CAP_NET_ADMIN it ends with 77 and names it."""
    lab.connect()
    a = lab.gateway("a", connection(local="a"))
    without = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", *configured(lab, a)]
    status, said = outcome(lab, "without", without)
    lab.require(status == 77, f"it ended with {status}, not 77: {said}")
    lab.require("CAP_NET_ADMIN" in said, f"it does not name CAP_NET_ADMIN: {said}")


@scenario
def configuration_wrong(lab):
    """A wrong configuration: file, line, column, what was expected; exit 78 without a service manager, and check-config says the same."""
    lab.connect()
    path = f"{lab.directory}/wrong.yaml"
    with open(path, "w", encoding="utf-8") as file:
        file.write("offload: auto\nconnections:\n  branch-*: { ofload: required }\n")
    status, said = outcome(lab, "run", [swanwatch.BINARY, "run", "--config", path, "--socket", "/run/lab/wrong.sock"])
    lab.require(status == 78, f"run ended with {status}, not 78: {said}")
    for part in ("wrong.yaml", "3", "ofload"):
        lab.require(part in said, f"run does not say {part!r}: {said}")
    status, said = outcome(lab, "check-config", [swanwatch.BINARY, "check-config", path])
    lab.require(status == 78, f"check-config ended with {status}, not 78: {said}")
    lab.require("ofload" in said, f"check-config does not name the key: {said}")


@scenario
def disk_full_while_recording(lab):
    """The disk under the recording is full: the recording stops, the watching goes on."""
    lab.connect()
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a"))
    run("mkdir", "-p", "/run/lab/small")
    run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/run/lab/small")
    lab.at_end(lambda: run("umount", "--lazy", "/run/lab/small"))
    watcher = lab.watch("a", recording="/run/lab/small/a.recording.jsonl")
    run("bash", "-c", "head -c 1M /dev/zero > /run/lab/small/full", check=False)
    a.up()
    a.rekey()
    lab.quiet(5)
    status = watcher.status()
    lab.require(status["summary"]["offloaded"]["crypto"] == 2, f"it lost sight: {status['summary']}")
    lab.fault("a fault is still found")
    a.delete_state("out")
    lab.expect("a", "sa-missing", 5, connection="t1", direction="out")
    lab.require("record" in watcher.log_tail(200), "its log says nothing of the recording")
