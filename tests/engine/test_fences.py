from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oi_tui.engine.fences import (
    FenceClosed,
    FencedCode,
    FenceOpened,
    FenceParser,
    Piece,
    Prose,
    language_of,
)

CODE_WORDS = {"python", "bash", "r"}

DOCUMENTS = [
    "Hello `world`.\n\n```python\nprint(1)\n```\nDone.\n",
    '```python title="x.py"\nfor r in range(3):\n    print(r)\n```',
    "``` bash\nls\n```\n\n~~~~r\nx <- '~~~'\n~~~\n~~~~\nend",
    "讓我看看：\n```python\nprint('你好 👋🏽')\n```\n好了。",
    "- a list:\n   ```python\n   if x:\n       y()\n\n   z()\n   ```\n- next",
    "````markdown\n```python\nnot code\n```\n````\nafter",
    '```json\n{"a": 1}\n```\n```python\n1\n```',
    "```\nplain\n```\n",
    "```python\r\nprint(1)\r\nprint(2)\r\n```\r\nDone.\r\n",
    "```python\ns = '''\n    ```\n'''\n```\n",
    "text ```python not a fence``` more\n``x``\n`` `\n~~ strike ~~\n",
    "```python\nunclosed",
    "```python\n\n\n```",
    "```python\n```",
    "```python",
    "```py`thon\nx\n```\n",
    "  ~~~ python\n  a\n b\n~~~\n",
    "a\rb\r\n```bash\rx\n```\n",
    "```python\nx\n``` not a close\ny\n```   \nz",
]


def parse(text: str, cuts: list[int] | None = None) -> tuple[list[Piece], bool]:
    parser = FenceParser(lambda word: word.lower() in CODE_WORDS)
    pieces: list[Piece] = []
    start = 0
    for cut in [*sorted(cuts or []), len(text)]:
        pieces += parser.feed(text[start:cut])
        start = cut
    pieces += parser.finish()
    return joined(pieces), parser.is_open


def joined(pieces: list[Piece]) -> list[Piece]:
    result: list[Piece] = []
    for piece in pieces:
        last = result[-1] if result else None
        if isinstance(piece, Prose) and isinstance(last, Prose):
            result[-1] = Prose(last.text + piece.text)
        elif isinstance(piece, FencedCode) and isinstance(last, FencedCode):
            result[-1] = FencedCode(last.text + piece.text)
        else:
            result.append(piece)
    return result


def by_lines(text: str) -> tuple[list[Piece], bool]:
    """The same grammar the plain way: whole lines of a whole text."""
    lines = text.replace("\r\n", "\n").split("\n")
    pieces: list[Piece] = []
    mark, indent, code = "", 0, list[str]()
    is_code = False
    for number, line in enumerate(lines):
        is_last = number == len(lines) - 1
        end = "" if is_last else "\n"
        close = re.fullmatch(r"([ \t]*)(`{3,}|~{3,})[ \t]*", line) if mark else None
        if close and close[2].startswith(mark) and len(close[1]) <= indent + 3:
            if is_code:
                pieces += [FencedCode("\n".join(code)), FenceClosed()]
            else:
                pieces.append(Prose(line + end))
            mark, code = "", []
            is_code = False
        elif is_code:
            space = len(line) - len(line.lstrip(" \t"))
            if not (is_last and not line):
                code.append(line[min(space, indent) :])
        elif (
            not mark
            and not is_last
            and (opened := re.fullmatch(r"([ \t]*)(`{3,}(?=[^`]*$)|~{3,})(.*)", line))
        ):
            mark, indent = opened[2], len(opened[1])
            is_code = language_of(opened[3]).lower() in CODE_WORDS
            pieces.append(FenceOpened(language_of(opened[3])) if is_code else Prose(line + end))
        else:
            pieces.append(Prose(line + end))
    if code:
        pieces.append(FencedCode("\n".join(code)))
    full = [p for p in pieces if not isinstance(p, Prose | FencedCode) or p.text]
    return joined(full), is_code


@pytest.mark.parametrize("text", DOCUMENTS)
def test_every_single_cut_gives_the_same(text: str) -> None:
    whole = parse(text)
    assert parse(text, list(range(len(text)))) == whole
    for cut in range(len(text)):
        assert parse(text, [cut]) == whole


@given(st.sampled_from(DOCUMENTS), st.lists(st.integers(0, 60), max_size=12))
def test_any_cuts_give_the_same(text: str, cuts: list[int]) -> None:
    assert parse(text, [min(cut, len(text)) for cut in cuts]) == parse(text)


tricky = st.lists(
    st.sampled_from(["`", "```", "~~~", "````", "\n", "\r", " ", "python", "r", "x", "中", "\t"]),
    max_size=24,
).map("".join)


@given(tricky, st.lists(st.integers(0, 80), max_size=6))
@example("```r\n \n```", [])
@example("```\n```", [])
def test_any_text_reads_as_whole_lines_do(text: str, cuts: list[int]) -> None:
    assert parse(text, [min(cut, len(text)) for cut in cuts]) == by_lines(text)


def test_prose_and_code_come_apart_as_written() -> None:
    assert parse(DOCUMENTS[0]) == (
        [
            Prose("Hello `world`.\n\n"),
            FenceOpened("python"),
            FencedCode("print(1)"),
            FenceClosed(),
            Prose("Done.\n"),
        ],
        False,
    )


def test_an_indented_fence_loses_its_indent_and_keeps_that_of_the_code() -> None:
    pieces, _ = parse(DOCUMENTS[4])
    assert FencedCode("if x:\n    y()\n\nz()") in pieces


def test_ticks_far_within_the_code_do_not_close_it() -> None:
    pieces, _ = parse(DOCUMENTS[9])
    assert pieces == [
        FenceOpened("python"),
        FencedCode("s = '''\n    ```\n'''"),
        FenceClosed(),
    ]


def test_a_fence_within_a_longer_one_is_not_code() -> None:
    assert parse(DOCUMENTS[5]) == ([Prose(DOCUMENTS[5])], False)


def test_a_fence_of_data_stays_prose_with_its_ticks() -> None:
    pieces, _ = parse(DOCUMENTS[6])
    assert pieces[0] == Prose('```json\n{"a": 1}\n```\n')
    assert FencedCode("1") in pieces


def test_windows_line_ends_do_not_reach_the_code() -> None:
    pieces, _ = parse(DOCUMENTS[8])
    assert FencedCode("print(1)\nprint(2)") in pieces


def test_what_never_closes_is_open() -> None:
    assert parse("```python\nunclosed") == ([FenceOpened("python"), FencedCode("unclosed")], True)


def test_a_line_too_long_for_a_fence_is_prose_however_it_arrives() -> None:
    text = "```python " + "x" * 2000 + "\n1\n"
    assert parse(text) == parse(text, list(range(0, len(text), 7))) == ([Prose(text)], False)


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("python", "python"),
        (" python ", "python"),
        ('python title="x"', "python"),
        ("{.python .numberLines}", "python"),
        ("{python}", "python"),
        ("python:main.py", "python"),
        ("c++", "c++"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_the_language_is_the_first_word_of_the_info(info: str, language: str) -> None:
    assert language_of(info) == language


def test_text_is_let_go_of_as_soon_as_it_can_be_no_fence() -> None:
    parser = FenceParser(lambda word: True)
    assert parser.feed("Hel") == [Prose("Hel")]
    assert parser.feed("lo\n``") == [Prose("lo\n")]
    assert parser.feed("x") == [Prose("``x")]
