"""`oi-tui doctor`: prints the table."""

from __future__ import annotations

import os
import sys

from oi_tui.cli.arguments import Arguments
from oi_tui.cli.preparation import PreparationError, info_text, prepare
from oi_tui.cli.start import FAILED, OK, USAGE, say
from oi_tui.text.redaction import redactor
from oi_tui.text.translation import tr


def run_doctor(arguments: Arguments) -> int:
    """Print what was found; 1 if something is in the way."""
    from oi_tui.doctor import Subject, examine, is_healthy, table

    try:
        prepared = prepare(arguments)
    except PreparationError as problem:
        say(tr("oi-tui: {problem}", problem=str(problem)))
        return USAGE
    subject = Subject(
        settings=prepared.loaded.settings,
        notices=tuple(info_text(one) for one in prepared.loaded.notices),
        keys=prepared.keys,
        places=prepared.places,
        environ=os.environ,
        ask_servers=arguments.servers,
    )
    findings = examine(subject)
    sys.stdout.write(redactor.redact(table(findings)))
    return OK if is_healthy(findings) else FAILED
