from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from oi_tui.ui.widgets.output_drain import Drain
from oi_tui.ui.widgets.output_spool import Action, Spool


class Watched:
    """A drain over a spool, and what it did."""

    def __init__(self, feed: Callable[[bytes], None] | None = None) -> None:
        self.spool = Spool()
        self.fed = b""
        self.frames = 0
        self.rests = 0
        self.drain = Drain(self._take, feed or self._feed, self._frame, self._rest)

    def _take(self, limit: int) -> bytes | Action | None:
        return self.spool.take(limit)[0]

    def _feed(self, data: bytes) -> None:
        self.fed += data

    def _frame(self) -> None:
        self.frames += 1

    def _rest(self) -> bool:
        self.rests += 1
        return self.rests < 3

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.002)


async def test_nothing_is_taken_before_it_starts_and_nothing_after_it_stops() -> None:
    watched = Watched()
    watched.spool.put(b"early")
    watched.drain.schedule()
    await asyncio.sleep(0)
    assert watched.fed == b""
    watched.drain.start()
    await watched.until(lambda: watched.fed == b"early")
    watched.drain.stop()
    watched.spool.put(b"late")
    watched.drain.schedule()
    await asyncio.sleep(0)
    assert watched.fed == b"early"


async def test_a_burst_is_one_frame() -> None:
    watched = Watched()
    watched.drain.start()
    await watched.until(lambda: watched.frames == 1)
    for _ in range(50):
        watched.spool.put(b"x")
        watched.drain.schedule()
    await watched.until(lambda: len(watched.fed) == 50)
    assert watched.frames == 2
    watched.drain.stop()


async def test_history_is_compressed_once_all_is_quiet() -> None:
    watched = Watched()
    watched.drain.start()
    await watched.until(lambda: watched.rests == 3)
    watched.drain.stop()


async def test_one_bad_piece_does_not_hold_back_the_rest() -> None:
    seen = list[bytes]()
    errors = list[BaseException | None]()

    def feed(data: bytes) -> None:
        if not seen:
            seen.append(b"bad")
            raise ValueError(data)
        seen.append(data)

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: errors.append(context.get("exception")))
    watched = Watched(feed)
    watched.spool.put(b"a")
    watched.spool.put(lambda: None)  # pieces are not joined across an action
    watched.spool.put(b"b")
    watched.drain.start()
    await watched.until(lambda: seen == [b"bad", b"b"])
    watched.drain.stop()
    assert isinstance(errors[0], ValueError)


@pytest.mark.parametrize("size", [1, 5_000_000])
async def test_all_of_it_is_fed_in_order(size: int) -> None:
    watched = Watched()
    data = bytes(range(256)) * (size // 256) + b"end"
    watched.spool.put(data)
    watched.drain.start()
    await watched.until(lambda: watched.drain.fed == len(data))
    assert watched.fed == data
    watched.drain.stop()
