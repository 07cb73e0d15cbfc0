from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.engine.arguments import Arguments, ArgumentStream, parse_arguments

TEXTS = st.text(max_size=30)


def streamed(text: str, cuts: list[int]) -> tuple[str, str]:
    stream = ArgumentStream()
    start, added = 0, ""
    for cut in [*sorted(min(c, len(text)) for c in cuts), len(text)]:
        added += stream.feed(text[start:cut])
        start = cut
    assert added == stream.code
    return stream.language, stream.code


@given(
    TEXTS,
    TEXTS,
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, 1]),
    st.lists(st.integers(0, 200), max_size=8),
)
def test_what_is_shown_while_it_arrives_is_what_is_read_at_last(
    language: str, code: str, ascii_only: bool, reverse: bool, indent: int | None, cuts: list[int]
) -> None:
    fields = [("language", language), ("code", code)]
    text = json.dumps(
        dict(reversed(fields) if reverse else fields), ensure_ascii=ascii_only, indent=indent
    )
    expected = parse_arguments(text)
    assert expected is not None
    assert streamed(text, cuts) == (expected.language, expected.code)
    assert streamed(text, list(range(len(text)))) == (expected.language, expected.code)


@given(st.lists(st.sampled_from(["\\ud83d", "\\ude00", "a", "\\n", '\\"', "\\u00e9"]), max_size=6))
def test_halves_of_pairs_read_alike_in_both_readers(units: list[str]) -> None:
    text = '{"language":"r","code":"' + "".join(units) + '"}'
    expected = parse_arguments(text)
    assert expected is not None
    assert streamed(text, list(range(len(text)))) == ("r", expected.code)
    expected.code.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[]",
        '"code"',
        '[["language", "python"], ["code", "1"]]',
        '{"language": "python"}',
        '{"code": "1"}',
        '{"language": "python", "code": "1", "code": "2"}',
        '{"language": "python", "language": "bash", "code": "1"}',
        '{"language": "python", "code": 1}',
        '{"language": null, "code": "1"}',
        '{"language": "python", "code": ["1"]}',
        '{"language": "python", "code": {"a": "b"}}',
        '{"language": "python", "code": "1", "timeout": 3}',
        '{"language": "python", "code": "1"',
        '{"language": "python", "code": "1"}}',
        '{"language": "python", "code": "1"} x',
        '{"language": "python", "code": "a\nb"}',
        "{'language': 'python', 'code': '1'}",
        "[" * 100_000,
    ],
)
def test_anything_but_the_agreed_form_is_unreadable(text: str) -> None:
    assert parse_arguments(text) is None


@given(st.text(alphabet='{}[]":,\\ulangecod python1\n', max_size=60), st.integers(0, 60))
def test_any_text_is_followed_without_an_error_and_alike_however_cut(text: str, cut: int) -> None:
    assert streamed(text, [cut]) == streamed(text, list(range(len(text))))


def test_only_the_strict_reader_decides() -> None:
    text = '{"language": "python", "code": "print(1)", "code": "evil()"}'
    assert streamed(text, []) == ("python", "print(1)")
    assert parse_arguments(text) is None
    good = '{"language": "python", "code": "print(1)"}'
    assert parse_arguments(good) == Arguments("python", "print(1)")


def test_code_is_shown_before_its_end_has_come() -> None:
    stream = ArgumentStream()
    assert stream.feed('{"language": "python", "code": "pri') == "pri"
    assert stream.language == "python"
    assert stream.feed("nt(\\") == "nt("
    assert stream.feed('"hi') == '"hi'
