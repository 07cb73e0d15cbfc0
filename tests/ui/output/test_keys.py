from __future__ import annotations

import pytest

from oi_tui.ui.emulator.keys import key_bytes, paste_bytes


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("a", "a", b"a"),
        ("A", "A", b"A"),
        ("王", "王", "王".encode()),
        ("space", " ", b" "),
        ("plus", "+", b"+"),
        ("enter", "\r", b"\r"),
        ("tab", "\t", b"\t"),
        ("shift+tab", None, b"\x1b[Z"),
        ("backspace", "\x7f", b"\x7f"),
        ("escape", "\x1b", b"\x1b"),
        ("ctrl+c", "\x03", b"\x03"),
        ("ctrl+d", "\x04", b"\x04"),
        ("ctrl+z", "\x1a", b"\x1a"),
        ("ctrl+backslash", "\x1c", b"\x1c"),
        ("up", None, b"\x1b[A"),
        ("home", None, b"\x1b[H"),
        ("shift+right", None, b"\x1b[1;2C"),
        ("ctrl+left", None, b"\x1b[1;5D"),
        ("ctrl+shift+end", None, b"\x1b[1;6F"),
        ("delete", None, b"\x1b[3~"),
        ("pageup", None, b"\x1b[5~"),
        ("ctrl+pagedown", None, b"\x1b[6;5~"),
        ("f1", None, b"\x1bOP"),
        ("shift+f1", None, b"\x1b[1;2P"),
        ("f5", None, b"\x1b[15~"),
        ("f12", None, b"\x1b[24~"),
        ("alt+b", "b", b"\x1bb"),
        ("alt+f", None, b"\x1bf"),
        ("f19", None, b""),
    ],
)
def test_a_key_sends_what_xterm_sends(key: str, character: str | None, sent: bytes) -> None:
    assert key_bytes(key, character) == sent


def test_arrows_follow_the_application_mode() -> None:
    assert key_bytes("up", None, application_cursor=True) == b"\x1bOA"
    assert key_bytes("ctrl+up", None, application_cursor=True) == b"\x1b[1;5A"
    assert key_bytes("delete", None, application_cursor=True) == b"\x1b[3~"


def test_a_paste_cannot_end_its_own_brackets() -> None:
    assert paste_bytes("one\ntwo", bracketed=False) == b"one\rtwo"
    evil = "rm\x1b[201~\n\x03"
    assert paste_bytes(evil, bracketed=True) == b"\x1b[200~rm[201~\r\x1b[201~"
