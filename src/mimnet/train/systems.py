"""The families' training systems, by name."""

from mimnet.train.editing import EditingSystem
from mimnet.train.manigan import ManiGANSystem
from mimnet.train.mimnet import MIMNetSystem
from mimnet.train.sisgan import SISGANSystem
from mimnet.train.tagan import TAGANSystem

SYSTEMS: dict[str, type[EditingSystem]] = {
    "manigan": ManiGANSystem,
    "mimnet": MIMNetSystem,
    "sisgan": SISGANSystem,
    "tagan": TAGANSystem,
}
