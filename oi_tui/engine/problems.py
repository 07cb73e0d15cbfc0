"""The failures that the engine itself finds, in words for a person."""

from __future__ import annotations

from oi_tui.engine.requests import Prepared
from oi_tui.models.base import ReplyFinished, StopReason
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.redaction import redactor
from oi_tui.text.translation import tr


def kept() -> str:
    """Say that nothing of the conversation is gone."""
    return tr("The conversation so far is kept.")


def partly_kept() -> str:
    """Say what is left of a reply that broke off."""
    return tr("What arrived is kept; unfinished code cannot be run.")


def cut_off(finished: ReplyFinished | None) -> ErrorInfo:
    """A reply that did not end properly."""
    if finished is None:
        detail = tr("The connection ended before the model had finished.")
    elif finished.reason is StopReason.LENGTH:
        detail = tr("The model reached its limit of tokens for one reply.")
    else:
        detail = tr("The provider's content filter stopped the reply.")
    return ErrorInfo(
        ErrorKind.CUT_OFF,
        tr("The reply was cut off."),
        detail,
        tr("Let the model go on, or ask for something smaller."),
        partly_kept(),
    )


def unclosed_fence() -> ErrorInfo:
    """A reply that ended within a code block."""
    return ErrorInfo(
        ErrorKind.CUT_OFF,
        tr("The reply ended in the middle of a code block."),
        hint=tr("Let the model go on."),
        kept=partly_kept(),
    )


def empty_reply() -> ErrorInfo:
    """A reply without anything in it."""
    return ErrorInfo(
        ErrorKind.EMPTY_REPLY,
        tr("The model sent nothing."),
        hint=tr("Send the prompt again, or choose another model."),
        kept=kept(),
    )


def unreadable(problem: str) -> ErrorInfo:
    """Calls that could not be run, also after the model was told why."""
    return ErrorInfo(
        ErrorKind.UNREADABLE_REPLY,
        tr("The model keeps proposing what cannot be run."),
        problem,
        tr("Ask in other words, or choose another model."),
        kept(),
    )


def context_too_long(prepared: Prepared, room: int) -> ErrorInfo:
    """A prompt that no trimming makes fit into the `room` that the window leaves it."""
    own, window = prepared.own, prepared.window
    said = prepared.fit.tokens - own
    detail = tr(
        "It needs {said} tokens, and the instructions {own}. The model reads {window}; {reply} of "
        "these stay free for its reply.",
        said=said,
        own=own,
        window=window,
        reply=window - room,
    )
    if said > own:
        title = tr("The last message is too long for this model.")
        hint = tr(
            "Shorten it, lower max_output, or choose a model with a larger context. What you send "
            "next takes its place."
        )
    else:
        title = tr("The last message has no room beside the instructions.")
        hint = tr(
            "Choose a model with a larger context, raise context_window if the model can take it, "
            "or shorten system_message."
        )
    return ErrorInfo(ErrorKind.CONTEXT_TOO_LONG, title, detail, hint, kept())


def not_recorded() -> ErrorInfo:
    """An approval that could not be written down, so nothing ran."""
    return ErrorInfo(
        ErrorKind.STORE,
        tr("Nothing was run: the approval could not be recorded."),
        hint=tr("Make room on the disk that holds the sessions, then approve again."),
        kept=kept(),
    )


def no_shell(language: str) -> ErrorInfo:
    """A language that nothing here runs."""
    return ErrorInfo(
        ErrorKind.SHELL_MISSING, tr("No shell here runs {language}.", language=language)
    )


def internal(error: BaseException) -> ErrorInfo:
    """A mistake of this program."""
    return ErrorInfo(
        ErrorKind.INTERNAL,
        tr("Something in oi-tui went wrong."),
        redactor.redact(f"{type(error).__name__}: {error}")[:2000],
        tr("You can go on; please report this."),
        kept(),
    )
