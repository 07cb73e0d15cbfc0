"""The log of `--debug` tells what happened, and nothing that was said, run or printed."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from oi_tui.assembly.debug_log import begin_log, log_event
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ErrorInfo, ErrorKind, TurnEnd
from oi_tui.text.redaction import redactor


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    logger, raises = logging.getLogger("oi_tui"), logging.raiseExceptions
    path = Path(begin_log(tmp_path / "state"))
    ours = logger.handlers[-1]
    assert isinstance(ours, logging.StreamHandler)
    yield path
    logger.removeHandler(ours)
    ours.stream.close()
    logger.setLevel(logging.NOTSET)
    logger.propagate, logging.raiseExceptions = True, raises


def tell(*events: ev.Event) -> None:
    for seq, event in enumerate(events, 1):
        log_event(ev.Envelope(seq, 0.0, "s", 1, event))


def test_kinds_numbers_and_lengths_but_no_words(log: Path) -> None:
    error = ErrorInfo(ErrorKind.RATE_LIMIT, "slow down", "the body of an answer")
    tell(
        ev.TurnStarted("my private prompt"),
        ev.RequestSent("gpt-4o"),
        ev.TextAdded("m1", "a secret reply"),
        ev.Retrying(ErrorKind.RATE_LIMIT, 1, 3, 2.5),
        ev.TurnFinished(TurnEnd.FAILED, error),
    )
    written = log.read_text()
    assert "TurnStarted prompt=<17 characters>" in written
    assert "RequestSent model=gpt-4o" in written
    assert "kind=rate_limit attempt=1 attempts=3 wait=2.5" in written
    assert "reason=failed error=(ErrorInfo kind=rate_limit" in written
    for words in ("private", "secret", "slow down", "body"):
        assert words not in written


def test_only_its_owner_reads_it(log: Path) -> None:
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_lines_of_other_rooms_are_cleaned_and_redacted(log: Path) -> None:
    redactor.add("canary-0123456789")
    logging.getLogger("oi_tui.models.worker").debug("ended: %s", "\x1b[2Jcanary-0123456789\nx")
    written = log.read_text()
    assert "oi_tui.models.worker ended: [secret]" in written
    assert "\x1b" not in written
    assert written.count("\n") == 2  # the first line and this one
