"""The kernel drops events because nobody reads them in time."""

import contextlib
import json
import signal

from library.commands import run
from library.gateway import connection
from library.scenario import scenario

# Each is one event of some 300 bytes; the receive buffer takes about 200 of them.
FLOOD = 3000
# What may be asked for without a right, in bytes: newer kernels give much more by default, and a flood would have to be as much longer.
BUFFER = 212_992


def flood(namespace):
    """Set one policy again and again: each time an event."""
    one = "policy update src 10.77.0.1/32 dst 10.77.0.2/32 dir out priority 7 action block\n"
    run("ip", "-batch", "-", namespace=namespace, stdin=one.replace("policy", "xfrm policy", 1) * FLOOD, timeout=300)
    run("ip", "xfrm", "policy", "delete", "src", "10.77.0.1/32", "dst", "10.77.0.2/32", "dir", "out", namespace=namespace)


@contextlib.contextmanager
def small_buffers():
    """Nobody gets a large receive buffer by asking for it."""
    with open("/proc/sys/net/core/rmem_max", "r+", encoding="ascii") as file:
        before = file.read()
        file.seek(0)
        file.write(str(BUFFER))
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.write(before)


def known(watcher):
    """(destination, SPI) of each SA that swanwatch knows, and its device."""
    rows = [json.loads(line) for line in watcher.verb("sas", "--json").splitlines() if line.startswith("{")]
    return {(row["dst"], row["spi"], row["device"]) for row in rows if row["state"] != "larval"}


@scenario
def events_lost_in_a_flood(lab):
    """The receive buffer is small, swanwatch cannot force a larger one, and it is not running while a flood comes."""
    lab.connect(user_namespace=True)
    b = lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    with small_buffers():
        watcher = lab.watch("a", prefix=lab.network.inside_user_namespace())
    a.up()
    lab.quiet(5)
    lab.fault(f"swanwatch is stopped, pluto rekeys, {FLOOD} policy events come")
    watcher.process.send_signal(signal.SIGSTOP)
    flood("a")
    a.rekey()
    b.rekey()
    watcher.process.send_signal(signal.SIGCONT)
    lab.expect("a", "events-lost", 1, r'"events-lost"')
    lab.expect_closed("a", "events-lost", 1, r'"dump-end"')
    lab.quiet(5)
    kernel = {(sa["dst"], sa["spi"], sa["device"]) for sa in a.states()}
    lab.require(known(watcher) == kernel, f"swanwatch knows {known(watcher)}, the kernel has {kernel}")
