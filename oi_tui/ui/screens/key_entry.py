"""A new key for whom the session talks to, entered there and then, and the turn goes on.

Owns the question. Where a key is kept and which one a request carries, it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oi_tui.config.providers import provider_named
from oi_tui.models.base import ModelError
from oi_tui.models.endpoints import checked_host
from oi_tui.models.providers import runs_here, split_model
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.transcript import NoticeBlock
from oi_tui.ui.background import in_background
from oi_tui.ui.screens.model_rows import Do, ModelRow

if TYPE_CHECKING:
    from oi_tui.engine.live import SessionOpener
    from oi_tui.ui.screens.ask_line import AskLine
    from oi_tui.ui.screens.main import MainScreen


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whose key is asked for: its name in the store, and the one host that it may be sent to."""

    name: str
    label: str
    host: str
    page: str = ""

    def question(self, problem: str = "") -> AskLine:
        """Return the line that the key is written in, unseen; `problem`: why it is asked for."""
        from oi_tui.ui.screens.ask_line import AskLine

        hosts = ", ".join(self.host.split())
        about = tr("It is not shown, and sent only to {host}.", host=hosts)
        title = tr("Key for {label}", label=one_line(self.label, 60))
        said = f"{about} {self.page}".strip()
        return AskLine(title, about=f"{problem}\n{said}".strip(), is_secret=True)


def owner_for(model: str, api_base: str) -> KeyOwner | None:
    """Return whose key a model needs; None: a model on this machine needs none.

    Raises:
        ModelError: the address cannot be used, or whose key it is cannot be told.
    """
    if not model or runs_here(model):
        return None
    if api_base:
        host = checked_host(api_base)[0]
        return KeyOwner(host, host, host)
    return owner_named(split_model(model)[0])


def owner_of(row: ModelRow) -> KeyOwner | None:
    """Return whose key a row of the model picker needs; None: it needs none.

    Raises:
        ModelError: as above.
    """
    if row.do is Do.ASK_SERVER:
        return owner_at(row.model)
    if row.do not in (Do.USE, Do.GIVE_KEY):
        return None
    return owner_named(row.provider) if row.provider else owner_for(row.model, row.api_base)


def owner_at(address: str) -> KeyOwner:
    """Return the owner of the key of a server, in whatever form its address is written.

    Raises:
        ModelError: the address cannot be used.
    """
    from oi_tui.models.discovery import base_of

    host = checked_host(base_of(address)[0])[0]
    return KeyOwner(host, host, host)


def owner_named(name: str) -> KeyOwner:
    """Return the owner of a provider's key.

    Raises:
        ModelError: it is none whose host is known; a key must never go to a guess.
    """
    provider = provider_named(name)
    if provider is None:
        raise ModelError(
            ErrorInfo(
                ErrorKind.CONFIG,
                tr("It is not known to which host this model's key belongs."),
                hint=tr("Give it with --api_key, beside --model."),
            )
        )
    return KeyOwner(name, provider.label, provider.host, provider.key_page)


def enter_key(screen: MainScreen, opener: SessionOpener) -> None:
    """Ask for the key of the provider or server of this session; it counts from the next request.

    If the last turn failed for want of it, the model goes on where it was.
    """
    try:
        owner = owner_for(screen.facts.model, screen.facts.api_base)
    except ModelError as error:
        screen.errands.say(f"{error.info.title} {error.info.hint}", "warning")
        return
    if owner is None:
        screen.hint(tr("No key is needed here"))
        return

    def entered(key: str | None) -> None:
        if key:
            in_background(
                screen.call_later,
                lambda: opener.remember_key(owner.name, key, owner.host),
                kept,
                failed,
            )

    def kept(where: str) -> None:
        screen.hint(tr("The key is kept in {place}", place=where))
        go_on()

    def failed(error: Exception) -> None:
        why = one_line(str(error) or type(error).__name__, 200)
        screen.errands.say(tr("The key counts now, but is not kept: {why}", why=why), "warning")
        go_on()

    def go_on() -> None:
        if _wants_key(screen):
            screen.desk.submit(ops.ContinueTurn())  # what it did before stays

    screen.app.push_screen(owner.question(), entered)


def _wants_key(screen: MainScreen) -> bool:
    """Return whether the last thing that happened is a refused or missing key."""
    blocks = screen.desk.transcript.blocks
    last = blocks[-1] if blocks else None
    error = last.error if isinstance(last, NoticeBlock) else None
    return error is not None and error.kind is ErrorKind.AUTH
