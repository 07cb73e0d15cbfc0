"""How a conversation is written down for a model: by its file's own template, or its family's.

A file's template is a foreign program in Jinja: it runs in Jinja's sandbox, in the child. Where it
is absent, broken, or Jinja is not there, the form that the family was trained on is used. Knows
no engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oi_tui.models.local.ctransformers.messages import Message, in_turns, without_system
from oi_tui.models.local.ctransformers.time_limit import TookTooLongError, within
from oi_tui.models.local.families import Family

_LONGEST = 2.0  # seconds that a template may take; usual ones take a thousandth
_ALPACA_SYSTEM = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request."
)
_VICUNA_SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions."
)
# Some templates mark what a model is trained on, with a tag that is not Jinja's own.
_TRAINING_MARK = re.compile(r"\{%-?\s*(?:end)?generation\s*-?%\}")


@dataclass(frozen=True, slots=True)
class Marks:
    """The texts of the tokens that begin and end a sequence."""

    begin: str = "<s>"
    end: str = "</s>"


# -- families -------------------------------------------------------------------------------------
def _instructions(turns: Sequence[Message], marks: Marks, system: str) -> str:
    """Llama 2 and those after it: each question in its brackets, each answer with its end."""
    pieces = []
    for number, turn in enumerate(turns):
        if turn.role == "assistant":
            pieces.append(f" {turn.text.strip()} {marks.end}")
        else:
            before = system if number == 0 else ""
            pieces.append(f"{marks.begin}[INST] {before}{turn.text.strip()} [/INST]")
    return "".join(pieces)


def _llama2(messages: Sequence[Message], marks: Marks) -> str:
    system = messages[0].text if messages[0].role == "system" else ""
    before = f"<<SYS>>\n{system}\n<</SYS>>\n\n" if system else ""
    return _instructions(messages[1:] if system else messages, marks, before)


def _mistral(messages: Sequence[Message], marks: Marks) -> str:
    pieces = [marks.begin]
    for turn in without_system(messages):
        if turn.role == "assistant":
            pieces.append(f" {turn.text.strip()}{marks.end}")
        else:
            pieces.append(f"[INST] {turn.text.strip()} [/INST]")
    return "".join(pieces)


def _chatml(messages: Sequence[Message], _marks: Marks) -> str:
    said = "".join(f"<|im_start|>{one.role}\n{one.text}<|im_end|>\n" for one in messages)
    return f"{said}<|im_start|>assistant\n"


def _falcon(messages: Sequence[Message], _marks: Marks) -> str:
    names = {"system": "System", "user": "User", "assistant": "Falcon"}
    said = "".join(f"{names[one.role]}: {one.text.strip()}\n" for one in messages)
    return f"{said}Falcon:"


def _alpaca(messages: Sequence[Message], _marks: Marks) -> str:
    names = {"user": "Instruction", "assistant": "Response"}
    pieces = [] if messages[0].role == "system" else [_ALPACA_SYSTEM]
    for turn in messages:
        text = turn.text.strip()
        pieces.append(f"### {names[turn.role]}:\n{text}" if turn.role in names else text)
    return "\n\n".join([*pieces, "### Response:\n"])


def _vicuna(messages: Sequence[Message], marks: Marks) -> str:
    system = messages[0].text if messages[0].role == "system" else _VICUNA_SYSTEM
    pieces = [system.strip()]
    for turn in messages:
        if turn.role == "user":
            pieces.append(f" USER: {turn.text.strip()}")
        elif turn.role == "assistant":
            pieces.append(f" ASSISTANT: {turn.text.strip()}{marks.end}")
    return "".join([*pieces, " ASSISTANT:"])


_FORMS: Mapping[Family, Callable[[Sequence[Message], Marks], str]] = {
    Family.LLAMA2: _llama2,
    Family.CODE_LLAMA: _llama2,
    Family.MISTRAL: _mistral,
    Family.CHATML: _chatml,
    Family.FALCON: _falcon,
    Family.ALPACA: _alpaca,
    Family.VICUNA: _vicuna,
}
# What a model writes when it goes on to play the other side.
_ENDS: Mapping[Family, tuple[str, ...]] = {
    Family.LLAMA2: ("[INST]",),
    Family.CODE_LLAMA: ("[INST]",),
    Family.MISTRAL: ("[INST]",),
    Family.CHATML: ("<|im_end|>", "<|im_start|>"),
    Family.FALCON: ("\nUser:", "\nFalcon:"),
    Family.ALPACA: ("### Instruction:", "### Response:"),
    Family.VICUNA: ("USER:", "ASSISTANT:"),
}


def by_family(family: Family, messages: Sequence[Message], marks: Marks) -> str:
    """Write a conversation down as a family wants it, up to where the answer begins."""
    return _FORMS[family](in_turns(messages), marks)


# -- a file's own template ------------------------------------------------------------------------
class Template:
    """How one model's conversations are written down."""

    def __init__(self, source: str, family: Family, marks: Marks) -> None:
        self._family, self._marks = family, marks
        self._own = _compiled(source) if source.strip() else None

    @property
    def ends(self) -> tuple[str, ...]:
        """What ends an answer, beside the model's own token for it."""
        return () if self._own is not None else _ENDS[self._family]

    def render(self, messages: Sequence[Message]) -> str:
        """Write a conversation down, up to where the answer begins."""
        if self._own is not None:
            turns = in_turns(messages)
            for form in (messages, turns, without_system(turns)):
                text = self._rendered(form) if self._own is not None else None
                if text is not None:
                    return text
        return by_family(self._family, messages, self._marks)

    def _rendered(self, messages: Sequence[Message]) -> str | None:
        """Return what the file's template makes of messages; None: it refuses them."""
        assert self._own is not None
        own, marks = self._own, self._marks
        given = [{"role": one.role, "content": one.text} for one in messages]
        try:
            text = within(
                _LONGEST,
                lambda: own.render(
                    messages=given,
                    add_generation_prompt=True,
                    bos_token=marks.begin,
                    eos_token=marks.end,
                ),
            )
        except TookTooLongError:
            self._own = None  # it would every time
            return None
        except Exception:
            # A foreign program: what it raises has no bounds, and all of it means "not so".
            return None
        # One that drops a message would make the model forget without a word.
        return str(text) if all(one.text.strip() in text for one in messages) else None


def _compiled(source: str) -> Any:
    """Return the template in Jinja's sandbox; None: it cannot be read, or Jinja is not there."""
    try:
        from jinja2 import TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment
    except ImportError:
        return None

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = _today
    try:
        return environment.from_string(_TRAINING_MARK.sub("", source))
    except (TemplateError, RecursionError):
        return None


def _refuse(words: object) -> None:
    raise ValueError(str(words))


def _today(form: str) -> str:
    return datetime.now().astimezone().strftime(form)
