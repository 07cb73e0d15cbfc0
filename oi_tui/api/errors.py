"""The one exception of the Python interface. Knows no provider and no session."""

from __future__ import annotations

from oi_tui.engine.wording import error_text
from oi_tui.protocol.items import ErrorInfo, ErrorKind


class InterpreterError(Exception):
    """Something could not be done. Decide by `kind`; the text is for a person."""

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(error_text(info))
        self.info = info

    @property
    def kind(self) -> ErrorKind:
        """Which of the closed set of failures it is, such as `ErrorKind.RATE_LIMIT`."""
        return self.info.kind


def misuse(title: str, hint: str = "") -> InterpreterError:
    """Return the error for a call that makes no sense now."""
    return InterpreterError(ErrorInfo(ErrorKind.BAD_REQUEST, title, hint=hint))
