"""Secrets do not come through, in any spelling that travels."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from oi_tui.text.redaction import MARK, Redactor

SECRET = "canary/47+11=abcdefgh"


@pytest.mark.parametrize(
    "spelling", [SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode()]
)
def test_known_secrets_vanish_in_every_spelling(spelling: str) -> None:
    redactor = Redactor()
    redactor.add(SECRET)
    assert redactor.redact(f"key: {spelling}.") == f"key: {MARK}."


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-0123456789abcdefXYZ",
        "ghp_" + "a1" * 18,
        "AKIAABCDEFGHIJKLMNOP",
        "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_vanishes(text: str) -> None:
    assert Redactor().redact(f"<{text}>") == f"<{MARK}>"


@pytest.mark.parametrize("before", ["\x1b[1m", "\x1b[31;1m", "\\n", "=", "'"])
@pytest.mark.parametrize("key", ["sk-proj-0123456789abcdefXYZ", "AKIAABCDEFGHIJKLMNOP"])
def test_colors_and_escapes_do_not_hide_a_key(before: str, key: str) -> None:
    assert Redactor().redact(before + key) == before + MARK


@pytest.mark.parametrize("text", ["mask-image-for-the-first-page", "task-0123456789abcdef"])
def test_words_that_end_like_a_key_begins_stay(text: str) -> None:
    assert Redactor().redact(text) == text


def test_of_two_secrets_the_longer_one_vanishes_whole() -> None:
    redactor = Redactor()
    redactor.add("canary-1234")
    redactor.add("canary-1234-and-more")
    assert redactor.redact("<canary-1234-and-more>") == f"<{MARK}>"


def test_a_secret_may_become_known_while_others_are_looked_for() -> None:
    redactor = Redactor()

    class Text(str):
        def __contains__(self, key: object, /) -> bool:
            redactor.add(f"another secret {len(str(key))}")
            return super().__contains__(str(key))

    redactor.add(SECRET)
    assert redactor.redact(Text("nothing here")) == "nothing here"


def test_ordinary_text_and_short_values_stay() -> None:
    redactor = Redactor()
    redactor.add("abc")
    assert redactor.redact("abc sk-learn task-force") == "abc sk-learn task-force"
