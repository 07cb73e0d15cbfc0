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


def test_ordinary_text_and_short_values_stay() -> None:
    redactor = Redactor()
    redactor.add("abc")
    assert redactor.redact("abc sk-learn task-force") == "abc sk-learn task-force"
