"""What the kernel that runs here can do, as far as scenarios need it: asked of the kernel, and not read from its release."""

import errno
import os
import platform
import socket
import struct

from .failure import Absent
from .nic import MODULE
from .tracefs import ROOT as TRACEFS


def has_module(name):
    """Whether prepare has built this module for it."""
    return os.path.exists(f"/lib/modules/{platform.release()}/extra/{name}.ko")


def tracefs_says(text):
    """Whether tracefs' own manual speaks of something."""
    with open(f"{TRACEFS}/README", encoding="utf-8") as file:
        return text in file.read()


def has_function(name):
    """Whether it has this function for more than one of its files."""
    with open("/proc/kallsyms", encoding="utf-8") as symbols:
        return any(line.split()[1:3] == ["T", name] for line in symbols)


def keeps_packet_mode_in():
    """Whether packet mode drops what would leave by another device (by the function that came with that)."""
    return has_function("xfrm4_tunnel_check_size")


def moves_states():
    """Whether it changes an SA where it is (XFRM_MSG_MIGRATE_STATE): asked to change one that cannot be (SPI 1), it says that there is none."""
    kind, request, acknowledge, error = 0x29, 0x1, 0x4, 2
    whose = bytes(16) + struct.pack(">I", 1) + struct.pack("=HBx", socket.AF_INET, 50)
    selector = bytes(40) + struct.pack("=H", socket.AF_INET) + bytes(14)
    body = whose + bytes(40) + selector + struct.pack("=IIHH", 0, 0, socket.AF_INET, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 6) as kernel:
        kernel.send(struct.pack("=IHHII", 16 + len(body), kind, request | acknowledge, 1, 0) + body)
        answer = kernel.recv(4096)
    said, code = struct.unpack_from("=H", answer, 4)[0], struct.unpack_from("=i", answer, 16)[0]
    assert said == error, answer
    return code == -errno.ESRCH


# What a scenario may need: the question, and what is said where the answer is no.
ABILITIES = {
    "own-nic": (lambda: has_module(MODULE), "our own NIC is not built for this kernel"),
    "words": (lambda: os.path.exists(f"{TRACEFS}/events/netlink/netlink_extack"),
              "this kernel tells nobody its words for a refusal (no tracepoint netlink_extack)"),
    "histograms": (lambda: tracefs_says("hist:keys"), "this kernel counts nothing in tracefs (no hist triggers)"),
}


def can(need):
    """Whether it has that ability."""
    return ABILITIES[need][0]()


def require(*needs):
    """Ends a scenario that this kernel cannot play."""
    for need in needs:
        can, otherwise = ABILITIES[need]
        if not can():
            raise Absent(otherwise)
