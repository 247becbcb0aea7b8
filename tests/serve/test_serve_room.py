"""Room for decoded pictures: never more than there is, first come first served, and nothing is lost by giving up."""

import asyncio
import contextlib
import random

from mimnet.serve.room import Room


def test_never_more_than_there_is_and_in_order() -> None:
    room, draw = Room(pixels=100, pictures=3), random.Random(0)
    inside: list[int] = []
    order: list[int] = []

    async def stay(number: int, pixels: int) -> None:
        async with room.of(pixels):
            inside.append(pixels)
            order.append(number)
            assert len(inside) <= 3
            assert sum(inside) <= 100 or len(inside) == 1, "a picture larger than the room is alone in it"
            await asyncio.sleep(draw.random() / 1000)
            inside.remove(pixels)

    async def all_of_them() -> None:
        await asyncio.gather(*(stay(number, draw.choice([10, 40, 90, 300])) for number in range(200)))

    asyncio.run(all_of_them())
    assert order == list(range(200))


def test_whoever_gives_up_waiting_or_fails_inside_leaves_room() -> None:
    async def story() -> None:
        room = Room(pixels=10, pictures=1)

        async def wait() -> None:
            async with room.of(10):
                raise AssertionError("it came in")

        async with room.of(10):
            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting
        with contextlib.suppress(ZeroDivisionError):
            async with room.of(10):
                raise ZeroDivisionError
        async with asyncio.timeout(1), room.of(10):
            pass

    asyncio.run(story())
