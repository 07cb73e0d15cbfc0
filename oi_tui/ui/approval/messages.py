"""What the approval panel tells the screen."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from oi_tui.protocol.ops import Decide, EditProposal, ScanProposal


class ApprovalMessage(Message):
    """Anything the approval panel says."""


@dataclass
class Decided(ApprovalMessage):
    """The person decided about exactly the code that was shown."""

    op: Decide


@dataclass
class Edited(ApprovalMessage):
    """The person replaced the code; it needs an approval of its own."""

    op: EditProposal


@dataclass
class ScanRequested(ApprovalMessage):
    """The person wants the proposal scanned before they decide."""

    op: ScanProposal


@dataclass
class CopyRequested(ApprovalMessage):
    """The person wants this text on the clipboard."""

    text: str


@dataclass
class FullScreenToggled(ApprovalMessage):
    """The panel should get the whole screen, or give it back."""


@dataclass
class TypingBegan(ApprovalMessage):
    """The person is writing prose: these characters belong into the prompt."""

    text: str
