"""Who may let code run: the policy, and the box in which a proposal waits for a person.

Nothing here ever approves by itself: time, closing and interrupting all deny. An approval counts
only for the digest that is in the box at that moment. Knows no widget, no shell and no journal.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from oi_tui.protocol.items import APPROVING, Decider, Decision, digest_of

AUTO_RUNS = 25  # that many runs after one prompt without asking; then a person looks again


class Policy:
    """When code runs without a question. Switched from any thread, asked by the engine's."""

    def __init__(self, auto_run: bool = False) -> None:
        self.auto_run = auto_run
        self._granted: frozenset[str] = frozenset()

    def grant(self, language: str) -> None:
        """Let later proposals in `language` run without asking, until `forget`."""
        self._granted |= {language}

    def forget(self) -> None:
        """Ask for every language again."""
        self._granted = frozenset()

    def decider(self, language: str, unasked_runs: int) -> Decider | None:
        """Return who already allowed a run in `language`, or None: ask the person."""
        if unasked_runs >= AUTO_RUNS:
            return None
        if self.auto_run:
            return Decider.AUTO_RUN
        return Decider.SESSION_GRANT if language in self._granted else None


@dataclass(frozen=True, slots=True)
class Edited:
    """The code in the box was replaced."""

    code: str
    digest: str


@dataclass(frozen=True, slots=True)
class Mismatched:
    """Somebody decided about other code than is in the box."""


@dataclass(frozen=True, slots=True)
class ScanAsked:
    """The person wants what is in the box scanned."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The box is closed; `digest` is that of the code that was in it."""

    decision: Decision
    by: Decider
    digest: str
    reason: str = ""


Answer = Edited | Mismatched | ScanAsked | Resolved


class ApprovalBox:
    """Holds at most one open proposal. The first valid answer wins."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._call_id = ""  # empty: nothing is open
        self._digest = ""
        self._answers: deque[Answer] = deque()

    def open(self, call_id: str, digest: str) -> None:
        """Put a proposal up for decision."""
        with self._changed:
            self._call_id, self._digest = call_id, digest
            self._answers.clear()

    def wait(self) -> Answer:
        """Return the next thing that happened to the open proposal; blocks as long as it takes."""
        with self._changed:
            while not self._answers:
                self._changed.wait()
            return self._answers.popleft()

    def decide(self, call_id: str, decision: Decision, digest: str, reason: str = "") -> bool:
        """Answer the open proposal; any thread. False if it is not open or `digest` is not its.

        Denying needs no digest that fits: it lets nothing run.
        """
        with self._changed:
            if not call_id or call_id != self._call_id:
                return False
            if decision in APPROVING and digest != self._digest:
                self._tell(Mismatched())
                return False
            self._close(Resolved(decision, Decider.USER, self._digest, reason))
            return True

    def edit(self, call_id: str, code: str) -> bool:
        """Replace the code of the open proposal; any thread. False if it is not open."""
        with self._changed:
            if not call_id or call_id != self._call_id:
                return False
            self._digest = digest_of(code)
            self._tell(Edited(code, self._digest))
            return True

    def ask_scan(self, call_id: str) -> bool:
        """Have the open proposal scanned; any thread. False if it is not open."""
        with self._changed:
            if not call_id or call_id != self._call_id:
                return False
            self._tell(ScanAsked())
            return True

    @property
    def has_answer(self) -> bool:
        """Whether something happened that `wait` would return at once."""
        return bool(self._answers)

    def deny(self, by: Decider) -> None:
        """Close what is open without letting it run; any thread."""
        with self._changed:
            if self._call_id:
                self._close(Resolved(Decision.STOP, by, self._digest))

    def _close(self, answer: Resolved) -> None:
        self._call_id = ""
        self._tell(answer)

    def _tell(self, answer: Answer) -> None:
        self._answers.append(answer)
        self._changed.notify_all()
