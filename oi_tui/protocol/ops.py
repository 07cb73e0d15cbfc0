"""Ops: everything a front end may ask of the engine, in the imperative."""

from __future__ import annotations

from dataclasses import dataclass

from oi_tui.protocol.items import ChatMessage, Decision


@dataclass(frozen=True, slots=True)
class SubmitPrompt:
    """Start a turn with what the person wrote; queued while another turn runs."""

    text: str


@dataclass(frozen=True, slots=True)
class ContinueTurn:
    """Let the model go on after a limit, a cut-off reply or an interrupt."""


@dataclass(frozen=True, slots=True)
class RetryTurn:
    """Send the last prompt again, without what came after it."""


@dataclass(frozen=True, slots=True)
class Decide:
    """Answer an open approval. `digest` is that of the code on the screen."""

    call_id: str
    decision: Decision
    digest: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EditProposal:
    """Replace the code of an open proposal; a new digest, which needs its own approval."""

    call_id: str
    code: str


@dataclass(frozen=True, slots=True)
class ScanProposal:
    """Scan an open proposal, where `ApprovalRequested` said that it can be."""

    call_id: str


@dataclass(frozen=True, slots=True)
class RunCode:
    """Run the person's own code; typing it is the approval."""

    language: str
    code: str


@dataclass(frozen=True, slots=True)
class ProposeCode:
    """Put code up for approval as if the model had proposed it (rerun, edit and run)."""

    language: str
    code: str


@dataclass(frozen=True, slots=True)
class Rerun:
    """One earlier block to be run again: see `ReplayRuns`."""

    language: str
    code: str


@dataclass(frozen=True, slots=True)
class ReplayRuns:
    """Put earlier code up for approval again, one after another, to fill fresh shells.

    Each is asked about, whatever auto-run says; a reject skips one, a stop ends it.
    """

    blocks: tuple[Rerun, ...]


@dataclass(frozen=True, slots=True)
class UndoTurn:
    """Take the last turn out of the history."""


@dataclass(frozen=True, slots=True)
class RedoTurn:
    """Put back what was taken back last, if nothing was said since."""


@dataclass(frozen=True, slots=True)
class CompactHistory:
    """Let the model sum up the older turns, minding `hint`, or cut them.

    A failure changes nothing. `RestoreHistory` takes it back.
    """

    hint: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class RestoreHistory:
    """Put back what the last compaction replaced, whatever was said since."""


@dataclass(frozen=True, slots=True)
class ResetSession:
    """Forget the history and restart the shells."""


@dataclass(frozen=True, slots=True)
class ReplaceHistory:
    """Put other messages in place of the history."""

    messages: tuple[ChatMessage, ...]


@dataclass(frozen=True, slots=True)
class SetModel:
    """Talk to another model from the next request on.

    Empty `api_base`: at the provider's own address. None: on the server in use, unless the name
    begins with another provider's.
    """

    model: str
    api_base: str | None = None


@dataclass(frozen=True, slots=True)
class SetAutoRun:
    """Run proposals without asking, or ask again."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetSystemMessage:
    """Replace the system message."""

    text: str


@dataclass(frozen=True, slots=True)
class SetSetting:
    """Change a setting of this session; `text` as a flag would say it, empty: the default."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class RestartShell:
    """End one shell and start it fresh; its variables are gone."""

    language: str


@dataclass(frozen=True, slots=True)
class RenameSession:
    """Give the session another title."""

    title: str


@dataclass(frozen=True, slots=True)
class PinSession:
    """Keep the session above all others in the list, or no longer."""

    on: bool


Op = (
    SubmitPrompt
    | ContinueTurn
    | RetryTurn
    | Decide
    | EditProposal
    | ScanProposal
    | RunCode
    | ProposeCode
    | ReplayRuns
    | UndoTurn
    | RedoTurn
    | CompactHistory
    | RestoreHistory
    | ResetSession
    | ReplaceHistory
    | SetModel
    | SetAutoRun
    | SetSystemMessage
    | SetSetting
    | RestartShell
    | RenameSession
    | PinSession
)
