"""No key leaves the kernel by way of swanwatch."""

import os

from library.gateway import SECRET, connection
from library.scenario import scenario

from .orphaned import KEY, add_by_hand


def spellings(key):
    """A key as text and as bytes, in each way that a careless program might write it."""
    raw = bytes.fromhex(key.removeprefix("0x"))
    listed = ", ".join(str(byte) for byte in raw[:8])
    return [key.removeprefix("0x")[:16].encode(), key.removeprefix("0x")[:16].upper().encode(), raw[:8], listed.encode(),
            listed.replace(" ", "").encode(), " ".join(f"{byte:02x}" for byte in raw[:8]).encode()]


@scenario
def no_key_is_written(lab):
    """A known key in the kernel and a known secret in pluto: neither is in anything that swanwatch writes or answers."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    # pluto's private debugging prints keys into its own log; what swanwatch keeps of it must hold none.
    a = lab.gateway("a", connection(local="a"), setup="\tplutodebug=private\n")
    watcher = lab.watch("a", environment={"RUST_LOG": "trace"})
    a.up()
    keys = a.keys()
    a.rekey()
    lab.quiet(65)  # as in added_by_hand
    lab.fault("a pair of SAs with a known key is added by hand")
    add_by_hand("a", "10.9.0.1", "10.9.0.7", "0x1001")
    add_by_hand("a", "10.9.0.7", "10.9.0.1", "0x1002")
    keys |= a.keys()
    lab.expect("a", "sa-orphaned", 12)
    answers = "".join(watcher.get(path)[1] for path in ("/v1/status", "/v1/sas", "/v1/findings", "/v1/explain/t1"))
    answers += watcher.verb("status") + watcher.verb("sas") + watcher.verb("explain", "t1")
    answers += watcher.verb("status", "--once") + watcher.verb("sas", "--once")
    with open(f"{lab.directory}/a.answers.txt", "w", encoding="utf-8") as file:
        file.write(answers)
    watcher.stop()
    lab.require(len(keys) >= 5 and KEY in keys, f"the kernel showed {len(keys)} keys; this search would prove little")
    needles = [SECRET[:16].encode()]
    for key in keys:
        needles += spellings(key)
    searched = 0
    for folder, _, files in os.walk(lab.directory):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            searched += len(content)
            for needle in needles:
                lab.require(needle not in content, f"{name} holds key material ({needle!r})")
    lab.note(f"{len(needles)} spellings of {len(keys) + 1} secrets looked for in {searched} bytes: none found")
