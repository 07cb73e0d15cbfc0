"""The index: what it finds, how it grows, and that it is only a cache."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ChatMessage, EngineState, HistoryChange, Role, TurnEnd, Usage
from oi_tui.protocol.sessions import HitKind, SearchHit, SessionStatus
from oi_tui.store import index_query
from oi_tui.store.index_file import NAME
from oi_tui.store.index_tables import Stamp
from oi_tui.store.sessions import SessionStore
from tests.store.script import envelopes, journal, opened, session, turn, write_session
from tests.support.waiting import wait_until


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "sessions"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def store(root: Path) -> Iterator[SessionStore]:
    one = SessionStore(root)
    yield one
    one.close()


def say(root: Path, *events: ev.Event, name: str = "s1", first: int = 1) -> Path:
    """Write events of one turn into the journal of a session."""
    return write_session(root, envelopes([(1, event) for event in events], name, first), name)


def found(store: SessionStore, words: str) -> list[tuple[HitKind, str, str]]:
    """Return kind, block and the very characters of each hit."""
    hits = store.index.search(words, 50)
    return [(hit.kind, hit.block_id, hit.snippet[hit.start : hit.end]) for hit in hits]


# -- what is found -----------------------------------------------------------------------------
def test_every_kind_of_text_is_found_with_its_block(root: Path, store: SessionStore) -> None:
    say(
        root,
        opened()[1],
        ev.SessionRenamed("Harbor chart"),
        ev.TurnStarted("Where is the lighthouse?"),
        ev.MessageFinished("m1", "Past the breakwater.", complete=True),
        ev.CodeFinished("c1", "python", "print('anchor')", "d", runnable=True),
        ev.ProposalEdited("c1", "print('rudder')", "e"),
        ev.OutputAdded("c1", b"\x1b[31mkeel\x1b[0m depth\r\n"),
    )
    assert found(store, "harbor") == [(HitKind.TITLE, "", "Harbor")]
    assert found(store, "lighthouse") == [(HitKind.PROMPT, "prompt-3", "lighthouse")]
    assert found(store, "BREAKWATER") == [(HitKind.PROSE, "m1", "breakwater")]
    assert found(store, "anchor") == [(HitKind.CODE, "c1", "anchor")]
    assert found(store, "rudder") == [(HitKind.CODE, "c1", "rudder")]
    assert found(store, "keel depth") == [(HitKind.OUTPUT, "c1", "depth")]
    assert found(store, "submarine") == []


@pytest.mark.parametrize(
    ("words", "characters"),
    [
        ("資料夾", "資料夾"),
        ("下載", "下載"),  # two characters: a word
        ("夾", "夾"),  # the last character of all
        ("港", "港"),
        ("ファイル", "ファイル"),
        ("東京", "東京"),
        ("кабел", "кабел"),
        ("КАБЕЛ", "кабел"),
        ("ok", "ok"),
    ],
)
def test_words_of_any_script_and_length_are_found(
    root: Path, store: SessionStore, words: str, characters: str
) -> None:
    text = "港口 кабель ok ファイルを東京へ 整理下載資料夾"
    say(root, opened()[1], ev.TurnStarted(text))
    assert found(store, words)[-1] == (HitKind.PROMPT, "prompt-2", characters)


@pytest.mark.parametrize(
    "words", ['"', "a*b", "NEAR(a b)", "x OR y", "text:a", "(", "^a", "--", "%"]
)
def test_operators_are_ordinary_characters(root: Path, store: SessionStore, words: str) -> None:
    say(root, opened()[1], ev.TurnStarted(f"before {words} after"))
    say(root, opened()[1], ev.TurnStarted("a b x text near or"), name="s2")
    assert {hit.session_id for hit in store.index.search(words, 50)} == {"s1"}


def test_all_words_must_be_in_the_session(root: Path, store: SessionStore) -> None:
    say(root, opened()[1], ev.TurnStarted("tide tables"), ev.OutputAdded("c1", b"of Keelung"))
    say(root, opened()[1], ev.TurnStarted("tide only"), name="s2")
    hits = store.index.search("tide keelung", 50)
    assert [(hit.session_id, hit.block_id) for hit in hits] == [("s1", "c1")]
    assert store.index.search("tide nowhere", 50) == []
    assert store.index.search("   ", 50) == []


def test_a_common_word_hides_no_rare_one(root: Path, store: SessionStore) -> None:
    say(root, opened()[1], ev.TurnStarted("tide"), ev.OutputAdded("c1", b"and a needle"))
    many = [ev.OutputAdded(f"c{number}", b"tide") for number in range(300)]
    for name in ("s2", "s3"):
        say(root, opened()[1], *many, name=name, first=1_000)
    before, index_query._MOST_MATCHES = index_query._MOST_MATCHES, 100
    try:
        hits = store.index.search("tide needle", 50)
    finally:
        index_query._MOST_MATCHES = before
    assert [(hit.session_id, hit.block_id) for hit in hits] == [("s1", "c1")]


def test_a_single_character_before_many_others_is_found(root: Path, store: SessionStore) -> None:
    texts = [f"海{chr(0x4E00 + number)}{chr(0x5E00 + number)}" for number in range(900)]
    say(root, opened()[1], *(ev.TurnStarted(text) for text in texts))
    say(root, opened()[1], ev.TurnStarted("最後是海"), name="s2")
    assert {hit.session_id for hit in store.index.search("海", 500)} == {"s1", "s2"}


def test_the_session_that_changed_last_comes_first(root: Path, store: SessionStore) -> None:
    for number, name in enumerate(["b", "c", "a"]):
        say(root, opened()[1], ev.TurnStarted("tide"), name=name, first=1 + 100 * number)
    assert [hit.session_id for hit in store.index.search("tide", 50)][::2] == ["a", "c", "b"]


def test_loaded_messages_are_found_under_their_blocks(root: Path, store: SessionStore) -> None:
    messages = (ChatMessage(Role.USER, "Who are you?"), ChatMessage(Role.ASSISTANT, "A pilot."))
    say(root, opened()[1], ev.HistoryReplaced(messages, "", HistoryChange.LOADED))
    assert found(store, "pilot") == [(HitKind.PROSE, "loaded-2-1", "pilot")]


def test_a_snippet_is_one_short_line_around_the_hit(root: Path, store: SessionStore) -> None:
    text = "word " * 100 + "\n\t anchor \n" + "tail " * 100
    say(root, opened()[1], ev.SessionRenamed("x"), ev.TurnStarted(text))
    (hit,) = store.index.search("anchor", 50)
    assert "\n" not in hit.snippet
    assert len(hit.snippet) < 160
    assert hit.snippet[hit.start : hit.end] == "anchor"


# -- facts of the list -------------------------------------------------------------------------
def test_pins_costs_branches_and_imports_are_listed(root: Path, store: SessionStore) -> None:
    say(
        root,
        opened()[1],
        ev.SessionImported("old.json"),
        ev.SessionBranched("s0", "m1"),
        ev.SessionPinned(on=True),
        ev.UsageReported(Usage(1, 1, 0.1), Usage(9, 9, 0.25), 5, 100),
        ev.TurnStarted("hello"),
    )
    say(root, opened()[1], ev.TurnStarted("later"), name="s2", first=500)
    first, second = store.list()
    assert (first.session_id, second.session_id) == ("s1", "s2")
    assert (first.pinned, first.imported, first.parent_id, first.cost) == (True, True, "s0", 0.25)
    say(root, ev.SessionPinned(on=False), first=50)
    assert [one.session_id for one in store.list()] == ["s2", "s1"]


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((ev.TurnStarted("x"), ev.TurnFinished(TurnEnd.COMPLETED)), SessionStatus.IDLE),
        ((ev.TurnStarted("x"), ev.TurnFinished(TurnEnd.FAILED)), SessionStatus.FAILED),
        ((ev.TurnStarted("x"), ev.StateChanged(EngineState.RUNNING)), SessionStatus.CUT_OFF),
    ],
)
def test_how_a_session_was_left_is_listed(
    root: Path, store: SessionStore, events: tuple[ev.Event, ...], status: SessionStatus
) -> None:
    say(root, opened()[1], *events)
    assert store.list()[0].status is status


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (EngineState.THINKING, SessionStatus.RUNNING),
        (EngineState.RUNNING, SessionStatus.RUNNING),
        (EngineState.ASKING, SessionStatus.ASKING),
        (EngineState.IDLE, SessionStatus.IDLE),
    ],
)
def test_what_an_open_session_does_is_listed(
    root: Path, store: SessionStore, state: EngineState, status: SessionStatus
) -> None:
    live = journal(root)
    told = [opened(), (1, ev.TurnStarted("x")), (1, ev.StateChanged(state))]
    told.append((1, ev.RunStarted("c1", "python", "d")))  # what is quiet alone gets written
    for envelope in envelopes(told):
        live.record(envelope)
    (listing,) = store.list()
    assert listing.status is status
    assert not listing.open_elsewhere
    live.close()


def test_prompts_of_all_sessions_come_newest_last_and_once(root: Path, store: SessionStore) -> None:
    say(root, opened()[1], ev.TurnStarted("one"), ev.TurnStarted("two"))
    say(root, opened()[1], ev.TurnStarted("three"), ev.TurnStarted("one"), name="s2", first=90)
    assert store.index.prompts(10) == ["two", "three", "one"]
    assert store.index.prompts(2) == ["three", "one"]


# -- growing -----------------------------------------------------------------------------------
def test_a_journal_is_read_on_from_where_it_was(root: Path, store: SessionStore) -> None:
    say(root, opened()[1], ev.TurnStarted("first words"))
    assert found(store, "first")
    path = say(root, ev.TurnStarted("later words"), first=50)
    assert found(store, "later") == [(HitKind.PROMPT, "prompt-50", "later")]
    assert len([one for one in found(store, "words") if one[0] is HitKind.PROMPT]) == 2
    size = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(b'00000000 {"half a line')
    store.list()
    assert path.stat().st_size > size
    assert found(store, "later")


def test_a_replaced_journal_is_read_anew(root: Path, store: SessionStore) -> None:
    path = say(root, opened()[1], ev.TurnStarted("old words"))
    assert found(store, "old words")
    path.unlink()
    say(root, opened()[1], ev.TurnStarted("new words"))
    assert not found(store, "old words")
    assert found(store, "new words")


def test_times_that_no_database_can_count_spoil_nothing(root: Path, store: SessionStore) -> None:
    say(root, ev.TurnStarted("north"), name="sound")
    for name in ("far", "farther"):
        one = ev.Envelope(1, 2e10, name, 1, ev.TurnStarted("south"))  # the year 2603
        os.utime(write_session(root, [one], name), ns=(1, 2**62))
    assert {one.session_id for one in store.list()} == {"sound", "far", "farther"}
    hits = [hit.session_id for hit in store.index.search("south", 50) if hit.block_id]
    assert sorted(hits) == ["far", "farther"]
    assert (HitKind.PROMPT, "prompt-1", "north") in found(store, "north")


def test_numbers_of_files_that_no_database_can_count_are_cut() -> None:
    # Some file systems make up numbers of all 64 bits.
    state = os.stat_result((0, 2**64 - 1, 0, 0, 0, 0, 5, 0, 0, 0), {"st_mtime_ns": 2**63 + 7})
    assert Stamp.of(state) == (2**63 - 1, 5, 7)


def test_a_session_that_is_gone_is_neither_listed_nor_found(
    root: Path, store: SessionStore
) -> None:
    path = say(root, opened()[1], ev.TurnStarted("anchor"))
    assert found(store, "anchor")
    path.unlink()
    assert store.list() == []
    assert found(store, "anchor") == []
    store.index.settle()
    assert _count(root, "SELECT count(*) FROM texts") == 0


def test_many_sessions_are_listed_at_once_and_told_when_they_are_read(
    root: Path, store: SessionStore
) -> None:
    for number in range(130):
        name = f"20260101-{number // 60:02d}{number % 60:02d}00-aaaaaaaa"
        say(root, opened()[1], ev.TurnStarted(f"prompt {number}"), name=name)
    told = threading.Event()
    store.index.watch(told.set)
    first = store.list()
    assert len(first) == 130
    assert {one.title for one in first if one.title} >= {"prompt 129", "prompt 110"}
    assert all(one.started for one in first)
    wait_until(told.is_set, "the index")
    wait_until(lambda: all(one.title for one in store.list()), "all titles")
    assert found(store, "prompt 3")


# -- only a cache ------------------------------------------------------------------------------
def spoil_with_bytes(path: Path) -> None:
    path.write_bytes(os.urandom(8192))


def spoil_in_the_middle(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.seek(5000)
        stream.write(os.urandom(path.stat().st_size - 5000))


def cut(path: Path) -> None:
    os.truncate(path, 5000)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def remove(path: Path) -> None:
    path.unlink()


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "file").write_text("x")


def make_link(path: Path) -> None:
    path.unlink()
    path.with_name("victim").write_text("mine")
    path.symlink_to(path.with_name("victim"))


def take_rights(path: Path) -> None:
    path.chmod(0o400)


def make_newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def make_foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE other (x)")
    connection.close()


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_with_bytes,
        spoil_in_the_middle,
        cut,
        empty,
        remove,
        make_folder,
        make_link,
        take_rights,
        make_newer,
        make_foreign,
    ],
)
@pytest.mark.parametrize("while_open", [True, False])
def test_a_spoiled_index_is_made_anew(
    root: Path, spoil: Callable[[Path], None], while_open: bool
) -> None:
    for number in range(3):
        write_session(root, session(2, f"s{number}"), f"s{number}")
    store = SessionStore(root)
    expected, hits = store.list(), store.index.search("prompt", 50)
    store.index.settle()
    if not while_open:
        store.close()
    spoil(root / NAME)
    if not while_open:
        store = SessionStore(root)
    assert store.list() == expected
    wait_until(lambda: _settled(store) == hits, "the same hits")
    assert store.list() == expected
    if spoil is make_link:
        assert (root / "victim").read_text() == "mine"
    store.close()


def _settled(store: SessionStore) -> list[SearchHit]:
    store.index.settle()
    return store.index.search("prompt", 50)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_nobody_else_can_read_the_index(root: Path, umask: int) -> None:
    write_session(root, session(1))
    before = os.umask(umask)
    try:
        store = SessionStore(root)
        store.index.settle()
        assert store.index.search("prompt", 5)
        store.close()
    finally:
        os.umask(before)
    assert {
        stat.S_IMODE(path.stat().st_mode) for path in root.iterdir() if path.name.startswith(NAME)
    } == {0o600}


INDEX = """
import sys
from pathlib import Path
from oi_tui.store.sessions import SessionStore
store = SessionStore(Path(sys.argv[1]))
sys.stdin.readline()
store.index.settle()
print(len(store.list()), len(store.index.search("prompt", 500)), flush=True)
store.close()
"""


def test_two_programs_index_the_same_folder_at_once(root: Path, store: SessionStore) -> None:
    for number in range(40):
        write_session(root, session(1, f"s{number}"), f"s{number}")
    children = [
        subprocess.Popen(
            [sys.executable, "-c", INDEX, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    ]
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [child.communicate()[0].split() for child in children]
    assert [answer[0] for answer in answers] == ["40", "40"]
    store.index.settle()
    assert _count(root, "SELECT count(*) FROM sessions") == 40
    texts = len(list(turn(1, "x")))
    assert texts > _count(root, "SELECT count(*) FROM texts") / 40
    assert len({hit.session_id for hit in store.index.search("prompt 1", 500)}) == 40
    assert _count(root, "SELECT count(*) FROM prompts") == 40


def test_without_a_place_for_the_index_the_list_is_there(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_session(root, session(1))

    def refuse(*_args: object, **_more: object) -> sqlite3.Connection:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite3, "connect", refuse)
    store = SessionStore(root)
    assert store.list()[0].title == "prompt 1"
    assert store.index.search("prompt", 5) == []
    assert store.index.prompts(5) == []
    store.close()


def _count(root: Path, query: str) -> int:
    connection = sqlite3.connect(root / NAME)
    try:
        (count,) = connection.execute(query).fetchone()
        return int(count)
    finally:
        connection.close()
