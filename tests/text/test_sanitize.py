"""The text boundary, over all of Unicode and over hostile strings."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.text.sanitize import hidden_count, is_hidden, one_line, plain, sentences, visible

ANY_TEXT = st.text(st.characters(), max_size=200)
HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]52;c;ZXZpbA==\x1b\\",
    "\x9b31mred",
    "\x9d0;title\x9c",
    "\x1bP$qm\x1b\\",
    "\x1b_Gf=32;AAAA\x1b\\",
    "\x1b]8;;http://e.example\x07link\x1b]8;;\x07",
    "\x1b[?1049h",
    "\x1bc",
    "\x1b]0;never ends",
]
UNFINISHED = ["\x1b[", "\x1b", "\x9b", "\x1b]", "\x90"]


def _acts_on_a_terminal(text: str) -> bool:
    return any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text)


def test_no_code_point_of_a_hidden_category_is_left_invisible() -> None:
    for code_point in range(0x110000):
        category = unicodedata.category(chr(code_point))
        if category in {"Cc", "Cf", "Cs", "Zl", "Zp"} and chr(code_point) not in "\n\t":
            assert visible(chr(code_point)) == f"⟨U+{code_point:04X}⟩"


@pytest.mark.parametrize("code_point", [0x115F, 0x3164, 0x2800, 0xFE0F, 0xE0001, 0xE0FFF, 0x180B])
def test_fillers_and_selectors_are_shown(code_point: int) -> None:
    assert visible(chr(code_point)).startswith("⟨")


@pytest.mark.parametrize(
    "text", ["print('中文')", "größe = 1", "α = 'Ω'", "a\tb\n", "絵文字🙂", "全角\u3000"]
)
def test_ordinary_code_in_any_script_is_untouched(text: str) -> None:
    assert visible(text) == text
    assert hidden_count(text) == 0


def test_trojan_source_is_shown() -> None:
    code = 'access != "user\u202e \u2066// admin\u2069 \u2066"'
    assert hidden_count(code) == 4
    assert visible(code).count("⟨U+") == 4


@given(ANY_TEXT)
def test_visible_shows_every_character_and_removes_none(text: str) -> None:
    shown = visible(text)
    assert not _acts_on_a_terminal(shown)
    assert shown.count("⟨U+") >= hidden_count(text)
    assert [c for c in text if not is_hidden(ord(c)) and c not in "⟨⟩"] == [
        c for c in _without_tokens(shown) if c not in "⟨⟩"
    ]


def _without_tokens(shown: str) -> str:
    import re

    return re.sub("⟨U\\+[0-9A-F]{4,6}⟩", "", shown)


@given(ANY_TEXT)
def test_plain_leaves_nothing_that_a_terminal_acts_on(text: str) -> None:
    cleaned = plain(text)
    assert not _acts_on_a_terminal(cleaned)
    assert plain(cleaned) == cleaned
    cleaned.encode("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_takes_sequences_out(text: str) -> None:
    assert not _acts_on_a_terminal(plain(f"before {text} after"))
    assert plain(f"before {text} after").startswith("before ")
    assert plain(f"before {text} after").endswith(" after")


@pytest.mark.parametrize("text", UNFINISHED)
def test_plain_loses_at_most_the_sequence_that_never_ended(text: str) -> None:
    cleaned = plain(f"before {text}\nafter")
    assert not _acts_on_a_terminal(cleaned)
    assert cleaned.startswith("before ")
    assert cleaned.endswith("fter")


def test_plain_keeps_emoji_sequences_and_joiners_of_ordinary_words() -> None:
    family = "👨\u200d👩\u200d👧 ❤\ufe0f می\u200cخواهم"
    assert plain(family) == family


def test_one_line_is_short_and_whole_words_survive() -> None:
    assert one_line("a\n\n  b\x1b[31m c") == "a b c"
    assert len(one_line("x" * 500, 40)) == 40


def test_parts_become_sentences() -> None:
    parts = ["Connection refused", "", "What is here is kept.", "Try again? ", "連線失敗。"]
    said = "Connection refused. What is here is kept. Try again? 連線失敗。"
    assert sentences(parts) == said
