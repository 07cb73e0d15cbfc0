"""What an interpreter does: opens its session, makes turns, keeps settings and messages in step.

Owns the one conversation of an interpreter. The class that programs see is a thin door before it.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oi_tui.api.approval import Approver
from oi_tui.api.chunks import ChunkForm, FlatShape, shape_of
from oi_tui.api.conversation import Conversation
from oi_tui.api.errors import InterpreterError, misuse
from oi_tui.api.history import HandedOut, MessageForm, Messages, messages_of, prompt_of
from oi_tui.api.history import read_messages as read
from oi_tui.api.leaving import close_soon, forget_after_fork
from oi_tui.api.setup import Setup
from oi_tui.api.turns import Asks, Turn
from oi_tui.engine.changes import CHANGEABLE
from oi_tui.engine.live import SessionError
from oi_tui.engine.prompts import built_in_instructions
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.protocol.sessions import ExportFormat
from oi_tui.text.sanitize import plain
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from oi_tui.api.async_turns import AsyncTurn
    from oi_tui.api.terminal_view import TerminalView


class Driver:
    """The workings of one interpreter."""

    def __init__(self, setup: Setup, session_id: str) -> None:
        self.setup = setup
        self.approve: Approver | None = None
        self.chunk_form, self.message_form = ChunkForm.FLAT, MessageForm.FLAT
        self.conversation: Conversation | None = None
        self._wanted = session_id
        self._lock = threading.Lock()
        self._handed = HandedOut()
        self._finalizer: weakref.finalize[..., Driver] | None = None
        forget_after_fork(self)

    # -- the session ----------------------------------------------------------------------------
    def open(self) -> Conversation:
        """Return the conversation, opened at its first use.

        Raises:
            InterpreterError: the session does not exist, or is open elsewhere.
        """
        with self._lock:
            if self.conversation is None:
                self.conversation = self._opened()
            return self.conversation

    def _opened(self) -> Conversation:
        if self.setup.settings.debug:
            self.log()
        remembered: list[str] = []
        opener = self.setup.opener(remembered.append)
        try:
            session = opener.open(self._wanted) if self._wanted else opener.new()
        except SessionError as error:
            raise InterpreterError(ErrorInfo(ErrorKind.STORE, str(error))) from error
        conversation = Conversation(session, remembered)
        self._finalizer = weakref.finalize(self, close_soon, conversation)
        self._finalizer.atexit = False  # `leaving` sees to that
        return conversation

    def close(self) -> None:
        """End the conversation; what was said can still be read."""
        with self._lock:
            conversation = self.conversation
        if conversation is not None:
            conversation.close()

    def reset(self) -> None:
        """End the conversation; the next use begins another one."""
        self.close()
        self.forget()

    def forget(self) -> None:
        """Drop the conversation without ending it."""
        self._lock = threading.Lock()
        self.conversation, self._wanted = None, ""
        if self._finalizer is not None:
            self._finalizer.detach()
        self._handed.forget()

    def stop(self) -> None:
        """End what is under way."""
        conversation = self.conversation
        if conversation is not None:
            conversation.stop()

    # -- settings -------------------------------------------------------------------------------
    def setting(self, name: str) -> Any:
        """Return the value of an attribute that is a setting."""
        settings, conversation = self.setup.settings, self.conversation
        match name:
            case "api_key":
                return self.setup.keys.program_key
            case "system_message":
                return settings.system_message or built_in_instructions()
            case "model" | "api_base" if not settings.model and conversation is not None:
                return getattr(conversation, name)  # what a kept session was left with
        return getattr(settings, name)

    def change(self, name: str, value: object) -> None:
        """Change a setting; it counts from the next request on, or the next conversation."""
        if name == "api_key":
            if not isinstance(value, str | None):
                raise TypeError(tr("api_key is text."))
            self.setup.keys.give(value or "")
            return
        if name == "system_message" and value == built_in_instructions():
            value = ""
        conversation = self.conversation
        is_open = conversation is not None and not conversation.is_closed
        if name == "safe_mode" and is_open:  # nobody shall believe that it is on now
            raise misuse(
                tr("safe_mode cannot change within a conversation."),
                tr("Set it before the first chat, or after reset()."),
            )
        self.setup.change(name, value)
        if name == "debug":
            self.log()
        if conversation is not None and is_open:
            self._tell(conversation, name)

    def _tell(self, conversation: Conversation, name: str) -> None:
        settings = self.setup.settings
        match name:
            case "model" | "api_base":
                conversation.engine.submit(ops.SetModel(settings.model, settings.api_base))
            case "auto_run":
                conversation.engine.submit(ops.SetAutoRun(settings.auto_run))
            case "system_message":
                conversation.engine.submit(ops.SetSystemMessage(settings.system_message))
            case _ if name in CHANGEABLE:
                value = getattr(settings, name)
                text = "" if value is None else str(value)
                conversation.engine.submit(ops.SetSetting(name, text))

    def log(self) -> None:
        """Begin or end the log, as `debug` says."""
        from oi_tui.assembly.debug_log import begin_log, end_log, log_file

        if not self.setup.settings.debug:
            end_log()
        elif not log_file():
            try:
                said = tr("A log is written to {path}", path=begin_log(self.setup.state_folder))
            except OSError as error:
                said = tr("No log is written: {error}", error=error)
            sys.stderr.write(plain(said) + "\n")

    # -- messages -------------------------------------------------------------------------------
    def messages(self) -> Messages:
        """Return a copy of the conversation."""
        if self.conversation is None and not self._wanted:
            return []
        form = self.message_form
        return self.open().with_blocks(lambda blocks: messages_of(blocks, form))

    def handed_out(self) -> Messages:
        """Return the list whose changes count."""
        if self.conversation is None or not self.conversation.is_busy:
            self._take_changes()
        return self._handed.hand_out(self.messages())

    def replace(self, raw: object) -> None:
        """Put other messages in place of the conversation; the shells keep their state."""
        history = read(raw)
        if not history and self.conversation is None:
            return
        problem = self.open().perform(ops.ReplaceHistory(history))
        if problem:
            raise misuse(problem)

    def export(self, form: ExportFormat, path: str) -> Sequence[Path]:
        """Write the conversation to files, named after `path` or its title; return them.

        Raises:
            InterpreterError: nothing was kept that could be written.
            OSError: the files could not be written, or are there already.
        """
        conversation = self.open()
        target = Path(path or conversation.session_id).expanduser().absolute()
        shelf = self.setup.opener(lambda _: None).shelf
        try:
            return shelf.export(conversation.session_id, target, form)
        except SessionError as error:
            raise InterpreterError(ErrorInfo(ErrorKind.STORE, str(error))) from error

    def _take_changes(self) -> None:
        changed = self._handed.changed()
        if changed is not None:
            self.replace(changed)

    # -- turns ----------------------------------------------------------------------------------
    def request(self, message: object) -> ops.Op:
        """Return the op that sends a message: a text, a message, or a whole list of them.

        Raises:
            InterpreterError: it is empty, or an address is not usable.
            TypeError: it is no message.
        """
        self._take_changes()
        if isinstance(message, list | tuple):
            if not message:
                raise misuse(tr("There is no message to send."))
            read(message)  # all of it makes sense, or nothing is changed
            *before, message = message
            self.replace(before)
        text = prompt_of(message)
        if text is None:
            self.replace([*self.messages(), message])
        elif not text.strip():
            raise misuse(tr("The message is empty."))
        conversation = self.open()
        self.prepare(conversation)
        return ops.ContinueTurn() if text is None else ops.SubmitPrompt(text)

    def prepare(self, conversation: Conversation) -> None:
        """Settle where the next request goes."""
        self.setup.before_request()
        settings = self.setup.settings
        known = (conversation.model, conversation.api_base)
        if settings.model and (settings.model, settings.api_base) != known:
            self._tell(conversation, "model")

    def asks(self, *, display: bool, stream: bool, can_ask: bool = False) -> Asks:
        """Return who decides about proposals."""
        if self.approve is not None:
            return Asks.CALLBACK
        if display:
            return Asks.TERMINAL if can_ask else Asks.NOBODY
        return Asks.CONSUMER if stream else Asks.NOBODY

    def turn(self, *, stream: bool, view: TerminalView | None) -> Turn:
        """Return a turn to be followed in this thread."""
        can_ask = view is not None and view.terminal.can_ask
        asks = self.asks(display=view is not None, stream=stream, can_ask=can_ask)
        return Turn(self.open(), asks, shape_of(self.chunk_form), view, self.approve)

    def own_run(self) -> Turn:
        """Return a turn that runs the program's own code."""
        return Turn(self.open(), Asks.NOBODY, FlatShape())

    def async_turn(self, *, stream: bool) -> AsyncTurn:
        """Return a turn to be followed by a task."""
        from oi_tui.api.async_turns import AsyncTurn  # asyncio is not loaded before

        asks = self.asks(display=False, stream=stream)
        return AsyncTurn(self.open(), asks, shape_of(self.chunk_form), self.approve)
