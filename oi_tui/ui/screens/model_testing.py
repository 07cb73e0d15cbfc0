"""The test button of the model picker: one small request at a time, which can be stopped.

Owns the request under way and what is said of it. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from oi_tui.engine.cancel import CancelToken
from oi_tui.engine.live import SessionOpener
from oi_tui.models.providers import runs_here
from oi_tui.text.translation import tr
from oi_tui.ui.background import Post, in_background
from oi_tui.ui.screens.model_finding import words_of
from oi_tui.ui.screens.model_rows import Do, ModelRow


class Say(Protocol):
    """Shows one line."""

    def __call__(self, text: str, *, is_problem: bool = False) -> None:
        """Show it instead of the last one."""
        ...


class ModelTest:
    """Sends the smallest request there is, and says how it went."""

    def __init__(self, opener: SessionOpener, post: Post, say: Say) -> None:
        self._opener, self._post, self._say = opener, post, say
        self._token: CancelToken | None = None  # of the test under way

    def begin(self, row: ModelRow | None) -> None:
        """Test the model of a row, unless a test is under way: each may load a model."""
        if row is None or row.do is not Do.USE:
            self._say(tr("Only a model that is at hand can be tested."))
        elif row.problem:
            self._say(row.problem, is_problem=True)
        elif runs_here(row.model) and row.model == self._opener.settings.model:
            # A second one beside it would take its memory twice.
            self._say(tr("You talk to this one already: your next prompt tests it."))
        elif self._token is None:
            self._say(tr("Asking {model} … Esc stops", model=row.label))
            self._send(row.model, row.api_base)

    def stop(self) -> bool:
        """End the test under way; return whether there was one."""
        token, self._token = self._token, None
        if token is not None:
            token.set()
        return token is not None

    def _send(self, model: str, api_base: str) -> None:
        token = self._token = CancelToken()

        def ended(tell: Callable[[], None]) -> None:
            if self._token is token:  # else it was stopped
                self._token = None
                tell()

        in_background(
            self._post,
            lambda: self._opener.models.test(model, api_base, token),
            lambda words: ended(lambda: self._say(words)),
            lambda error: ended(lambda: self._say(words_of(error), is_problem=True)),
        )
