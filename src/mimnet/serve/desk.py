"""The desk: takes requests on while there is room for them, has them worked on, and keeps the time."""

import asyncio
import functools
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from PIL import Image

from mimnet.editor import Unfinished
from mimnet.errors import MimnetError
from mimnet.serve.answers import Answer, Manner, made
from mimnet.serve.asked import Asked
from mimnet.serve.counters import Counters
from mimnet.serve.limits import Limits
from mimnet.serve.loaded import Loaded
from mimnet.serve.painter import Painter
from mimnet.serve.picture import check_head, decode
from mimnet.serve.problems import RequestError
from mimnet.serve.room import Room

T = TypeVar("T")


class Place:
    """A request's place at the desk, from before its body is read until its work has ended."""

    def __init__(self, desk: "Desk") -> None:
        self._desk, self._held = desk, True
        desk.waiting += 1

    def free(self) -> None:
        """Give it back; again does nothing."""
        self._desk.waiting -= self._held
        self._held = False


class Desk:
    """Models, threads and the queue. To be made and used inside one event loop; `close` when it ends."""

    def __init__(self, models: Mapping[str, Loaded], limits: Limits, counters: Counters) -> None:
        self.models, self.limits, self.counters = models, limits, counters
        self.default = next(iter(models))
        self.waiting = 0
        self.stopping = False
        self._mean = 0.3  # seconds of work of an edit lately, from which Retry-After is guessed
        self._painter = Painter(batch=limits.batch, counters=counters)
        self._hands = ThreadPoolExecutor(limits.threads, thread_name_prefix="hand")
        self._room = Room(pixels=limits.open_pixels, pictures=limits.threads + limits.batch)
        self._tasks: set[asyncio.Task[Answer]] = set()
        counters.waiting.set_function(lambda: self.waiting)

    @property
    def ready(self) -> bool:
        """Whether the service takes on work."""
        return self._painter.alive and not self.stopping

    def enter(self) -> Place:
        """A place for a request. Raises `RequestError` when all are taken."""
        if self.waiting >= self.limits.queue:
            raise RequestError(
                "busy",
                f"{self.waiting} requests are waiting, which is the limit; come again later",
                headers={"Retry-After": str(self._seconds_until_free())},
            )
        return Place(self)

    def model(self, name: str | None) -> Loaded:
        """A model by name. Raises `RequestError` if it is not loaded."""
        found = self.models.get(self.default if name is None else name)
        if found is None:
            raise RequestError("model", f"no model of that name is loaded; there are: {', '.join(self.models)}")
        return found

    async def edit(
        self, place: Place, asked: Asked, model: Loaded, how: Manner, gone: "asyncio.Future[Any]"
    ) -> Answer | None:
        """The answer, or None when the sender is `gone` before. It frees `place` when the work has ended.

        Raises `RequestError`: for bad pictures and sentences, "waited" if the work did not begin within the time limit,
        "timeout" if it did not end; work that began goes on to its end, and keeps its place until then.
        """
        began = asyncio.Event()
        task = asyncio.create_task(self._work(model, asked, how, began))
        self._tasks.add(task)
        task.add_done_callback(functools.partial(self._done, place))
        await asyncio.wait({task, gone}, timeout=self.limits.timeout, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        if not began.is_set():
            task.cancel()
        if gone.done():
            return None
        if began.is_set():
            raise RequestError(
                "timeout", f"the edit took more than {self.limits.timeout:g} seconds; send a smaller picture"
            )
        raise RequestError(
            "waited",
            f"the edit did not begin within {self.limits.timeout:g} seconds; come again later",
            headers={"Retry-After": str(self._seconds_until_free())},
        )

    async def close(self) -> None:
        """Wait for all work that was taken on, and end the threads."""
        self.stopping = True
        while self._tasks:
            await asyncio.wait(self._tasks)
        self._painter.close()
        self._hands.shutdown()

    async def _work(self, model: Loaded, asked: Asked, how: Manner, began: asyncio.Event) -> Answer:
        wish, start = asked.wish, time.perf_counter()
        try:
            model.editor.encode(wish.text)  # a sentence that the model cannot read costs no picture's decoding
        except MimnetError as error:
            raise RequestError("sentence", str(error)) from None
        head = await self._by_hand(check_head, asked.image, max_pixels=self.limits.max_pixels)
        async with self._room.of(head.width * head.height):
            began.set()
            marks = [start, time.perf_counter()]
            try:
                picture = await self._by_hand(decode, head)
                marks.append(time.perf_counter())
                painted = await asyncio.wrap_future(self._painter.paint(model, picture, wish.text))
                marks.append(time.perf_counter())
                answer = await self._by_hand(_finished, model, painted, asked, how)
                marks.append(time.perf_counter())
            except MimnetError as error:
                raise RequestError("picture", str(error)) from None
        for stage, before, after in zip(("wait", "decode", "paint", "finish"), marks, marks[1:], strict=False):
            self.counters.stages.labels(stage).observe(after - before)
        self._mean += 0.1 * (marks[-1] - marks[1] - self._mean)
        self.counters.edits.labels(model.name, str(answer.changed).lower()).inc()
        return answer

    async def _by_hand(self, function: Callable[..., T], *arguments: object, **named: object) -> T:
        """Run in one of the threads that decode and finish."""
        call = functools.partial(function, *arguments, **named)
        return await asyncio.get_running_loop().run_in_executor(self._hands, call)

    def _done(self, place: Place, task: "asyncio.Task[Answer]") -> None:
        place.free()
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # it was told to the sender, or the sender is gone

    def _seconds_until_free(self) -> int:
        return max(1, math.ceil(self.waiting * self._mean / self.limits.threads / 2))


def _finished(model: Loaded, painted: Unfinished[Image.Image], asked: Asked, how: Manner) -> Answer:
    edited = model.editor.finish(painted, strength=asked.wish.strength, threshold=asked.wish.threshold)
    return made(edited, asked.wish, how, model=model.name)
