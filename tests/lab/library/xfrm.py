"""SAs and policies by netlink: iproute2 6.1 cannot ask for packet mode, and tells no reason for a refusal."""

import ctypes
import dataclasses
import os
import socket
import struct
import threading

NEWSA, DELSA, GETSA, NEWPOLICY, DELPOLICY, FLUSHSA, FLUSHPOLICY = 0x10, 0x11, 0x12, 0x13, 0x14, 0x1C, 0x1D
TEMPLATE, AEAD, REPLAY_ESN, OFFLOAD, SA_DIR = 5, 18, 23, 28, 33
NETLINK_XFRM, SOL_NETLINK, EXT_ACK, CAP_ACK = 6, 270, 11, 10
NLMSG_ERROR, REQUEST, ACK, CREATE = 2, 1, 4, 0x400
ESP, INFINITE = 50, 2**64 - 1
TRANSPORT, TUNNEL = 0, 1
ESN_FLAG, AF_UNSPEC_FLAG = 128, 32
INBOUND, PACKET = 2, 4
IN, OUT, FORWARD = 0, 1, 2
CLONE_NEWNET = 0x40000000


class Refused(OSError):
    """The kernel said no; `text` is its reason, where it gave one."""

    def __init__(self, number, text):
        super().__init__(number, f"{os.strerror(number)}{': ' + text if text else ''}")
        self.text = text


def inside(namespace, action):
    """What `action()` gives when a thread in the network namespace (None: ours) calls it; a socket made there stays there."""
    given = {}

    def work():
        try:
            if namespace:
                with open(f"/run/netns/{namespace}", "rb") as file:
                    if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
            given["value"] = action()
        except Exception as problem:
            given["problem"] = problem

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if "problem" in given:
        raise given["problem"]
    return given["value"]


def packed(address):
    """(family, 16 bytes) of an address as text."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.inet_pton(family, address).ljust(16, b"\0")


def attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def selector(source=None, destination=None, protocol=0):
    """A selector between networks as ADDRESS/LENGTH; none of them: everything."""
    if source is None:
        return bytes(56)
    (family, saddr), slen = packed(source.split("/")[0]), int(source.split("/")[1])
    daddr, dlen = packed(destination.split("/")[0])[1], int(destination.split("/")[1])
    return struct.pack("=16s16sHHHHHBBB3xiI", daddr, saddr, 0, 0, 0, 0, family, dlen, slen, protocol, 0, 0)


def lifetime(soft_packets=INFINITE, hard_packets=INFINITE):
    return struct.pack("=8Q", INFINITE, INFINITE, soft_packets, hard_packets, 0, 0, 0, 0)


@dataclasses.dataclass
class State:
    """One SA. `offload`: None, "crypto" or "packet". `said`: the direction that the kernel is told it is for (XFRMA_SA_DIR), "in" or "out"."""

    source: str
    destination: str
    spi: int
    reqid: int
    key: bytes
    direction: str
    mode: int = TRANSPORT
    esn: bool = False
    offload: str = None
    window: int = 64
    sequence: int = 0
    algorithm: str = "rfc4106(gcm(aes))"
    icv: int = 128
    soft_packets: int = INFINITE
    hard_packets: int = INFINITE
    said: str = None


class Xfrm:
    """The SAs and policies of one namespace (None: ours). `device` is the NIC that offloads."""

    def __init__(self, namespace, device):
        self.socket = inside(namespace, lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_XFRM))
        self.index = inside(namespace, lambda: socket.if_nametoindex(device))
        self.socket.bind((0, 0))
        for option in (EXT_ACK, CAP_ACK):
            self.socket.setsockopt(SOL_NETLINK, option, 1)
        self.number = 0

    def ask(self, kind, body, flags=0):
        """Send one request; give the answer's body, b"" for a mere acknowledgement."""
        self.number += 1
        header = struct.pack("=IHHII", 16 + len(body), kind, REQUEST | ACK | flags, self.number, 0)
        self.socket.send(header + body)
        answer = b""
        while True:
            data = self.socket.recv(65536)
            while data:
                length, got, got_flags, number, _ = struct.unpack_from("=IHHII", data)
                message, data = data[16:length], data[length + (-length % 4):]
                if number != self.number:
                    continue
                if got != NLMSG_ERROR:
                    answer = message
                    continue
                code = -struct.unpack_from("=i", message)[0]
                if code:
                    raise Refused(code, self._reason(message[20:]) if got_flags & 0x200 else "")
                return answer

    @staticmethod
    def _reason(attributes):
        while len(attributes) >= 4:
            length, kind = struct.unpack_from("=HH", attributes)
            if kind == 1:
                return attributes[4:length].rstrip(b"\0").decode()
            attributes = attributes[length + (-length % 4):]
        return ""

    def _offload(self, kind, inbound):
        flags = (INBOUND if inbound else 0) | (PACKET if kind == "packet" else 0)
        return attribute(OFFLOAD, struct.pack("=iB3x", self.index, flags)) if kind else b""

    def add(self, state):
        """Install an SA."""
        family, source = packed(state.source)
        destination = packed(state.destination)[1]
        inbound = state.direction == "in"
        flags = (ESN_FLAG if state.esn else 0) | (AF_UNSPEC_FLAG if state.mode == TUNNEL else 0)
        body = selector() + struct.pack("=16s4sB3x16s", destination, struct.pack(">I", state.spi), ESP, source)
        body += lifetime(state.soft_packets, state.hard_packets) + bytes(32 + 12)
        body += struct.pack("=IIHBBB7x", 0, state.reqid, family, state.mode, 0, flags)
        name = state.algorithm.encode().ljust(64, b"\0")
        body += attribute(AEAD, name + struct.pack("=II", len(state.key) * 8, state.icv) + state.key)
        low, high = state.sequence & 0xFFFFFFFF, state.sequence >> 32
        counts = (0, low, 0, high) if inbound else (low, 0, high, 0)
        words = (state.window + 31) // 32
        # Without XFRMA_SA_DIR the kernel wants a window for outbound ESN too.
        body += attribute(REPLAY_ESN, struct.pack("=6I", words, *counts, state.window) + bytes(4 * words))
        if state.said:
            body += attribute(SA_DIR, struct.pack("=B", 1 if state.said == "in" else 2))
        body += self._offload(state.offload, inbound)
        self.ask(NEWSA, body, CREATE)

    @staticmethod
    def _identity(state):
        family, destination = packed(state.destination)
        return struct.pack("=16s4sHBx", destination, struct.pack(">I", state.spi), family, ESP)

    def delete(self, state):
        """Take an SA away."""
        self.ask(DELSA, self._identity(state))

    def get(self, state):
        """What the kernel says of an SA: its counts, its sequence numbers, whether a device offloads it."""
        answer = self.ask(GETSA, self._identity(state))
        size, packets = struct.unpack_from("=QQ", answer, 160)
        told = dict(zip(("replay_window", "replay", "integrity_failed"), struct.unpack_from("=3I", answer, 192)))
        told.update(bytes=size, packets=packets, offload=False)
        rest = answer[224:]
        while len(rest) >= 4:
            length, kind = struct.unpack_from("=HH", rest)
            if kind == REPLAY_ESN:
                oseq, seq, oseq_high, seq_high = struct.unpack_from("=4I", rest, 8)
                told.update(oseq=oseq_high << 32 | oseq, seq=seq_high << 32 | seq)
            elif kind == OFFLOAD:
                told["offload"] = True
            rest = rest[length + (-length % 4):]
        return told

    def policy(self, direction, source, destination, state=None, offload=False, priority=1000, block=False, protocol=0):
        """Install a policy; `state` is an SA like those it asks for, None lets packets pass as they are."""
        body = selector(source, destination, protocol) + lifetime() + bytes(32)
        body += struct.pack("=IIBBBB4x", priority, 0, direction, 1 if block else 0, 0, 0)
        if state:
            family, saddr = packed(state.source)
            tunnel = state.mode == TUNNEL
            template = struct.pack("=16s4sB3x", packed(state.destination)[1] if tunnel else bytes(16), bytes(4), ESP)
            template += struct.pack("=H2x16sIBBBx3I", family, saddr if tunnel else bytes(16), state.reqid, state.mode, 0, 0,
                                    0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
            body += attribute(TEMPLATE, template)
        self.ask(NEWPOLICY, body + self._offload("packet" if offload else None, False), CREATE)

    def flush(self):
        """No SA and no policy is left."""
        for kind, body in ((FLUSHPOLICY, b""), (FLUSHSA, struct.pack("=B3x", 0))):
            try:
                self.ask(kind, body)
            except Refused as problem:
                if problem.errno != 3:  # ESRCH: there was none
                    raise

    def close(self):
        self.socket.close()
