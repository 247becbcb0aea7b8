"""The one thread in which networks run: it takes what waits together, a batch of one model at a time.

One thread, since a network may use several cores itself. While it works more requests gather; none waits for a batch to
fill. What a picture becomes does not depend, in any bit, on what else is in its batch (see `Editor.paint`).
"""

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field

from PIL import Image

from mimnet.editor import Opened, Unfinished
from mimnet.serve.counters import Counters
from mimnet.serve.loaded import Loaded


@dataclass
class _Wanted:
    """A picture, decoded, and its sentence."""

    model: Loaded
    picture: Image.Image
    text: str
    painted: "Future[Unfinished[Image.Image]]" = field(default_factory=Future)


class Painter:
    """A thread with a queue; `close` lets it finish what it has."""

    def __init__(self, *, batch: int, counters: Counters) -> None:
        self._batch, self._counters = batch, counters
        self._waiting: deque[_Wanted] = deque()
        self._news = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="painter", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """False when the thread has ended, by `close` or by a mistake."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Pictures that nobody has taken on yet."""
        return len(self._waiting)

    def paint(self, model: Loaded, picture: Image.Image, text: str) -> "Future[Unfinished[Image.Image]]":
        """What the network makes of them, later; the future carries the errors of `Editor.open` and `Editor.paint`."""
        wanted = _Wanted(model, picture, text)
        with self._news:
            self._waiting.append(wanted)
            self._news.notify()
        return wanted.painted

    def close(self) -> None:
        """End the thread when nothing waits any more."""
        with self._news:
            self._closed = True
            self._news.notify()
        self._thread.join()

    def _take(self) -> list[_Wanted]:
        """The longest waiting and those of its model, at most a batch; empty when there is nothing left to do."""
        with self._news:
            while not self._waiting and not self._closed:
                self._news.wait()
            if not self._waiting:
                return []
            model = self._waiting[0].model
            taken = [wanted for wanted in self._waiting if wanted.model is model][: self._batch]
            for wanted in taken:
                self._waiting.remove(wanted)
            return taken

    def _run(self) -> None:
        while taken := self._take():
            self._counters.batch.observe(len(taken))
            self._paint(taken)

    def _paint(self, taken: list[_Wanted]) -> None:
        editor = taken[0].model.editor
        opened: list[tuple[_Wanted, Opened[Image.Image]]] = []
        for wanted in taken:
            try:
                opened.append((wanted, editor.open(wanted.picture)))
            except Exception as error:
                wanted.painted.set_exception(error)
        waiting = [wanted for wanted, _ in opened]
        try:
            for painted in editor.paint([(picture, wanted.text) for wanted, picture in opened]):
                waiting.pop(0).painted.set_result(painted)
        except Exception as error:
            for wanted in waiting:
                wanted.painted.set_exception(error)
