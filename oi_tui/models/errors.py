"""Puts a trouble into words: what failed, who said it, what the person can do.

Owns the mapping of statuses and providers' texts to the closed `ErrorKind`. Every foreign text
passes the redactor and the text boundary here. Knows no library and no policy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from oi_tui.models.trouble import Cause, Trouble
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.redaction import Redactor, redactor
from oi_tui.text.sanitize import plain, visible
from oi_tui.text.translation import tr

MOST_DETAIL = 500  # characters of a provider's words
_MOST_READ = 2000  # characters that are searched for a meaning
_ERRNO = re.compile(r"\[Errno -?\d+\] ")  # for programmers
_MOST_SHOWN = 80  # characters of something unreadable

_QUOTA = re.compile(
    r"insufficient[_ ]quota|exceeded your current quota|billing|payment required|credit balance"
    r"|out of credits|insufficient (?:balance|credits|funds)",
    re.I,
)
_CONTEXT = re.compile(
    r"context[_ ]length|context[_ ]window|maximum context|too many tokens|prompt is too long"
    r"|input is too long|exceeds? the (?:model'?s )?(?:maximum|available) (?:context|input)"
    r"|exceed_context_size|ContextWindowExceeded",
    re.I,
)
_NO_MODEL = re.compile(
    r"model[_ ]not[_ ]found|model .{0,200}(?:does not exist|not found|is not (?:available|known))"
    r"|unknown model|no such model|invalid model|not a valid model",
    re.I | re.S,
)
_NO_KEY = re.compile(
    r"api[_ ]?key (?:client option )?(?:must be set|is (?:missing|required|not set))"
    r"|missing credentials|\Amissing (?:\w+ ){1,3}key\b",
    re.I,
)
_OVERLOADED = frozenset({500, 502, 503, 504, 529})


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request went, for the wording: model, host and the name of the key."""

    model: str
    host: str
    key_name: str = ""


def kind_of(trouble: Trouble) -> ErrorKind:
    """Return the kind of a trouble, by its cause, status and, last, its words."""
    match trouble.cause:
        case Cause.CONNECT:
            return ErrorKind.NETWORK
        case Cause.TIMEOUT:
            return ErrorKind.TIMEOUT
        case Cause.CUT_OFF:
            return ErrorKind.CUT_OFF
        case Cause.UNREADABLE:
            return ErrorKind.UNREADABLE_REPLY
        case Cause.REDIRECT:
            return ErrorKind.CONFIG
        case Cause.WORKER_DIED:
            return ErrorKind.WORKER_DIED
        case Cause.LIBRARY:
            return _kind_of_library(trouble.text)
    return _kind_of_status(trouble.status, trouble.text)


def misses_key(text: str) -> bool:
    """Tell whether a library's words mean that it was given no key, whatever it calls that."""
    return _NO_KEY.search(text[:_MOST_READ]) is not None


def _kind_of_library(text: str) -> ErrorKind:
    if misses_key(text):
        return ErrorKind.AUTH
    return ErrorKind.NO_MODEL if "LLM Provider NOT provided" in text else ErrorKind.INTERNAL


def _kind_of_status(status: int, text: str) -> ErrorKind:
    kind = ErrorKind.BAD_REQUEST
    if status == 402 or (status in (400, 403, 429) and _QUOTA.search(text)):
        kind = ErrorKind.QUOTA
    elif status == 401 or misses_key(text):
        kind = ErrorKind.AUTH
    elif status == 403:
        kind = ErrorKind.PERMISSION
    elif status == 429:
        kind = ErrorKind.RATE_LIMIT
    elif status == 408:
        kind = ErrorKind.TIMEOUT
    elif status in (400, 413, 422, 500) and _CONTEXT.search(text):
        kind = ErrorKind.CONTEXT_TOO_LONG
    elif status == 404 or _NO_MODEL.search(text):
        kind = ErrorKind.MODEL_MISSING
    elif status >= 500 or status == 0:
        kind = ErrorKind.OVERLOADED
    return kind


def explain(trouble: Trouble, target: Target, secrets: Redactor = redactor) -> ErrorInfo:
    """Return a trouble as an error for a person. Never contains a known key."""
    kind = kind_of(trouble)
    return ErrorInfo(
        kind,
        _title(kind, trouble, target),
        _detail(trouble, secrets) if kind is not ErrorKind.NO_MODEL else "",  # for programmers
        _hint(kind, trouble, target),
    )


def _detail(trouble: Trouble, secrets: Redactor) -> str:
    text = secrets.redact(trouble.text[: MOST_DETAIL * 8])
    if trouble.cause is Cause.UNREADABLE:
        return visible(text[:_MOST_SHOWN])
    text = _ERRNO.sub("", text)
    words = secrets.redact(plain(text)).strip()  # again: an escape may have split a key
    return words if len(words) <= MOST_DETAIL else words[: MOST_DETAIL - 1] + "…"


def _title(kind: ErrorKind, trouble: Trouble, target: Target) -> str:
    host = target.host or tr("the provider")
    match kind:
        case ErrorKind.NETWORK:
            return tr("Cannot reach {host}.", host=host)
        case ErrorKind.TIMEOUT:
            return tr("{host} did not answer in time.", host=host)
        case ErrorKind.AUTH:
            return tr("{host} did not accept the key.", host=host)
        case ErrorKind.PERMISSION:
            return tr("{host} does not permit this.", host=host)
        case ErrorKind.MODEL_MISSING:
            return tr("{host} has no model {model}.", host=host, model=target.model)
        case ErrorKind.RATE_LIMIT:
            return tr("{host} asks to slow down.", host=host)
        case ErrorKind.QUOTA:
            return tr("The account at {host} has no credit left.", host=host)
        case ErrorKind.OVERLOADED:
            return tr("{host} has a problem of its own.", host=host)
        case ErrorKind.CONTEXT_TOO_LONG:
            return tr("The conversation is too long for {model}.", model=target.model)
        case ErrorKind.CUT_OFF:
            return tr("The reply was cut off before its end.")
        case ErrorKind.UNREADABLE_REPLY:
            return tr("{host} sent something that is no reply.", host=host)
    return _rare_title(kind, trouble, target, host)


def _rare_title(kind: ErrorKind, trouble: Trouble, target: Target, host: str) -> str:
    match kind:
        case ErrorKind.CONFIG:
            return tr("{host} sends requests elsewhere.", host=host)
        case ErrorKind.WORKER_DIED:
            return tr("The process that talks to the provider ended.")
        case ErrorKind.NO_MODEL:
            return tr("No provider is known for {model}.", model=target.model)
        case ErrorKind.INTERNAL:
            return tr("The provider library failed.")
    if trouble.status:
        return tr("{host} refused the request ({status}).", host=host, status=trouble.status)
    return tr("{host} refused the request.", host=host)


def _hint(kind: ErrorKind, trouble: Trouble, target: Target) -> str:
    match kind:
        case ErrorKind.NETWORK:
            return tr("Check the network and the address, then send again.")
        case ErrorKind.AUTH:
            return _key_hint(target)
        case ErrorKind.RATE_LIMIT if trouble.retry_after:
            return tr("Send again in {seconds} s.", seconds=round(trouble.retry_after))
        case ErrorKind.RATE_LIMIT | ErrorKind.OVERLOADED | ErrorKind.TIMEOUT:
            return tr("Send again in a while, or choose another model.")
        case ErrorKind.QUOTA:
            return tr("Look at the billing page of the provider, or choose another model.")
        case ErrorKind.MODEL_MISSING:
            return tr("Choose another model with %model.")
        case ErrorKind.NO_MODEL:
            return tr(
                "A name begins with its provider, such as groq/, or with local/ if it is on this "
                "machine. %model shows those there are."
            )
        case ErrorKind.CONTEXT_TOO_LONG:
            return tr(
                "Sum up or cut older turns (%compact), or choose a model with a larger context."
            )
        case ErrorKind.CUT_OFF:
            return tr("Let the model go on, or send the prompt again.")
        case ErrorKind.UNREADABLE_REPLY:
            return tr("Check the address of the server, and whether the network wants a login.")
        case ErrorKind.CONFIG:
            return tr("Set the new address with --api_base if you trust it.")
        case ErrorKind.WORKER_DIED:
            return tr("Send again: a new one starts by itself.")
    return ""


def _key_hint(target: Target) -> str:
    if target.key_name:
        return tr(
            "Check the key {name} for {host}, or enter another with %key.",
            name=target.key_name,
            host=target.host,
        )
    return tr("Enter a key for {host} with %key, or give it with --api_key.", host=target.host)


def is_retryable(trouble: Trouble) -> bool:
    """Tell whether a later attempt may succeed, provided that nothing had come yet."""
    kind = kind_of(trouble)
    match trouble.cause:
        case Cause.CONNECT:
            return True
        case Cause.STATUS | Cause.STREAM_ERROR:
            if kind is ErrorKind.QUOTA or kind is ErrorKind.CONTEXT_TOO_LONG:
                return False
            return trouble.status in (408, 429) or trouble.status in _OVERLOADED
    return False
