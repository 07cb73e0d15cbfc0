"""Reads a script from a JSON file, for demonstrations and tests of the whole program.

The file holds a list of replies; a reply is a text or a list of parts: a text, or an object with
one of `say`, `reason`, `fence` and `propose` ({"language", "code"}), `call` ({"name",
"arguments"}), `fail` (a kind) or `cut_off`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oi_tui.models.base import ModelError
from oi_tui.models.scripted import (
    Call,
    CutOff,
    Fault,
    Fence,
    Proposal,
    Prose,
    Reasoning,
    Reply,
    Script,
    ScriptedModel,
    ScriptPart,
)
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr

_CHUNK = 12  # characters of one delta


def open_script(path: str) -> ScriptedModel:
    """Return a model that follows the script in a file.

    Raises:
        ModelError: there is no such file, or it is no script.
    """
    try:
        replies = json.loads(Path(path).read_text(encoding="utf-8"))
        return ScriptedModel([script_of(reply) for reply in replies])
    except (OSError, ValueError, KeyError, TypeError) as error:
        title = tr("The script {path} cannot be read.", path=path)
        raise ModelError(ErrorInfo(ErrorKind.CONFIG, title, str(error))) from None


def script_of(reply: object) -> Script:
    """Return one reply of a script; raises ValueError, KeyError or TypeError."""
    parts = [reply] if isinstance(reply, str) else reply
    if not isinstance(parts, list):
        raise TypeError(tr("A reply is a text or a list of parts."))
    return Reply(tuple(_part(part) for part in parts), chunk=_CHUNK)


def _part(part: Any) -> ScriptPart:
    match part:
        case str():
            return Prose(part)
        case {"say": str(text)}:
            return Prose(text)
        case {"reason": str(text)}:
            return Reasoning(text)
        case {"fence": {"language": str(language), "code": str(code)}}:
            return Fence(language, code)
        case {"propose": {"language": str(language), "code": str(code)}}:
            return Proposal(language, code)
        case {"call": {"name": str(name), "arguments": str(arguments)}}:
            return Call(name, arguments)
        case {"fail": str(kind)}:
            return Fault(ErrorKind(kind))
        case {"cut_off": True}:
            return CutOff()
    raise ValueError(tr("Not a part of a script: {part}", part=part))
