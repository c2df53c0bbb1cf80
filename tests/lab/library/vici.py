"""VICI, charon's control protocol: packets on a stream socket, each with its length before it."""

import socket
import struct

# Kinds of a packet; those of the second row carry a name.
RESPONSE, UNKNOWN, CONFIRM, EVENT_UNKNOWN = 1, 2, 5, 6
REQUEST, REGISTER, UNREGISTER, EVENT = NAMED = 0, 3, 4, 7
# Kinds of an element of a message.
SECTION, SECTION_END, VALUE, LIST, ITEM, LIST_END = range(1, 7)
# Longer ones charon neither sends nor takes.
LONGEST = 512 * 1024
# What answers by events, and the event's name.
STREAMED = {"list-sas": "list-sa", "list-conns": "list-conn", "list-policies": "list-policy"}


class Refused(Exception):
    """charon said no, or does not know what it was asked."""


def _name(kind, name):
    raw = name.encode()
    return bytes((kind, len(raw))) + raw


def _value(kind, value):
    raw = str(value).encode()
    return bytes((kind,)) + struct.pack(">H", len(raw)) + raw


def encode(message):
    """A message from a dictionary of dictionaries, lists and strings."""
    out = b""
    for key, value in message.items():
        if isinstance(value, dict):
            out += _name(SECTION, key) + encode(value) + bytes((SECTION_END,))
        elif isinstance(value, list):
            out += _name(LIST, key) + b"".join(_value(ITEM, one) for one in value) + bytes((LIST_END,))
        else:
            out += _name(VALUE, key) + _value(0, value)[1:]
    return out


def decode(raw):
    """The dictionary of a message."""
    stack, items, at = [{}], None, 0

    def take(form):
        nonlocal at
        size, = struct.unpack_from(form, raw, at)
        at += struct.calcsize(form) + size
        return raw[at - size:at].decode(errors="replace")

    while at < len(raw):
        kind = raw[at]
        at += 1
        if kind == SECTION:
            stack.append(stack[-1].setdefault(take("B"), {}))
        elif kind == SECTION_END:
            stack.pop()
        elif kind == VALUE:
            key = take("B")
            stack[-1][key] = take(">H")
        elif kind == LIST:
            items = stack[-1].setdefault(take("B"), [])
        elif kind == ITEM:
            items.append(take(">H"))
        elif kind != LIST_END:
            raise ValueError(f"an element of kind {kind}")
    return stack[0]


def packet(kind, name=None, message=b""):
    """A packet with the length that stands before it."""
    body = (_name(kind, name) if name is not None else bytes((kind,))) + message
    return struct.pack(">I", len(body)) + body


def unpack(body):
    """(kind, name or None, message) of a packet without its length."""
    if body[0] not in NAMED:
        return body[0], None, body[1:]
    end = 2 + body[1]
    return body[0], body[2:end].decode(), body[end:]


def exactly(stream, size):
    """So many bytes from a socket; EOFError where it ends before."""
    got = b""
    while len(got) < size:
        some = stream.recv(size - len(got))
        if not some:
            raise EOFError("the other end has closed")
        got += some
    return got


def receive(stream):
    """The next packet of a socket, as `unpack` gives it."""
    return unpack(exactly(stream, struct.unpack(">I", exactly(stream, 4))[0]))


class Vici:
    """A connection to a charon. `seconds` bound each wait for it."""

    def __init__(self, path, seconds=60):
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # With a timeout of Python's, connect gives up where it should wait: charon lets no more than four wait.
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", seconds, 0))
        self.stream.connect(path)
        self.stream.settimeout(seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()

    def send(self, kind, name=None, message=None):
        """Send and do not wait for what is answered."""
        self.stream.sendall(packet(kind, name, encode(message or {})))

    def register(self, event):
        """Have it tell of an event from now on."""
        self.send(REGISTER, event)
        if receive(self.stream)[0] != CONFIRM:
            raise Refused(f"there is no event {event}")

    def call(self, command, **arguments):
        """Ask for something, and give the answer and the events that came before it; an underscore in an argument's name is a hyphen."""
        told = []
        if command in STREAMED:
            self.register(STREAMED[command])
        self.send(REQUEST, command, {key.replace("_", "-"): value for key, value in arguments.items()})
        while True:
            kind, _, message = receive(self.stream)
            if kind != EVENT:
                break
            told.append(decode(message))
        if kind != RESPONSE:
            raise Refused(f"there is no command {command}")
        answer = decode(message)
        if answer.get("success", "yes") != "yes":
            raise Refused(f"{command}: {answer.get('errmsg')}")
        return answer, told
