"""What servers of the person's own give their models: asked in the background, kept.

Owns who was asked and when to ask again. Knows no kind of server; `discovery` asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from oi_tui.models.choices import ServedModel
from oi_tui.models.discovery import served_at
from oi_tui.models.endpoints import Route

_FIRST_WAIT = 1.0  # seconds that the first question about a model may hold a request up

_SECOND = 2  # the request before which the first one has been answered

AskServer = Callable[[str, str, bool, str], ServedModel | None]


class ServerFacts:
    """Remembers what was answered for each model. Safe from any thread."""

    def __init__(self, ask: AskServer = served_at) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._questions: dict[tuple[str, str], _Question] = {}

    def context_window(self, route: Route) -> int:
        """Return how many tokens a model gets at its server; 0: not known (yet).

        Waits a moment for the first answer, and never for one that is to replace another.
        """
        question = self._question(route)
        question.answered.wait(_FIRST_WAIT)
        return question.served.context_window if question.served is not None else 0

    def ask_ahead(self, route: Route) -> None:
        """Ask now, so that nobody waits later."""
        self._question(route)

    def note_request(self, route: Route) -> None:
        """Ask once more at the second request: the server is there, and has the model loaded now.

        Only where that may bring more than is known.
        """
        place = (route.base, route.model)
        with self._lock:
            question = self._questions.get(place)
            if question is None:
                return
            question.requests += 1
            if question.requests < _SECOND or not question.answered.is_set() or question.is_settled:
                return
            again = _Question(question.served, is_last=True)
            again.answered.set()  # nobody waits for it: what was known before serves meanwhile
            self._questions[place] = again
        self._start(again, route)

    def _question(self, route: Route) -> _Question:
        place = (route.base, route.model)
        with self._lock:
            known = self._questions.get(place)
            if known is not None:
                return known
            question = self._questions[place] = _Question()
        self._start(question, route)
        return question

    def _start(self, question: _Question, route: Route) -> None:
        def run() -> None:
            try:
                found = self._ask(route.base, route.model, route.is_local, route.key)
                question.served = found or question.served
            finally:
                question.answered.set()

        threading.Thread(target=run, name="ask the server", daemon=True).start()


class _Question:
    def __init__(self, served: ServedModel | None = None, is_last: bool = False) -> None:
        self.served = served
        self.requests = 0
        self.answered = threading.Event()
        self._is_last = is_last

    @property
    def is_settled(self) -> bool:
        """Whether another answer would be the same."""
        return self._is_last or (self.served is not None and self.served.is_loaded)
