"""Sessions as files of other formats: one door, one module behind it for each format.

Pure: events in, bytes out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from oi_tui.formats.kept import KeptSession, kept_session
from oi_tui.formats.kinds import ExportedFile
from oi_tui.formats.messages import flat_messages
from oi_tui.protocol.events import Envelope
from oi_tui.protocol.sessions import ExportFormat


def export(
    form: ExportFormat, envelopes: Iterable[Envelope], title: str = ""
) -> tuple[ExportedFile, ...]:
    """Return the files that a session becomes; what was taken back is not in them.

    Scripts may be none: they hold only code that ran well.
    """
    session = kept_session(envelopes, title)
    return (_json(session),)


def _json(session: KeptSession) -> ExportedFile:
    text = json.dumps(flat_messages(session.blocks), ensure_ascii=False, indent=2)
    return ExportedFile(".json", text.encode("utf-8") + b"\n")
