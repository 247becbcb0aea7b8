"""What the service takes on, and for how long."""

import dataclasses
import os
from dataclasses import dataclass, field

from mimnet.errors import MimnetError


@dataclass(frozen=True)
class Limits:
    """Bounds of a service; each is checked before the work that it saves."""

    max_bytes: int = 16_000_000  # of a picture file
    max_pixels: int = 25_000_000  # of a picture, read in its head before it is decoded
    max_words: int = 64  # of a sentence
    queue: int = 64  # requests taken on and not yet answered; the next is told to come again later
    batch: int = 8  # waiting pictures of one model that the network's thread takes on together
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)  # pictures decoded or finished side by side
    timeout: float = 30.0  # seconds from the end of an upload to its answer
    upload_timeout: float = 20.0  # seconds for the head of a request, and again for its body

    def __post_init__(self) -> None:
        for bound in dataclasses.fields(self):
            value = getattr(self, bound.name)
            if not 0 < value < 1e12:
                raise MimnetError(f"--{bound.name.replace('_', '-')} is {value}; it must be above 0")

    @property
    def open_pixels(self) -> int:
        """Pixels that lie decoded in memory at once; a picture takes some ten bytes a pixel while it is worked on."""
        return 2 * self.max_pixels
