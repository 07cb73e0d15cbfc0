"""Sessions as files of other formats: one door, one module behind it for each format.

Pure: events in, bytes out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence

from oi_tui.formats.kept import kept_session
from oi_tui.formats.kinds import ExportedFile
from oi_tui.formats.markdown import markdown
from oi_tui.formats.messages import flat_messages
from oi_tui.formats.notebook import notebook
from oi_tui.formats.page import page
from oi_tui.formats.script import SCRIPT_ENDINGS, scripts
from oi_tui.protocol.codec import clean
from oi_tui.protocol.events import Envelope
from oi_tui.protocol.sessions import ExportFormat

_FORMS = {
    ".md": ExportFormat.MARKDOWN,
    ".markdown": ExportFormat.MARKDOWN,
    ".ipynb": ExportFormat.NOTEBOOK,
    ".html": ExportFormat.HTML,
    ".htm": ExportFormat.HTML,
    ".json": ExportFormat.JSON,
    **{ending.lower(): ExportFormat.SCRIPT for ending in SCRIPT_ENDINGS},
}


def form_of(name: str) -> ExportFormat | None:
    """Return the format that the ending of a file's name stands for; None: for no certain one."""
    return _FORMS.get(os.path.splitext(name)[1].lower())


def one_file(files: Sequence[ExportedFile], name: str) -> tuple[ExportedFile, ...]:
    """Return the file of an export that is meant by a name: of scripts, the one ending so."""
    if form_of(name) is not ExportFormat.SCRIPT:
        return tuple(files[:1])
    fitting = [one for one in files if name.lower().endswith(one.suffix.lower())]
    return tuple(sorted(fitting, key=lambda one: -len(one.suffix))[:1])


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
