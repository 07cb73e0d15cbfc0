"""Sessions as files of other formats: one door, one module behind it for each format.

Pure: events in, bytes out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from oi_tui.formats.kept import kept_session
from oi_tui.formats.kinds import ExportedFile
from oi_tui.formats.markdown import markdown
from oi_tui.formats.messages import flat_messages
from oi_tui.formats.notebook import notebook
from oi_tui.formats.page import page
from oi_tui.formats.script import scripts
from oi_tui.protocol.codec import clean
from oi_tui.protocol.events import Envelope
from oi_tui.protocol.sessions import ExportFormat


def export(
    form: ExportFormat, envelopes: Iterable[Envelope], title: str = ""
) -> tuple[ExportedFile, ...]:
    """Return the files that a session becomes; what was taken back is not in them.

    Scripts may be none: they hold only code that ran well.
    """
    session = kept_session(envelopes, title)
    match form:
        case ExportFormat.MARKDOWN:
            return (_text(".md", markdown(session)),)
        case ExportFormat.NOTEBOOK:
            return (_json(".ipynb", notebook(session)),)
        case ExportFormat.SCRIPT:
            return scripts(session)
        case ExportFormat.HTML:
            return (_text(".html", page(session)),)
        case ExportFormat.JSON:
            return (_json(".json", flat_messages(session.blocks)),)


def _text(suffix: str, text: str) -> ExportedFile:
    return ExportedFile(suffix, clean(text).encode("utf-8"))


def _json(suffix: str, value: object) -> ExportedFile:
    return _text(suffix, json.dumps(value, ensure_ascii=False, indent=1) + "\n")
