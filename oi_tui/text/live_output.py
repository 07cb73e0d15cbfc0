"""A run's output as text, row by row while it comes.

Owns what was handed out already. A row that a program rewrites after that (a progress bar that
moves up, say) is handed out once more when it can no longer change.
"""

from __future__ import annotations

from oi_tui.text.ansi import PlainOutput


class LiveOutput:
    """The output of one run."""

    def __init__(self) -> None:
        self._plain = PlainOutput()
        self._shown = ""  # what was handed out of the rows that may still change

    def feed(self, data: bytes) -> str:
        """Take bytes; return the rows that are new."""
        settled = self._plain.feed(data)
        rows = self._plain.open_rows()
        return self._fresh(settled, rows[: rows.rfind("\n") + 1])

    def open_row(self) -> str:
        """Return what is new, and the row that is still being written: a question, perhaps."""
        return self._fresh("", self._plain.open_rows())

    def typed(self, line: str) -> None:
        """Learn that the person saw this line while typing it; its echo is not news."""
        self._shown += line + "\n"

    def finish(self) -> str:
        """Return the rest."""
        return self._fresh(self._plain.finish(), "")

    def _fresh(self, settled: str, unsettled: str) -> str:
        text = settled + unsettled
        if text.startswith(self._shown):
            fresh = text[len(self._shown) :]
            self._shown = text[len(settled) :]
            return fresh
        if not settled:
            return ""  # handed out rows were rewritten: wait until they can't change any more
        fresh = _from_first_other_row(self._shown, settled)
        self._shown = ""
        return fresh + self._fresh("", unsettled)


def _from_first_other_row(before: str, now: str) -> str:
    rows_before, rows = before.split("\n"), now.splitlines(keepends=True)
    same = 0
    while same < min(len(rows_before), len(rows)) and rows_before[same] + "\n" == rows[same]:
        same += 1
    start = "" if before.endswith("\n") or not before else "\n"
    return start + "".join(rows[same:])
