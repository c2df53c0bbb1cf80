"""Following what a program prints, line by line, and waiting for a line without polling."""

import re
import subprocess
import threading
import time

from .failure import Late


class LineMissing(Late):
    """The awaited line did not come in time."""


class Follower:
    """Collects the lines of a running program; `wait_for` blocks until one matches."""

    def __init__(self, argv, **popen):
        self.lines = []
        self.ended = False
        self.changed = threading.Condition()
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                        errors="replace", bufsize=1, **popen)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def mark(self):
        """The position after the last line so far; give it to `wait_for` to look only at what comes later."""
        with self.changed:
            return len(self.lines)

    def wait_for(self, pattern, seconds, since=0, count=1):
        """Return the `count`-th line from position `since` on that matches; raise LineMissing after `seconds`."""
        deadline = time.monotonic() + seconds
        seen, position = 0, since
        with self.changed:
            while True:
                while position < len(self.lines):
                    if re.search(pattern, self.lines[position]):
                        seen += 1
                        if seen == count:
                            return self.lines[position]
                    position += 1
                left = deadline - time.monotonic()
                if self.ended or left <= 0:
                    tail = "\n".join(self.lines[-15:])
                    raise LineMissing(f"no line {pattern!r} ({seen} of {count}) within {seconds} s; the last were:\n{tail}")
                self.changed.wait(left)

    def stop(self):
        """End the program and return all it printed."""
        self.process.terminate()
        self.process.wait()
        self.reader.join()
        return self.lines


def follow_file(path):
    """Follow a growing file from its beginning (tail uses inotify)."""
    return Follower(["tail", "--follow=name", "--retry", "--lines=+1", "--quiet", path], stderr=subprocess.DEVNULL)
