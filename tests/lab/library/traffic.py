"""Traffic whose arrival is checked byte by byte."""

import hashlib
import os
import socket
import threading

from .xfrm import inside

PIECE = 1 << 16


class Corrupted(Exception):
    """What arrived is not what was sent."""


def transfer(sender, receiver, size, seconds=60):
    """Send `size` bytes by TCP; both ends are (namespace, address). Raises Corrupted, or TimeoutError where it stalls.

    The sender hands over pieces of 64 kB, so that segmentation is left to whoever does it last.
    """
    family = socket.AF_INET6 if ":" in receiver[1] else socket.AF_INET
    listener, client = (inside(end[0], lambda: socket.socket(family)) for end in (receiver, sender))
    payload, sent, seen, problems = os.urandom(PIECE), hashlib.sha256(), hashlib.sha256(), []

    def receive():
        try:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(seconds)
                while data := connection.recv(1 << 18):
                    seen.update(data)
        except OSError as problem:
            problems.append(problem)

    with listener, client:
        for one in (listener, client):
            one.settimeout(seconds)
        listener.bind((receiver[1], 0))
        listener.listen()
        client.bind((sender[1], 0))
        reader = threading.Thread(target=receive)
        reader.start()
        try:
            client.connect(listener.getsockname()[:2])
            for _ in range(size // PIECE):
                client.sendall(payload)
                sent.update(payload)
            client.shutdown(socket.SHUT_WR)
        finally:
            reader.join()
    if problems:
        raise problems[0]
    if seen.digest() != sent.digest():
        raise Corrupted(f"{size} bytes from {sender[1]} to {receiver[1]} arrived changed")
