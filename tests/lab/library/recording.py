"""Reading a recording: which observation decided, and how long after it the finding came."""

import json
import re


class Observation:
    """One line: `at` in microseconds of boot time, `text` the line as it stands (to be searched)."""

    def __init__(self, line):
        self.text = line
        self.data = json.loads(line)
        self.at = self.data.get("at")

    @property
    def seq(self):
        return self.data.get("seq")


def read(path):
    """All observations of a recording; its first line, the header, is left out, and so is a last line that is not whole."""
    observations = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file):
            if number == 0 or not line.endswith("\n"):
                continue
            observations.append(Observation(line))
    return [one for one in observations if one.at is not None]


def deciding(observations, pattern, since, until):
    """The first observation that matches `pattern` (a regular expression over the JSON line), after `since` and not after `until`.

    Both are boot times in microseconds. None where there is none.
    """
    for one in observations:
        if since <= one.at <= until and re.search(pattern, one.text):
            return one
    return None
