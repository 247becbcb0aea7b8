"""Room for decoded pictures: so many pixels, and so many pictures, may be in memory at once."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator


class Room:
    """First come, first served. A picture that is larger than the room goes in alone."""

    def __init__(self, *, pixels: int, pictures: int) -> None:
        self._pixels, self._pictures = pixels, pictures
        self._used: list[int] = []
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @contextlib.asynccontextmanager
    async def of(self, pixels: int) -> AsyncIterator[None]:
        """Wait until a picture of `pixels` fits; it has the room until the block ends."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((pixels, turn))
        self._admit()
        try:
            await turn
            yield
        finally:
            if turn.done() and not turn.cancelled():
                self._used.remove(pixels)
            self._admit()

    def _admit(self) -> None:
        while self._queue:
            pixels, turn = self._queue[0]
            if turn.cancelled():
                self._queue.popleft()
            elif not self._used or (len(self._used) < self._pictures and sum(self._used) + pixels <= self._pixels):
                self._queue.popleft()
                self._used.append(pixels)
                turn.set_result(None)
            else:
                return
