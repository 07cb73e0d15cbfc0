"""What the person does in the live output, as messages of `OutputView`. Knows no widget."""

from __future__ import annotations

from textual.message import Message


class Typed(Message, namespace="output_view"):
    """These bytes go to the program that runs."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data


class Resized(Message, namespace="output_view"):
    """Terminals should have this size."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__()
        self.columns, self.rows = columns, rows


class InterruptRequested(Message, namespace="output_view"):
    """The person pressed Ctrl+C while typing into a program."""


class CopyRequested(Message, namespace="output_view"):
    """This text goes to the clipboard."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class SaveRequested(Message, namespace="output_view"):
    """This output of a shell goes to a file."""

    def __init__(self, language: str, text: str) -> None:
        super().__init__()
        self.language, self.text = language, text


class RestartRequested(Message, namespace="output_view"):
    """This shell should be started fresh; ask first."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language


class TypingChanged(Message, namespace="output_view"):
    """Keys go to a program from now on, or no longer."""

    def __init__(self, typing: bool) -> None:
        super().__init__()
        self.typing = typing
