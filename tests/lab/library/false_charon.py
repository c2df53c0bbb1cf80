"""A process of root's that is named charon-systemd, holds UDP 500 and a VICI socket, and answers as it is told to: by no kernel and no peer."""

import json
import os
import shutil
import subprocess
import sys

from .commands import in_namespace
from .gateway import BASE

PROGRAM = """#!{python}
import json, socket, sys, threading, time
sys.dont_write_bytecode = True
sys.path.insert(0, {library!r})
from library import vici

mode, answers, listeners, lock, speaks = "whole", {{}}, [], threading.Lock(), threading.Event()

def answer(stream, raw):
    if mode == "whole":
        stream.sendall(raw)
    elif mode == "cut":  # half of it, and then the end
        stream.sendall(raw[:len(raw) // 2])
        stream.close()
    elif mode == "half":  # half of it, and then nothing
        stream.sendall(raw[:len(raw) // 2])

def serve(stream):
    try:
        while True:
            kind, name, message = vici.receive(stream)
            speaks.wait()  # as one that has no worker: what was asked meanwhile is answered afterwards
            if kind == vici.REGISTER:
                with lock:
                    listeners.append((name, stream))
                stream.sendall(vici.packet(vici.CONFIRM))
            elif kind == vici.UNREGISTER:
                with lock:
                    listeners[:] = [one for one in listeners if one != (name, stream)]
                stream.sendall(vici.packet(vici.CONFIRM))
            else:
                asked = answers.get(name, {{}})
                raw = b"".join(vici.packet(vici.EVENT, event, vici.encode(body)) for event, body in asked.get("events", []))
                answer(stream, raw + vici.packet(vici.RESPONSE, None, vici.encode(asked.get("answer", {{}}))))
    except (EOFError, OSError):
        pass
    finally:
        with lock:
            listeners[:] = [one for one in listeners if one[1] is not stream]

def tell(name, body, times):
    raw = vici.packet(vici.EVENT, name, vici.encode(body))
    with lock:
        heard = [stream for event, stream in listeners if event == name]
    for stream in heard:
        try:
            for _ in range(times):
                stream.sendall(raw)
        except OSError:
            pass
    return len(heard)

for port in (500, 4500):
    ike = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ike.bind(("0.0.0.0", port))
    globals()[f"ike_{{port}}"] = ike
control = socket.socket(socket.AF_UNIX)
control.bind(sys.argv[1])
control.listen(3)

def accept():
    while True:
        threading.Thread(target=serve, args=(control.accept()[0],), daemon=True).start()

threading.Thread(target=accept, daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    mode = order.get("mode", mode)
    (speaks.clear if mode == "silent" else speaks.set)()
    answers.update(order.get("answers", {{}}))
    print(json.dumps([tell(*one) for one in order.get("tell", [])]), flush=True)
"""
VERSION = {"daemon": "charon-systemd", "version": "5.9.8", "sysname": "Linux", "release": "6.12.117", "machine": "x86_64"}
STATS = {
    "uptime": {"running": "5 minutes", "since": "Dec  1 00:00:00 2026"},
    "workers": {"total": "16", "idle": "11", "active": {"critical": "4", "high": "0", "medium": "1", "low": "0"}},
    "queues": {"critical": "0", "high": "0", "medium": "0", "low": "0"}, "scheduled": "2",
    "ikesas": {"total": "1", "half-open": "0"}, "plugins": ["charon-systemd", "kernel-netlink", "vici"],
}


def child(name, number, spi_in, spi_out, state="INSTALLED"):
    """A child as list-sas has it."""
    return {"name": name, "uniqueid": str(number), "reqid": "77", "state": state, "mode": "TRANSPORT", "protocol": "ESP",
            "spi-in": spi_in, "spi-out": spi_out, "encr-alg": "AES_GCM_16", "encr-keysize": "128", "bytes-in": "0", "packets-in": "0",
            "bytes-out": "0", "packets-out": "0", "rekey-time": "3000", "life-time": "3600", "install-time": "5",
            "local-ts": ["10.9.0.1/32"], "remote-ts": ["10.9.0.2/32"]}


def ike(children, number=1):
    """The IKE SA gw as list-sas and the events have it."""
    return {"uniqueid": str(number), "version": "2", "state": "ESTABLISHED", "local-host": "10.9.0.1", "local-port": "500", "local-id": "a",
            "remote-host": "10.9.0.2", "remote-port": "500", "remote-id": "b", "initiator": "yes", "initiator-spi": "e61832598a2d6526",
            "responder-spi": "048dbd2d26cb6c12", "encr-alg": "AES_GCM_16", "encr-keysize": "128", "prf-alg": "PRF_HMAC_SHA2_256",
            "dh-group": "CURVE_25519", "established": "5", "rekey-time": "13000",
            "child-sas": {f"{one['name']}-{one['uniqueid']}": one for one in children}}


def connection(children=("t1",)):
    """gw as list-conns has it."""
    one = {"mode": "TRANSPORT", "label": "", "rekey_time": "3600", "rekey_bytes": "0", "rekey_packets": "0", "local-ts": ["dynamic"],
           "remote-ts": ["dynamic"]}
    return {"gw": {"local_addrs": ["10.9.0.1"], "remote_addrs": ["10.9.0.2"], "version": "IKEv2", "reauth_time": "0", "rekey_time": "14400", "unique": "UNIQUE_NO",
                   "local-1": {"class": "pre-shared key", "id": "a"}, "remote-1": {"class": "pre-shared key", "id": "b"},
                   "children": {name: one for name in children}}}


def table(*sas):
    """What list-sas answers: an event for each of these IKE SAs."""
    return {"events": [["list-sa", {"gw": one}] for one in sas], "answer": {}}


class FalseCharon:
    """It runs from here on, at one end."""

    view = ()
    log = None

    def __init__(self, network, end, name="false"):
        self.directory = f"{BASE}/{name}"
        self.control = f"{self.directory}/charon.vici"
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        program = f"{self.directory}/charon-systemd"
        with open(program, "w", encoding="ascii") as file:
            file.write(PROGRAM.format(python=sys.executable, library=os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))
        os.chmod(program, 0o755)
        self.process = subprocess.Popen(in_namespace(network.namespace[end], [program, self.control]),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the false charon did not start")
        self.order(answers={"version": {"answer": VERSION}, "stats": {"answer": STATS}, "list-sas": table(),
                            "list-conns": {"events": [["list-conn", connection()]], "answer": {}}})

    def order(self, **what):
        """`mode`: whole, cut, half, silent. `answers`: by command, the events and the answer. `tell`: events as (name, body, times)."""
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    @staticmethod
    def told_as(name):
        """What swanwatch calls a connection."""
        return f"gw/{name}"

    def watch_configuration(self):
        """Its log is nowhere."""
        return f"daemon: {{ kind: strongswan, socket: {self.control} }}\n"

    def save(self, prefix):
        """It writes nothing."""

    def close(self):
        """SIGKILL."""
        self.process.kill()
        self.process.wait()
