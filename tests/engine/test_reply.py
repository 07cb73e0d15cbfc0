"""One reply read in any pieces: what is told at last does not depend on the cuts."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from oi_tui.engine.ids import Ids
from oi_tui.engine.reply import Proposal, ReplyReader
from oi_tui.models.base import CallDelta, TextDelta
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Origin, origin_of

KNOWN = {"py": "python", "python": "python", "bash": "bash"}
PROSE = st.sampled_from(
    ["Hi. ", "\n\n", "  indented", "`x` ", "```json\n{}\n```\n", "\n", " ", "中😀\n"]
)
CODE = st.sampled_from(
    ["```py\nprint(1)\n```\n", "\n```bash\nls\n```\n", "\n~~~cobol\nX\n~~~\n", "\n```py\nopen"]
)
CALLS = st.builds(
    lambda language, code: json.dumps({"language": language, "code": code}),
    st.sampled_from(["python", "bash", ""]),
    st.text(max_size=8),
)


def read(text: str, calls: list[str], size: int, *, reads_fences: bool) -> list[object]:
    """Return the finished events and the proposals of a reply that comes in pieces of `size`."""
    reader = ReplyReader(Ids(1), KNOWN.get, reads_fences=reads_fences)
    told: list[object] = []
    for start in range(0, len(text), size):
        told += reader.text(TextDelta(text[start : start + size]))
    for index, arguments in enumerate(calls):
        for start in range(0, len(arguments), size):
            piece = arguments[start : start + size]
            told += reader.call(CallDelta(index, f"id{index}", "execute", piece))
    told += reader.finish()
    kinds = (ev.MessageFinished, ev.CodeFinished, Proposal)
    assert isinstance(reader.is_empty, bool)
    return [item for item in told if isinstance(item, kinds)]


@given(
    st.lists(st.one_of(PROSE, CODE), max_size=6).map("".join),
    st.lists(CALLS, max_size=3),
    st.integers(1, 9),
    st.booleans(),
)
def test_any_pieces_bring_the_same(
    text: str, calls: list[str], size: int, reads_fences: bool
) -> None:
    whole = read(text, calls, 10_000, reads_fences=reads_fences)
    assert read(text, calls, size, reads_fences=reads_fences) == whole
    for item in whole:
        if isinstance(item, Proposal) and not item.problem:
            assert item.language in KNOWN.values()
            assert item.code.strip()


def test_white_space_before_the_first_word_is_kept_but_for_empty_lines() -> None:
    (finished,) = read("\n\n  code\n", [], 1, reads_fences=True)
    assert finished == ev.MessageFinished("m00001001", "  code\n", True)


def test_ids_say_where_code_came_from() -> None:
    ids = Ids(12)
    for origin in Origin:
        name = ids.call(origin)
        assert len(name) == 9
        assert name.isalnum()
        assert origin_of(name) is origin
    assert ids.call(Origin.CALL) != ids.call(Origin.CALL)
    assert origin_of("") is Origin.CALL
