"""The prompt: several lines of text, a history, and a draft that is never lost.

Owns what the person is writing. A sent text stays in place until it is known to be recorded
(`accept`). Knows no command, no engine and no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from oi_tui.text.sanitize import plain
from oi_tui.text.translation import tr
from oi_tui.ui.widgets.completion import Candidate, Completion
from oi_tui.ui.widgets.prompt_history import PromptHistory
from oi_tui.ui.widgets.text_fields import OrderedTextArea

PASTE_LIMIT = 1_000_000  # characters; more is a file, not a prompt
Completer = Callable[[str], Sequence[Candidate]]


class Prompt(OrderedTextArea):
    """Where the person writes. Grows to eight rows, then scrolls."""

    DEFAULT_CSS = """
    Prompt {
        height: auto;
        max-height: 8;
        border: none;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & .text-area--placeholder { color: $muted; }
    }
    """

    @dataclass
    class Submitted(Message):
        """Enter was pressed. Nothing is cleared: the receiver calls `hold` or `take`."""

        prompt: Prompt
        text: str

    @dataclass
    class PasteCut(Message):
        """A paste was longer than `PASTE_LIMIT`; `dropped` characters were left out."""

        dropped: int

    class HelpRequested(Message):
        """The help key was pressed in an empty prompt."""

    class EndRequested(Message):
        """The key for the end of input was pressed in an empty prompt."""

    def __init__(
        self, keys: Mapping[str, str], completion: Completion, *, placeholder: str = ""
    ) -> None:
        super().__init__(placeholder=placeholder, compact=True, highlight_cursor_line=False)
        self._action_of_key = keys
        self._completion = completion
        self._completer: Completer | None = None
        self._offered = ""  # the text that ways on were last looked for
        self._history = PromptHistory()
        self._held = ""
        self._before_search: str | None = None  # the draft, while the history is searched
        self._actions: dict[str, Callable[[], bool]] = {
            "prompt.send": self._send,
            "prompt.newline": lambda: bool(self._replace_via_keyboard("\n", *self.selection)),
            "prompt.history_previous": lambda: self._step_or_choose(-1),
            "prompt.history_next": lambda: self._step_or_choose(1),
            "prompt.history_search": self._search_history,
            "prompt.complete": self._complete,
            "prompt.undo": self._undo,
            "prompt.end_of_input": lambda: self._tell_if_empty(self.EndRequested()),
            "prompt.help": lambda: self._tell_if_empty(self.HelpRequested()),
        }

    # -- what others do with it ---------------------------------------------------------------
    def use_completer(self, completer: Completer) -> None:
        """Ask this for candidates whenever the text changes."""
        self._completer = completer

    def set_history(self, prompts: Sequence[str]) -> None:
        """Offer these as the newest of the earlier prompts, oldest first."""
        self._history.add_newer(prompts)

    def add_older(self, prompts: Sequence[str]) -> None:
        """Offer these too, oldest first, before all that are offered already."""
        self._history.add_older(prompts)

    def hold(self, text: str) -> None:
        """Remember that `text` was sent; it stays until `accept` or `release`."""
        self._held = text
        self.add_class("-held")

    @property
    def held(self) -> str:
        """What was sent and is not recorded yet."""
        return self._held

    def accept(self, text: str) -> None:
        """Remove a sent text that is now recorded; what was typed after it stays."""
        if self._held and text == self._held:
            self.release()
            self._history.remember(text)
            rest = self.text.lstrip()
            if rest.startswith(text):
                self._put(rest[len(text) :].lstrip("\n"))

    def release(self) -> None:
        """Stop waiting: the text could not be recorded and stays as a draft."""
        self._held = ""
        self.remove_class("-held")

    def take(self) -> str:
        """Return the draft and clear it; Up brings it back."""
        text = self.text
        self._history.remember(text)
        self._put("")
        return text

    def type_text(self, text: str) -> None:
        """Type something that landed elsewhere."""
        self._replace_via_keyboard(plain(text), *self.selection)

    def put(self, text: str) -> None:
        """Replace the draft, which Up brings back."""
        if self.text.strip():
            self._history.remember(self.text)
        self._put(plain(text))

    def give_back(self, text: str) -> None:
        """Put a text that was not sent before what is written now, but behind what is held."""
        draft = self.text.lstrip()
        held = self._held if draft.startswith(self._held) else ""
        parts = (held, plain(text), draft[len(held) :].lstrip("\n"))
        self._put("\n".join(part for part in parts if part))

    # -- keys ---------------------------------------------------------------------------------
    async def _on_key(self, event: events.Key) -> None:
        act = self._actions.get(self._action_of_key.get(event.key, ""))
        before = self._before_search
        if before is not None and event.key == "escape":
            act = partial(self._end_search, before)
        if act is not None and act():
            event.stop()
            event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = event.text
        if len(text) > PASTE_LIMIT:
            self.post_message(self.PasteCut(len(text) - PASTE_LIMIT))
            text = text[:PASTE_LIMIT]
        self.type_text(text)

    def _send(self) -> bool:
        self._offer()
        chosen = self._completion.chosen
        if self._before_search is not None:
            return self._end_search(chosen.text if chosen else self.text)
        if chosen is not None and chosen.text.strip() != self.text.strip():
            return self._complete()
        row, column = self.cursor_location
        if column and self.document[row][:column].endswith("\\"):
            self.replace("\n", (row, column - 1), (row, column))
            return True
        if self.text.strip() and not self._held:
            self._completion.show(())
            self.post_message(self.Submitted(self, self.text.strip("\n")))
        return True

    def _step_or_choose(self, rows: int) -> bool:
        if self._completion.is_open:
            self._completion.move(rows)
            return True
        row = self.wrapped_document.location_to_offset(self.cursor_location).y
        edge = 0 if rows < 0 else self.wrapped_document.height - 1
        text = self._history.step(rows, self.text) if row == edge else None
        if text is None:
            return False
        self._put(text)
        if rows < 0:
            self.move_cursor((0, len(self.document[0])))
        return True

    def _undo(self) -> bool:
        self.undo()
        return True

    def _search_history(self) -> bool:
        if self._before_search is None:
            self._before_search = self.text
            self._completion.show(*_found(self._history, self.text))
        else:
            self._completion.move(1)
        return True

    def close_list(self) -> None:
        """Close the list above the prompt; a search gives the draft back."""
        self._completion.show(())
        if self._before_search is not None:
            self._end_search(self._before_search)

    def _end_search(self, text: str) -> bool:
        self._before_search = None
        self._completion.show(())
        self._put(text)
        return True

    def _complete(self) -> bool:
        self._offer()
        chosen = self._completion.chosen
        if self._before_search is not None:
            return self._end_search(chosen.text if chosen else self.text)
        if chosen is None:
            return False
        self._completion.show(())
        self._put(chosen.text)
        return True

    def _tell_if_empty(self, message: Message) -> bool:
        if self.text:
            return False
        self.post_message(message)
        return True

    def _put(self, text: str) -> None:
        """Replace everything, so that undo brings it back."""
        self.replace(text, self.document.start, self.document.end)
        self.move_cursor(self.document.end)

    def _on_text_area_changed(self, message: TextArea.Changed) -> None:
        message.stop()
        self._offer()

    def _offer(self) -> None:
        """Bring the list up to the text: fast keys are ahead of the news of a change."""
        text = self.text
        if text == self._offered:
            return  # the choice stays, and a list that was closed stays closed
        self._offered = text
        if self._before_search is not None:
            self._completion.show(*_found(self._history, text))
        elif self._completer is not None:
            self._completion.show(self._completer(text))


def _found(history: PromptHistory, text: str) -> tuple[list[Candidate], str]:
    """Return the earlier prompts with a text, the newest first, and what to say if none has it."""
    return [Candidate(entry) for entry in history.holding(text)], tr(
        "No earlier prompt has this · Esc"
    )
