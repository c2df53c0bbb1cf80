"""The daemons that a scenario can be played with."""

from .charon import Charon, Charon6
from .gateway import Gateway

PLUTO = "pluto"
# By the name that stands behind a scenario's, as in link-set-down@charon.
DAEMONS = {PLUTO: Gateway, "charon": Charon, "charon-6": Charon6}
