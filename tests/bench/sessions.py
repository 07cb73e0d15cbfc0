"""Ten thousand sessions: how soon they are listed, found, and told of; and what the index costs.

The sessions are made up by a fixed seed, of four turns each, a third of them in Chinese.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decider, Decision, RunStatus, TurnEnd, Usage, digest_of
from oi_tui.store.changing import journal_lines
from oi_tui.store.sessions import SessionStore
from tests.bench.table import Row
from tests.support.program import scripted

SESSIONS = 10_000
TURNS = 4
FIRST = 1_700_000_000
RECORDS, LONG = 20_000, "20260101-000000-aaaaaaaa"
LATIN = (
    *("plot", "rainfall", "harbor", "tide", "photos", "rename", "convert", "video", "subtitles"),
    *("invoice", "table", "column", "memory", "disk", "network", "server", "socket", "pandas"),
    *("matplotlib", "figure", "error", "traceback", "folder", "download", "chart"),
)
HAN = "整理下載資料夾繪製降雨圖表轉換影片字幕檔案重新命名伺服器記憶體網路錯誤訊息港口潮汐東京臺北"
QUERIES = {
    "a rare word": "needle7",
    "a common word": "rainfall",
    "two common words": "matplotlib figure",
    "three Chinese characters": "資料夾",
    "two Chinese characters": "東京",
    "one Chinese character": "臺",
    "two letters": "ai",
    "nothing to be found": "zzzzz",
}
# A new process, as the sidebar finds it: `limit` 0 is all.
LIST = """
import sys, time
from pathlib import Path
from oi_tui.store.sessions import SessionStore
store = SessionStore(Path(sys.argv[1]))
begin = time.perf_counter()
found = store.list(int(sys.argv[2]) or None)
print((time.perf_counter() - begin) * 1000)
assert found[0].title
store.close()
"""


def rows() -> list[Row]:
    """Measure everything; takes about two minutes."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "sessions"
        _make(root)
        found = [Row("newest of 10,000 sessions shown, no index", _new_process(root, 50), "ms")]
        (root / ".index.sqlite").unlink()
        found += _building(root)
        found.append(Row("first 500 sessions, new process", _new_process(root, 500), "ms", 100))
        found.append(Row("all 10,000 sessions, new process", _new_process(root, 0), "ms"))
        return found + _asking(root) + _opening()


def _building(root: Path) -> list[Row]:
    store = SessionStore(root)
    begin, cpu = time.perf_counter(), time.process_time()
    store.index.settle()
    took, used = time.perf_counter() - begin, time.process_time() - cpu
    store.close()
    size = (root / ".index.sqlite").stat().st_size
    journals = sum(path.stat().st_size for path in root.glob("*.journal"))
    return [
        Row("index of 10,000 sessions built", took, "s"),
        Row("the same, CPU", used, "s"),
        Row("index beside its journals, bytes", size / journals, "x"),
    ]


def _opening() -> list[Row]:
    """The whole program: from its start to a session of 20,000 records on the screen."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "home" / "data" / "sessions"
        root.mkdir(mode=0o700, parents=True)
        size = _make_long(root)
        taken = []
        for _ in range(3):
            begin = time.perf_counter()
            terminal = scripted(Path(folder), [["Fine."]], "--resume", LONG)
            terminal.wait_screen("Session opened again")
            taken.append(time.perf_counter() - begin)
            terminal.end()
    name = f"{RECORDS:,} records, {size / 1e6:.0f} MB: program start to the session on the screen"
    return [Row(name, statistics.median(taken), "s", 2)]


def _make_long(root: Path) -> int:
    chance = random.Random(2)
    told: list[ev.Event] = [ev.SessionOpened("Long", "gpt-4o", "/", "0.1.0")]
    while len(told) < RECORDS:
        told += [*_events(1, chance, turn=len(told), words=1_250)]
    envelopes = (ev.Envelope(seq, FIRST + seq, LONG, 1, one) for seq, one in enumerate(told, 1))
    descriptor = os.open(root / f"{LONG}.journal", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.writelines(journal_lines(LONG, envelopes, str))
        return stream.tell()


def _asking(root: Path) -> list[Row]:
    store = SessionStore(root)
    store.index.settle()
    found = [Row("list of 10,000 sessions again", _median(store.list), "ms", 100)]
    for name, words in QUERIES.items():
        took = _median(partial(store.index.search, words, 200))
        found.append(Row(f"search for {name}", took, "ms", 50))
    found.append(Row("the last 500 prompts", _median(lambda: store.index.prompts(500)), "ms"))
    store.close()
    return found


def _median(action: Callable[[], object], times: int = 9) -> float:
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begin)
    return 1000 * statistics.median(taken)


def _new_process(root: Path, limit: int) -> float:
    taken = []
    for _ in range(1 if limit == 50 else 3):  # the first process begins an index
        command = [sys.executable, "-c", LIST, str(root), str(limit)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        taken.append(float(done.stdout))
    return statistics.median(taken)


# -- the sessions -------------------------------------------------------------------------------
def _make(root: Path) -> None:
    chance = random.Random(1)
    root.mkdir(mode=0o700)
    for number in range(SESSIONS):
        at = FIRST + number * 3_600
        name = time.strftime("%Y%m%d-%H%M%S", time.gmtime(at)) + f"-{chance.getrandbits(32):08x}"
        told = enumerate(_session(number, chance), 1)
        envelopes = (ev.Envelope(seq, at + seq, name, 1, event) for seq, event in told)
        descriptor = os.open(root / f"{name}.journal", os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.writelines(journal_lines(name, envelopes, str))
        os.utime(root / f"{name}.journal", (at, at))  # as if written then


def _session(number: int, chance: random.Random) -> Iterator[ev.Event]:
    yield ev.SessionOpened("", "gpt-4o", f"/home/ada/p{number % 50}", "0.1.0")
    for turn in range(TURNS):
        yield from _events(number, chance, turn=turn)


def _events(
    number: int, chance: random.Random, *, turn: int, words: int = 60
) -> Iterator[ev.Event]:
    def said(count: int) -> str:
        if number % 3 == 0:
            return "".join(chance.choices(HAN, k=count))
        return " ".join(chance.choices(LATIN, k=count))

    needle = f" needle{number}" if turn == 0 and number % 1_000 == 7 else ""
    message, call, code = f"m{turn}", f"c{turn}", f"import {chance.choice(LATIN)}\nx = 1"
    digest, prose = digest_of(code), said(words)
    yield ev.TurnStarted(said(12) + needle)
    yield ev.MessageStarted(message)
    yield ev.TextAdded(message, prose)
    yield ev.MessageFinished(message, prose, complete=True)
    yield ev.CodeStarted(call, "python")
    yield ev.CodeFinished(call, "python", code, digest, runnable=True)
    yield ev.ApprovalResolved(call, Decision.APPROVE, digest, Decider.USER)
    yield ev.RunStarted(call, "python", digest)
    yield ev.OutputAdded(call, said(words).encode())
    yield ev.RunFinished(call, RunStatus.OK, 0, 0.1, "/w", 500)
    yield ev.UsageReported(Usage(1, 1, 0.1), Usage(5, 5, 0.2), 100, 8_000)
    yield ev.TurnFinished(TurnEnd.COMPLETED)
