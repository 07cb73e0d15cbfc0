"""A new key for whom the session talks to, entered there and then, and the turn sent again.

Owns the question. Where a key is kept and which one a request carries, it does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oi_tui.config.providers import provider_named
from oi_tui.models.base import ModelError
from oi_tui.models.endpoints import owner_of_key
from oi_tui.models.providers import runs_here
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.transcript import NoticeBlock
from oi_tui.ui.background import in_background

if TYPE_CHECKING:
    from oi_tui.engine.live import SessionOpener
    from oi_tui.ui.screens.main import MainScreen


def enter_key(screen: MainScreen, opener: SessionOpener) -> None:
    """Ask for the key of the provider or server of this session; it counts from the next request.

    If the last turn failed for want of it, that is sent again.
    """
    from oi_tui.ui.screens.ask_line import AskLine

    model, base = screen.facts.model, screen.facts.api_base
    if not model or runs_here(model):
        screen.hint(tr("No key is needed here"))
        return
    try:
        owner = owner_of_key(model, base)
    except ModelError as error:
        screen.errands.say(error.info.title, "warning")
        return
    provider = provider_named(owner)
    host = provider.host if provider is not None else owner
    label = provider.label if provider is not None else owner

    def entered(key: str | None) -> None:
        if key:
            in_background(
                screen.call_later, lambda: opener.remember_key(owner, key, host), kept, failed
            )

    def kept(where: str) -> None:
        screen.hint(tr("The key is kept in {place}", place=where))
        if _wants_key(screen):
            screen.desk.submit(ops.RetryTurn())

    def failed(error: Exception) -> None:
        why = one_line(str(error) or type(error).__name__, 200)
        screen.errands.say(tr("The key counts now, but is not kept: {why}", why=why), "warning")
        if _wants_key(screen):
            screen.desk.submit(ops.RetryTurn())

    about = tr("It is not shown, and sent only to {host}.", host=host)
    if provider is not None:
        about = f"{about} {provider.key_page}"
    question = tr("Key for {label}", label=one_line(label, 60))
    screen.app.push_screen(AskLine(question, about=about, is_secret=True), entered)


def _wants_key(screen: MainScreen) -> bool:
    """Return whether the last thing that happened is a refused or missing key."""
    blocks = screen.desk.transcript.blocks
    last = blocks[-1] if blocks else None
    error = last.error if isinstance(last, NoticeBlock) else None
    return error is not None and error.kind is ErrorKind.AUTH
