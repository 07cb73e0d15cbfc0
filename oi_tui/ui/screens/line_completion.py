"""What the prompt offers: ways on while a command is being written, and what was sent before.

Owns what there is to choose from: models, themes, shells, sessions, settings, files. What fits
where is `commands.completion`'s.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from oi_tui.commands.command import ArgumentKind
from oi_tui.commands.completion import Choice, ListFolder, complete
from oi_tui.commands.requests import DEFAULT
from oi_tui.config.fields import setting_fields
from oi_tui.engine.changes import CHANGEABLE
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.background import in_background
from oi_tui.ui.widgets.completion import Candidate

if TYPE_CHECKING:
    from oi_tui.engine.live import SessionOpener
    from oi_tui.protocol.sessions import SessionListing
    from oi_tui.ui.screens.main import MainScreen

MOST_NAMES = 1000  # of a folder; who has more types another letter
SIGNS = ("%", "/", "!")


class LineCompletion:
    """Offers ways on for one main screen."""

    def __init__(self, screen: MainScreen, opener: SessionOpener) -> None:
        self._screen, self._opener = screen, opener
        self.sessions: Sequence[SessionListing] = ()  # as last listed

    def candidates(self, text: str) -> Sequence[Candidate]:
        """Return the ways on from what is written."""
        if not text.startswith(SIGNS) or "\n" in text:
            return ()
        return [
            Candidate(text[: way.start] + way.text + text[way.end :], way.title)
            for way in complete(text, len(text), self._lister(text), self._choices)
        ]

    def recall(self) -> None:
        """Read what was sent and kept before, for the prompt's history and for `%open`."""
        shelf = self._opener.shelf

        def read() -> tuple[Sequence[str], Sequence[SessionListing]]:
            return shelf.prompts(), shelf.sessions()

        def known(found: tuple[Sequence[str], Sequence[SessionListing]]) -> None:
            prompts, self.sessions = found
            self._screen.prompt.add_older(prompts)

        # What cannot be read is said with the list of sessions; the history is only shorter.
        in_background(self._screen.call_later, read, known, lambda _error: None)

    # -- files ------------------------------------------------------------------------------------
    def _lister(self, text: str) -> ListFolder:
        """Look into the session's folder for a command, and where the shell is for a shell."""
        session = self._screen.desk.session
        folder = self._screen.facts.folder
        if session is not None and not text.startswith(("!", "%%")):
            folder = session.folder
        return lambda named: _names_in(os.path.join(folder or ".", os.path.expanduser(named)))

    # -- everything else --------------------------------------------------------------------------
    def _choices(self, kind: ArgumentKind, before: str) -> Iterable[Choice]:
        match kind:
            case ArgumentKind.THEME:
                return map(Choice, sorted(self._screen.app.available_themes))
            case ArgumentKind.LANGUAGE:
                return self._shells()
            case ArgumentKind.MODEL:
                return self._models()
            case ArgumentKind.SESSION:
                return [_session(one) for one in self.sessions]
            case ArgumentKind.SETTING:
                return _settings()
            case ArgumentKind.VALUE:
                return self._models() if before == "model" else _values(before)
            case _:
                return ()

    def _shells(self) -> Iterable[Choice]:
        return [Choice(name, state.value) for name, state in self._screen.facts.shells.items()]

    def _models(self) -> Iterable[Choice]:
        from oi_tui.ui.screens.model_rows import FIRST_MODELS

        settings = self._opener.settings
        mine = {
            self._screen.facts.model: tr("in use"),
            settings.model: tr("in your settings"),
            settings.fast_model: tr("for --fast"),
        }
        with_key = self._opener.providers_with_key()
        known = {name: "" for provider in with_key for name in FIRST_MODELS.get(provider, ())}
        return [Choice(name, about) for name, about in {**known, **mine}.items() if name]


def _names_in(folder: str) -> Sequence[str]:
    try:
        with os.scandir(folder) as entries:
            return [
                entry.name + ("/" if entry.is_dir() else "")
                for entry in islice(entries, MOST_NAMES)
            ]
    except OSError:
        return ()


def _session(session: SessionListing) -> Choice:
    return Choice(session.session_id, one_line(session.title, 60) or tr("New session"))


def _settings() -> Iterable[Choice]:
    fields = setting_fields()
    return [Choice(name, tr(fields[name].meaning.text)) for name in CHANGEABLE]


def _values(name: str) -> Iterable[Choice]:
    field = setting_fields().get(name)
    if field is None or name not in CHANGEABLE:
        return ()
    own: list[str] = []
    if field.kind is bool:
        own = ["true", "false"]
    elif issubclass(field.kind, Enum):
        own = [str(member.value) for member in field.kind]
    shown = "" if field.default is None else str(field.default)
    return [*map(Choice, own), Choice(DEFAULT, shown)]
