"""What all turns of one session share. Holds parts; performs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from oi_tui.config.schema import Settings
from oi_tui.engine.approvals import ApprovalBox, Policy
from oi_tui.engine.history import History
from oi_tui.engine.requests import RequestBuilder
from oi_tui.engine.usage import Ledger
from oi_tui.models.base import ChatModel
from oi_tui.shells.base import Shells
from oi_tui.shells.scanning import Scanner


@dataclass(slots=True)
class Workbench:
    """The parts, and what the session has used so far."""

    model: ChatModel
    shells: Shells
    requests: RequestBuilder
    policy: Policy
    box: ApprovalBox
    settings: Callable[[], Settings]
    history: History
    ledger: Ledger
    scanner: Scanner | None = None
    left_out: int = 0  # messages that the last request went without
    unpriced: set[str] = field(default_factory=set)  # models that no budget can count

    def runnable(self, language: str) -> str | None:
        """Return the canonical name of a language that can run here now, or None."""
        name = self.shells.resolve(language)
        return name if name in self.shells.languages() else None
