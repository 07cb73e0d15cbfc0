"""A list of messages in either form of Open Interpreter, read strictly into blocks.

Owns what is accepted and the words for what is not: the first message that is wrong is named by
its number. Nothing is fetched: a picture that is only named stays a name. Pure.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import NoReturn

from oi_tui.formats.kinds import FormatError
from oi_tui.protocol.codec import clean
from oi_tui.protocol.items import Decider, Decision, Origin, RunStatus
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.transcript import Block, CodeBlock, CodeState, Display, PromptBlock, ProseBlock

PICTURE = "[picture]"
MOST_MESSAGES = 100_000
MOST_CHARACTERS = 2_000_000  # of one text: it becomes one record of a journal
MOST_PICTURE = 8 << 20  # bytes
_LONG_PROMPT = 20_000  # characters; nothing is added to it: adding copies it
DEFAULT_LANGUAGE = "python"  # what Open Interpreter runs if nothing is said

_OLD_KEYS = ("message", "code", "output")
_ROLES = ("user", "assistant", "computer", "system")
_PASSING = ("confirmation", "status")  # said while streaming, no part of a conversation
_PICTURES = {"base64": "png", "base64.png": "png", "base64.jpeg": "jpeg", "base64.jpg": "jpeg"}
_PICTURES |= {"base64.gif": "gif", "base64.webp": "webp"}


def blocks_from(raw: object) -> list[Block]:
    """Return the conversation that a list of messages tells.

    Raises:
        FormatError: it is no such list.
    """
    if not isinstance(raw, list | tuple):
        raise FormatError(tr("A list of messages is expected."))
    if len(raw) > MOST_MESSAGES:
        raise FormatError(tr("There are more than {count} messages.", count=MOST_MESSAGES))
    reader = _Reader()
    for number, message in enumerate(raw, 1):
        reader.read(number, message)
    return reader.blocks


class _Reader:
    """Follows the messages; outputs and pictures belong to the code before them."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._number = 0

    def read(self, number: int, message: object) -> None:
        self._number = number
        if not isinstance(message, Mapping):
            self._refuse(tr("an object with a role is expected"))
        role = message.get("role")
        if role not in _ROLES:
            self._refuse(tr("its role is to be user, assistant or computer"))
        if role == "system":
            return  # instructions come from the settings, never from a file
        if "type" in message or "content" in message:
            self._flat(role, message)
        elif any(key in message for key in _OLD_KEYS):
            self._old(role, message)
        elif not ("start" in message or "end" in message):  # what a stream begins and ends with
            self._refuse(tr("it holds no content, message, code or output"))

    def _refuse(self, why: str) -> NoReturn:
        raise FormatError(tr("Message {number}: {why}.", number=self._number, why=why))

    def _text(self, message: Mapping[object, object], key: str) -> str:
        """Return a text that may be missing."""
        value = message.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._refuse(tr("{key} is to be a text", key=key))
        if len(value) > MOST_CHARACTERS and key != "image":
            self._refuse(tr("{key} is too long", key=key))
        return clean(value)

    # -- the older form -------------------------------------------------------------------------
    def _old(self, role: str, message: Mapping[object, object]) -> None:
        self._say(role, self._text(message, "message"))
        if "image" in message:
            self._note(role, PICTURE)
        code = self._text(message, "code")
        if code:
            self._add_code(role, self._text(message, "language"), code)
        if message.get("output") is not None:
            output = self._text(message, "output")
            if output or code:  # a lone empty output ends a stream of 0.1.5
                self._print(output)

    # -- the flat form --------------------------------------------------------------------------
    def _flat(self, role: str, message: Mapping[object, object]) -> None:
        kind = message.get("type", "message")
        if not isinstance(kind, str):
            self._refuse(tr("{key} is to be a text", key="type"))
        if "content" not in message and ("start" in message or "end" in message):
            return
        form = self._text(message, "format")
        if kind in _PASSING or (kind == "console" and form == "active_line"):
            return
        if "content" not in message:
            self._refuse(tr("it has no content"))
        if kind == "image":
            self._picture(role, form, message)
            return
        content = self._content(message)
        match kind:
            case "message":
                self._say(role, content)
            case "console":
                self._print(content)
            case "code" if role == "computer":
                self._show(form, content)
            case "code":
                self._add_code(role, form, content)
            case _:
                self._note(role, f"[{one_line(kind, 40)}: {content}]")

    def _content(self, message: Mapping[object, object]) -> str:
        content = message["content"]
        if content is not None and not isinstance(content, str):
            self._refuse(tr("its content is to be a text"))
        return self._text(message, "content")

    def _picture(self, role: str, form: str, message: Mapping[object, object]) -> None:
        content = message["content"]
        if not isinstance(content, str):
            self._refuse(tr("its content is to be a text"))
        kind = _PICTURES.get(form)
        if kind is None:
            said = one_line(clean(content), 200) if form in ("path", "description") else ""
            self._note(role, f"[picture: {said}]" if said else PICTURE)
            return
        data = _decoded(content)
        block = self._last_code()
        if data is None or block is None or role == "user":
            self._note(role, PICTURE)
        else:
            block.displays.append(Display(f"image/{kind}", data))

    # -- what they mean -------------------------------------------------------------------------
    def _say(self, role: str, text: str) -> None:
        if not text.strip():
            return
        if role == "user":
            self.blocks.append(PromptBlock("", 0, text))
        elif role == "assistant":
            self.blocks.append(ProseBlock("", 0, [text], finished=True))
        else:
            self._note(role, f"[{text}]")

    def _note(self, role: str, text: str) -> None:
        """Keep as text what has no better place."""
        last = self.blocks[-1] if self.blocks else None
        if role != "user":
            self.blocks.append(ProseBlock("", 0, [text], finished=True))
        elif isinstance(last, PromptBlock) and len(last.text) < _LONG_PROMPT:
            last.text += f"\n{text}"
        else:
            self.blocks.append(PromptBlock("", 0, text))

    def _add_code(self, role: str, language: str, code: str) -> None:
        origin = Origin.PERSON if role == "user" else Origin.CALL
        block = CodeBlock(str(origin), 0, language.strip() or DEFAULT_LANGUAGE, [code])
        block.state = CodeState.REJECTED
        self.blocks.append(block)

    def _last_code(self) -> CodeBlock | None:
        last = self.blocks[-1] if self.blocks else None
        return last if isinstance(last, CodeBlock) else None

    def _print(self, text: str) -> None:
        block = self._last_code()
        if block is None:
            if text.strip():
                self._note("computer", f"[{text}]")
            return
        block.state, block.decision, block.by = CodeState.FINISHED, Decision.APPROVE, Decider.USER
        block.output.head += text.encode("utf-8")
        is_bad = block.status is RunStatus.ERROR or "Traceback (most recent call last)" in text
        block.status = RunStatus.ERROR if is_bad else RunStatus.OK

    def _show(self, form: str, text: str) -> None:
        """Something rich that code showed: inert wherever it is looked at."""
        block = self._last_code()
        if block is None:
            self._note("computer", f"[{one_line(form, 40)}]")
            return
        is_drawing = text.lstrip().startswith(("<svg", "<?xml"))
        kinds = {"html": "image/svg+xml" if is_drawing else "text/html"}
        mime = kinds.get(form, "text/javascript" if form == "javascript" else "text/plain")
        block.displays.append(Display(mime, text.encode("utf-8")))


def _decoded(content: str) -> bytes | None:
    """Return the bytes of a picture, or None if they are none or too many."""
    if len(content) > MOST_PICTURE // 3 * 4 + 4:
        return None
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data or None
