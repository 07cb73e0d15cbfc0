"""`OpenInterpreter`: the attributes and methods that programs use.

Owns the names of Open Interpreter 0.1, its signatures and what they return. The work is the
driver's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Generator
from contextlib import aclosing, nullcontext
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload

from oi_tui.api.approval import Approver
from oi_tui.api.attributes import LanguageModel, Setting, StrictAttributes
from oi_tui.api.chunks import Chunk, ChunkForm
from oi_tui.api.driver import Driver
from oi_tui.api.errors import misuse
from oi_tui.api.history import MessageForm, Messages
from oi_tui.api.setup import Setup
from oi_tui.config.schema import Compaction, SafeMode, ToolMode
from oi_tui.protocol import ops
from oi_tui.protocol.items import Usage
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from oi_tui.models.base import ChatModel

_Form = TypeVar("_Form", bound=StrEnum)


class Attributes(StrictAttributes):
    """The attributes of an interpreter; assigning counts from the next request on."""

    model = Setting[str]()
    temperature = Setting[float | None]()
    api_base = Setting[str]()
    api_key = Setting[str]()
    max_tokens = Setting[int | None]()
    context_window = Setting[int | None]()
    max_budget = Setting[float | None]()
    max_output = Setting[int]()
    max_steps = Setting[int]()
    max_total_tokens = Setting[int | None]()
    max_time = Setting[int | None]()
    auto_run = Setting[bool]()
    safe_mode = Setting[SafeMode | str]()
    tool_mode = Setting[ToolMode | str]()
    compaction = Setting[Compaction | str]()
    system_message = Setting[str]()
    python = Setting[str]()
    debug_mode = Setting[bool]("debug")
    verbose = Setting[bool]("debug")

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._llm = LanguageModel(self)

    def _read_setting(self, name: str) -> Any:
        return self._driver.setting(name)

    def _change_setting(self, name: str, value: object) -> None:
        self._driver.change(name, value)

    @property
    def llm(self) -> LanguageModel:
        """The settings of the model, where 0.4 has them."""
        return self._llm

    @property
    def local(self) -> bool:
        """Whether a server on this machine is looked for, if no `api_base` is set."""
        return self._driver.setup.is_local

    @local.setter
    def local(self, on: bool) -> None:
        self._driver.setup.is_local = _truth("local", on)

    @property
    def conversation_history(self) -> bool:
        """Whether conversations are kept on disk; counts from the next one on."""
        return not self._driver.setup.settings.ephemeral

    @conversation_history.setter
    def conversation_history(self, on: bool) -> None:
        self._driver.change("ephemeral", not _truth("conversation_history", on))

    @property
    def conversation_history_path(self) -> str:
        """The folder in which conversations are kept; `OI_TUI_HOME` moves it."""
        return str(self._driver.setup.sessions_folder)

    @property
    def session_id(self) -> str:
        """The kept conversation, for `oi-tui --resume`; empty: none was begun."""
        conversation = self._driver.conversation
        return conversation.session_id if conversation is not None else ""

    @property
    def approve(self) -> Approver | None:
        """The function that decides about proposals; None: see `chat`."""
        return self._driver.approve

    @approve.setter
    def approve(self, approver: Approver | None) -> None:
        if approver is not None and not callable(approver):
            raise TypeError(tr("approve is a function that takes a proposal, or None."))
        self._driver.approve = approver

    @property
    def chunk_form(self) -> str:
        """The shape of chunks: `flat`, or `0.1`."""
        return self._driver.chunk_form.value

    @chunk_form.setter
    def chunk_form(self, form: str) -> None:
        self._driver.chunk_form = _form("chunk_form", ChunkForm, form)

    @property
    def message_form(self) -> str:
        """The shape of messages: `flat`, or `0.1`."""
        return self._driver.message_form.value

    @message_form.setter
    def message_form(self, form: str) -> None:
        self._driver.message_form = _form("message_form", MessageForm, form)

    @property
    def messages(self) -> Messages:
        """What was said. Changes of the list count, and another one may be assigned."""
        return self._driver.handed_out()

    @messages.setter
    def messages(self, messages: Messages) -> None:
        self._driver.replace(messages)

    @property
    def usage(self) -> Usage:
        """Tokens and US dollars (None: unknown) of this conversation so far."""
        conversation = self._driver.conversation
        return conversation.usage if conversation is not None else Usage()

    @property
    def last_end(self) -> str:
        """Why the last chat ended: completed, stopped, interrupted, failed, limit; empty: none."""
        conversation = self._driver.conversation
        end = conversation.last_end if conversation is not None else None
        return end.value if end is not None else ""


class OpenInterpreter(Attributes):
    """An interpreter with a conversation and shells of its own; several may be used at once.

    `session_id` goes on with a kept conversation, `profile` names a profile of the settings,
    `model_port` is a model of one's own (see docs/python.md); everything else is an attribute.
    """

    def __init__(
        self,
        *,
        session_id: str = "",
        profile: str = "",
        model_port: ChatModel | None = None,
        **attributes: Any,
    ) -> None:
        super().__init__(Driver(Setup(model_port, profile), session_id))
        for name, value in attributes.items():
            try:
                setattr(self, name, value)
            except AttributeError as error:
                raise TypeError(str(error)) from None

    # -- talking --------------------------------------------------------------------------------
    @overload
    def chat(
        self, message: object = None, display: bool = True, stream: Literal[False] = False
    ) -> Messages: ...

    @overload
    def chat(
        self, message: object = None, display: bool = True, *, stream: Literal[True]
    ) -> Generator[Chunk, None, None]: ...

    def chat(
        self, message: object = None, display: bool = True, stream: bool = False
    ) -> Messages | Generator[Chunk, None, None]:
        """Send a message (text, a message, or a list of them) and follow what it brings.

        Without `message`: a conversation in the terminal, until Ctrl-D. `display` draws in the
        terminal and asks there. `stream` returns a generator of chunks; without `display`, going
        on at the confirmation chunk approves its code, and leaving the loop refuses it.

        Returns:
            All messages of the conversation, unless `stream` is set.

        Raises:
            InterpreterError: the model or the disk failed; what was said until then is kept.
            KeyboardInterrupt: at the second Ctrl-C with `display`, at the first one without.
        """
        if message is None:
            if stream or not display:
                raise misuse(
                    tr("There is no message to send."),
                    tr("chat() alone is a conversation in the terminal."),
                )
            return self._converse()
        if stream:
            return self._stream(message, display)
        view = _view() if display else None
        op = self._driver.request(message)
        turn = self._driver.turn(stream=False, view=view)
        with turn.ladder if view is not None else nullcontext():
            for _chunk in turn.follow(op):
                pass
        return self._driver.messages()

    def _stream(self, message: object, display: bool) -> Generator[Chunk, None, None]:
        view = _view() if display else None
        op = self._driver.request(message)
        yield from self._driver.turn(stream=True, view=view).follow(op)

    def _converse(self) -> Messages:
        from oi_tui.api.prompt_loop import PromptLoop

        return PromptLoop(self, self._driver, _view()).run()

    @overload
    def achat(self, message: object, stream: Literal[False] = False) -> Awaitable[Messages]: ...

    @overload
    def achat(self, message: object, stream: Literal[True]) -> AsyncGenerator[Chunk, None]: ...

    def achat(
        self, message: object, stream: bool = False
    ) -> Awaitable[Messages] | AsyncGenerator[Chunk, None]:
        """As `chat(message, display=False, stream=...)`, for asyncio; cancelling stops the turn.

        `approve` may be a coroutine function here.
        """
        return self._astream(message) if stream else self._achat(message)

    async def _achat(self, message: object) -> Messages:
        op = self._driver.request(message)
        async with aclosing(self._driver.async_turn(stream=False).follow(op)) as chunks:
            async for _chunk in chunks:
                pass
        return self._driver.messages()

    async def _astream(self, message: object) -> AsyncGenerator[Chunk, None]:
        op = self._driver.request(message)
        async with aclosing(self._driver.async_turn(stream=True).follow(op)) as chunks:
            async for chunk in chunks:
                yield chunk

    # -- running --------------------------------------------------------------------------------
    @overload
    def run(self, language: str, code: str, stream: Literal[False] = False) -> Messages: ...

    @overload
    def run(
        self, language: str, code: str, stream: Literal[True]
    ) -> Generator[Chunk, None, None]: ...

    def run(
        self, language: str, code: str, stream: bool = False
    ) -> Messages | Generator[Chunk, None, None]:
        """Run code of your own in the shells of the conversation, without asking.

        Returns:
            What it printed and showed, as messages; with `stream` a generator of flat chunks.

        Raises:
            InterpreterError: nothing here runs the language.
        """
        chunks = self._run(language, code)
        return chunks if stream else _joined(chunks)

    def _run(self, language: str, code: str) -> Generator[Chunk, None, None]:
        for chunk in self._driver.own_run().follow(ops.RunCode(language, code)):
            if chunk["role"] == "computer":
                yield chunk

    # -- beginning and ending -------------------------------------------------------------------
    def stop(self) -> None:
        """End what is under way, from any thread; the chat returns and its state is kept."""
        self._driver.stop()

    def reset(self) -> None:
        """Begin anew: another conversation, fresh shells. Settings stay, the old one is kept."""
        self._driver.reset()

    def close(self) -> None:
        """End the shells; what was said can still be read. Happens by itself at the end."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<OpenInterpreter model={self.model!r} session_id={self.session_id!r}>"


def _view() -> Any:
    from oi_tui.api.terminal_view import TerminalView  # Rich is not loaded before

    return TerminalView()


def _joined(chunks: Generator[Chunk, None, None]) -> Messages:
    """Return chunks as messages: what belongs together in one."""
    messages: Messages = []
    is_new = True
    for chunk in chunks:
        is_new = is_new or "start" in chunk
        if "content" not in chunk or chunk.get("format") == "active_line":
            continue
        if is_new:
            messages.append(dict(chunk))
        else:
            messages[-1]["content"] = str(messages[-1]["content"]) + str(chunk["content"])
        is_new = False
    return messages


def _truth(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(tr("{name} is True or False.", name=name))
    return value


def _form(name: str, kind: type[_Form], value: object) -> _Form:
    for member in kind:
        if value == member.value:
            return member
    known = ", ".join(repr(str(member.value)) for member in kind)
    raise ValueError(tr("{name} is one of: {known}.", name=name, known=known))
