"""The families' training systems, by name."""

from mimnet.train.editing import EditingSystem
from mimnet.train.mimnet import MIMNetSystem

SYSTEMS: dict[str, type[EditingSystem]] = {"mimnet": MIMNetSystem}
