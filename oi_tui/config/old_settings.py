"""What the settings of Open Interpreter mean here: `config.yaml` of 0.1 and profiles of 0.4.

Owns the names that are taken over, those that are called otherwise here, and why the rest is left
out. Knows no file and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from oi_tui.config.fields import setting_fields

API_KEY = "api_key"
# Open Interpreter copied its prompt into each person's file once; newer instructions never reached
# them.
_SHIPPED_PROMPT = "You are Open Interpreter, a world-class programmer"
# Tables of 0.4 whose entries stand for themselves.
_TABLES = ("llm", "computer")

_NO_COMPUTER = "there is no computer API here"
_NO_PROCEDURES = "there are no procedures here"
_KEPT = "every session is kept, in a place of its own"
_LEFT_OUT = {
    "local": "a model on this machine is chosen by its name, local/OWNER/NAME, or by --local",
    "offline": "nothing is contacted that you did not choose",
    "disable_telemetry": "there is no telemetry",
    "contribute_conversation": "nothing is sent to anybody but the model",
    "api_version": "it is not needed here",
    "conversation_filename": _KEPT,
    "conversation_history_path": _KEPT,
    "disable_procedures": _NO_PROCEDURES,
    "procedures": _NO_PROCEDURES,
    "num_procedures": _NO_PROCEDURES,
    "download_open_procedures": _NO_PROCEDURES,
    "gguf_quality": "a model on this machine is named with its file: local/OWNER/NAME:Q4_K_M",
    "vision": "pictures are not sent to models yet",
    "supports_vision": "pictures are not sent to models yet",
    "execution_instructions": "the built-in instructions say how code runs here",
    "custom_instructions": "system_message replaces the instructions; nothing is added to them",
    "import_computer_api": _NO_COMPUTER,
    "languages": "the languages are those that work on this machine",
    "os": _NO_COMPUTER,
    "speak_messages": "nothing is spoken here",
    "loop": "max_steps says how long the model goes on by itself",
    "shrink_images": "pictures are not sent to models yet",
    "multi_line": "the prompt takes several lines",
    "plain_text_display": "oi-tui run prints plain text",
    "version": "it is the version of that file",
}
_EMPTY = "it has no value"
_OLD_PROMPT = "it is the prompt that was shipped; the built-in instructions are newer"
_UNKNOWN = "there is no such setting here"
_RENAMED = {"debug_mode": "debug", "verbose": "debug"}


class Fate(StrEnum):
    """What becomes of a key of Open Interpreter."""

    TAKEN = "taken"
    RENAMED = "renamed"
    KEY = "key"  # a secret: it belongs into the key store, never into a settings file
    LEFT_OUT = "left out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OldSetting:
    """One key of a file of Open Interpreter; `why` is an English source, for what is left out."""

    key: str  # as it stands there, with its table: `llm.model`
    fate: Fate
    name: str = ""  # the setting that it becomes
    value: object = None
    why: str = ""


def old_settings(loaded: Mapping[object, object]) -> Iterator[OldSetting]:
    """Return what becomes of each key of a file; values are not checked."""
    for key, value in loaded.items():
        if key in _TABLES and isinstance(value, dict):
            for inner, entry in value.items():
                yield _judged(f"{key}.{inner}", str(inner), entry)
        else:
            yield _judged(str(key), str(key), value)


def _judged(key: str, name: str, value: object) -> OldSetting:
    if name in _LEFT_OUT:
        return OldSetting(key, Fate.LEFT_OUT, why=_LEFT_OUT[name])
    if value is None or value == "":
        return OldSetting(key, Fate.LEFT_OUT, why=_EMPTY)
    if name == API_KEY:
        return OldSetting(key, Fate.KEY, value=value if isinstance(value, str) else "")
    if name == "system_message" and _is_shipped(value):
        return OldSetting(key, Fate.LEFT_OUT, why=_OLD_PROMPT)
    if (meant := _meant(name, value)) is not None:
        return OldSetting(key, Fate.RENAMED, *meant)
    if name not in setting_fields():
        return OldSetting(key, Fate.UNKNOWN, name, value, _UNKNOWN)
    # YAML reads the bare word `off` as false.
    taken = "off" if name == "safe_mode" and value is False else value
    return OldSetting(key, Fate.TAKEN, name, taken)


def _is_shipped(value: object) -> bool:
    return isinstance(value, str) and value.lstrip().startswith(_SHIPPED_PROMPT)


def _meant(name: str, value: object) -> tuple[str, object] | None:
    """Return the setting of ours that a key of another name stands for, with its value."""
    if name in _RENAMED:
        return _RENAMED[name], value
    if name in ("function_calling_llm", "supports_functions") and isinstance(value, bool):
        return "tool_mode", "tools" if value else "fences"
    if name == "conversation_history" and isinstance(value, bool):
        return "ephemeral", not value
    return None
