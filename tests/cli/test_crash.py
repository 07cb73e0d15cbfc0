"""What is kept and said of a crash."""

from __future__ import annotations

import secrets
import stat
import threading
from pathlib import Path

import pytest

from oi_tui.crash import crash_text, report_crash, watch_threads, write_crash
from oi_tui.text.redaction import redactor


def failure(text: str) -> BaseException:
    held_in_a_local = "sk-" + secrets.token_hex(16)
    try:
        raise RuntimeError(text)
    except RuntimeError as error:
        error.__notes__ = [held_in_a_local[:3]]
        return error


def test_a_report_has_the_lines_but_no_values() -> None:
    text = crash_text(failure("on purpose"))
    assert "RuntimeError: on purpose" in text
    assert "in failure" in text
    assert "token_hex(16)" not in text.replace('"sk-" + secrets.token_hex(16)', "")


def test_secrets_and_escapes_of_the_message_are_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "canary-" + secrets.token_hex(16)
    redactor.add(key)
    error = failure(f"refused \x1b]0;owned\x07 {key}")
    assert report_crash(error, tmp_path / "state") == 70
    said = capsys.readouterr().err
    (report,) = (tmp_path / "state").iterdir()
    kept = report.read_text()
    for text in (said, kept):
        assert key not in text
        assert "\x1b" not in text
    assert str(report) in said.replace("\n", "")
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_where_nothing_can_be_written_it_is_still_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert write_crash(failure("x"), tmp_path / "file" / "state") == ""
    assert report_crash(failure("still said"), tmp_path / "file" / "state") == 70
    assert "still said" in capsys.readouterr().err


def test_a_thread_that_fails_leaves_a_report_and_prints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    watch_threads(tmp_path)

    def fail() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    (report,) = tmp_path.iterdir()
    assert "in a thread" in report.read_text()
    assert capfd.readouterr() == ("", "")
