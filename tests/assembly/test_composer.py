"""What a session is made of when it is opened, and what is told when it is closed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from oi_tui.assembly.composer import Composer
from oi_tui.assembly.opener import Opener
from oi_tui.config.keys import KeyStore
from oi_tui.config.places import Places
from oi_tui.config.schema import Settings
from oi_tui.engine.live import LiveSession
from oi_tui.models.scripted import Fault, Reply, ScriptedModel
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.store.sessions import OpenSession
from tests.support.waiting import wait_until

ModelOpener = Callable[[Settings, KeyStore, str | None], ScriptedModel]
BASE = "http://localhost:1234/v1"


@dataclass
class Desk:
    """A program's opener, the settings that its models were made of, and what it remembered."""

    folder: Path
    settings: Settings = field(default_factory=lambda: Settings(model="first", api_base=BASE))
    used: list[Settings] = field(default_factory=list)
    remembered: list[str] = field(default_factory=list)

    def opener(self, opens_model: ModelOpener | None = None) -> Opener:
        def open_model(settings: Settings, _keys: KeyStore, _script: str | None) -> ScriptedModel:
            self.used.append(settings)
            return ScriptedModel(["Yes."] * 9)

        names = ("config", "data", "state", "cache", "run")
        places = Places(*(self.folder / name for name in names))
        return Opener(
            self.settings,
            KeyStore(places.keys_file),
            places,
            remember=self.remembered.append,
            open_model=opens_model or open_model,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def converse(session: LiveSession, *requests: ops.Op, prompts: int = 1) -> list[ev.Event]:
    """Send requests, then prompts, and close the session; return what it told."""
    told: list[ev.Event] = []
    session.subscribe(lambda envelope: told.append(envelope.event))
    session.start()
    engine = session.engine
    assert engine is not None
    for request in (*requests, *[ops.SubmitPrompt("hello")] * prompts):
        engine.submit(request)
    wait_until(lambda: len([e for e in told if isinstance(e, ev.TurnFinished)]) == prompts, "turns")
    session.close()
    return told


# -- opened again ---------------------------------------------------------------------------------
def test_a_session_goes_on_with_its_model_where_nothing_else_is_named(desk: Desk) -> None:
    session = desk.opener().new()
    converse(session)
    desk.settings = Settings()
    told = converse(desk.opener().open(session.session_id))
    assert (desk.used[-1].model, desk.used[-1].api_base) == ("first", BASE)
    opened = next(one for one in told if isinstance(one, ev.SessionOpened))
    assert (opened.model, opened.api_base) == ("first", BASE)


def test_a_session_goes_on_with_what_was_chosen_in_it(desk: Desk) -> None:
    session = desk.opener().new()
    converse(session, ops.SetModel("second", ""), ops.SetSystemMessage("Be brief."))
    desk.settings = Settings()
    converse(desk.opener().open(session.session_id))
    assert (desk.used[-1].model, desk.used[-1].api_base) == ("second", "")
    assert desk.used[-1].system_message == "Be brief."


def test_what_the_person_named_goes_before_what_a_session_was_left_with(desk: Desk) -> None:
    session = desk.opener().new()
    converse(session, ops.SetSystemMessage("Be brief."))
    desk.settings = Settings(model="third", system_message="Be long.")
    converse(desk.opener().open(session.session_id))
    assert (desk.used[-1].model, desk.used[-1].api_base) == ("third", "")
    assert desk.used[-1].system_message == "Be long."


def test_a_session_that_could_not_be_put_together_can_be_opened_again(desk: Desk) -> None:
    session = desk.opener().new()
    converse(session)
    opener = desk.opener()

    def fail(_settings: Settings, _keys: KeyStore, _script: str | None) -> ScriptedModel:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    broken = desk.opener(fail)
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        broken.open(session.session_id)
    again = opener.open(session.session_id)
    assert again.read_only == ""
    again.close()


# -- how to come back -----------------------------------------------------------------------------
def test_how_to_come_back_is_told_once_there_is_something_and_not_again(desk: Desk) -> None:
    session = desk.opener().new()
    assert desk.remembered == []
    converse(session, prompts=3)
    (line,) = desk.remembered
    assert line.endswith(f"--resume {session.session_id}")


class FullDisk:
    """A journal that takes nothing once it is full."""

    def __init__(self, *, refuses_at_the_end: bool) -> None:
        self._problem = ErrorInfo(ErrorKind.STORE, "The disk is full", os.strerror(errno.ENOSPC))
        self._refuses_at_the_end = refuses_at_the_end

    def record(self, envelope: ev.Envelope) -> ErrorInfo | None:
        return None if self._refuses_at_the_end else self._problem

    def close(self) -> ErrorInfo | None:
        return self._problem if self._refuses_at_the_end else None


@pytest.mark.parametrize("refuses_at_the_end", [True, False])
def test_an_end_that_is_not_on_the_disk_is_told(desk: Desk, refuses_at_the_end: bool) -> None:
    journal = FullDisk(refuses_at_the_end=refuses_at_the_end)
    opened = OpenSession("full", str(desk.folder), desk.folder / "full.journal", journal)
    composer = Composer(
        desk.settings,
        KeyStore(desk.folder / "keys.json"),
        lambda *_: ScriptedModel(["Yes."]),
        desk.remembered.append,
        lambda _model, _api_base: None,
    )
    converse(composer.compose(opened, None))
    assert "could not be saved" in desk.remembered[-1]
    assert ("disk is full" in desk.remembered[-1]) is refuses_at_the_end


# -- folders --------------------------------------------------------------------------------------
def test_a_working_folder_that_was_removed_is_replaced_by_home(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, gone = desk.folder / "home", desk.folder / "gone"
    home.mkdir()
    gone.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(gone)
    gone.rmdir()
    session = desk.opener().new()
    assert session.folder == str(home)
    told = converse(session)
    assert any(isinstance(one, ev.Warned) and str(home) in one.text for one in told)


# -- models that were used ------------------------------------------------------------------------
def used_in(desk: Desk) -> list[tuple[str, str]]:
    return [(one.model, one.api_base) for one in desk.opener().models.used()]


def test_models_that_answered_are_remembered_once_the_newest_first(desk: Desk) -> None:
    session = desk.opener().new()
    session.start()
    session.close()
    assert used_in(desk) == []  # it was chosen, and never asked
    converse(desk.opener().new(), prompts=2)
    assert used_in(desk) == [("first", BASE)]
    converse(desk.opener().new(), ops.SetModel("second", ""))
    assert used_in(desk) == [("second", ""), ("first", BASE)]


def test_a_model_that_failed_and_one_of_a_session_kept_nowhere_leave_no_trace(desk: Desk) -> None:
    failing = desk.opener(lambda *_: ScriptedModel([Reply((Fault(ErrorKind.AUTH),))]))
    told = converse(failing.new())
    assert any(isinstance(one, ev.TurnFinished) and one.error for one in told)
    desk.settings = Settings(model="secret", ephemeral=True)
    converse(desk.opener().new())
    assert used_in(desk) == []


def test_a_favorite_is_kept_by_the_shelf(desk: Desk) -> None:
    desk.opener().models.mark_favorite("a", BASE, True)
    assert [(one.model, one.is_favorite) for one in desk.opener().models.used()] == [("a", True)]
