"""What front ends may ask about models: what is here, what could be fetched, who serves some.

Owns the seam between the rooms that show models and those that find them. Knows no hub, no engine
and no widget. Everything here may block: call it from a background thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event
from typing import TYPE_CHECKING, Protocol

from oi_tui.engine.cancel import CancelToken

if TYPE_CHECKING:
    from oi_tui.models.choices import (
        DownloadChoice,
        Fetching,
        FileChoice,
        HostedChoice,
        ServerChoice,
        UsedModel,
    )


class ModelShelf(Protocol):
    """The models that this person can talk to.

    What fails raises `ModelError`, with words for the person.
    """

    def machine(self) -> str:
        """Return what this machine has, in one line for a person: memory, GPU, disk."""
        ...

    def files(self) -> Sequence[FileChoice]:
        """List the model files on this machine: usable ones first, by name."""
        ...

    def downloads(self) -> Sequence[DownloadChoice]:
        """List what the catalog offers for this machine, best first; contacts nobody."""
        ...

    def look_up(self, name: str, quality: float | None = None) -> DownloadChoice:
        """Ask the hub what a repository (`OWNER/NAME`) has, and which file fits `quality`.

        `quality` 0 to 1: from the smallest quantization to the largest, as in Open Interpreter
        0.1; None: what this machine runs well.

        Raises:
            ModelError: there is none, nothing in it can be used (names the nearest that has), or
                the hub cannot be reached.
        """
        ...

    def fetch(
        self, choice: DownloadChoice, tell: Callable[[Fetching], None], stop: Event
    ) -> FileChoice:
        """Download a model; what was fetched before is kept and gone on with. Checks its hash.

        Raises:
            ModelError: stopped, no room on the disk, the hub failed, or the file is damaged.
        """
        ...

    def remove(self, choice: FileChoice) -> None:
        """Delete a file that `fetch` made."""
        ...

    def servers(self) -> Sequence[ServerChoice]:
        """Ask well-known ports of this machine for their models; no key is sent."""
        ...

    def server_at(self, address: str) -> ServerChoice:
        """Ask one server for its models.

        Raises:
            ModelError: nobody answers there, or in another language.
        """
        ...

    def hosted(self, provider: str) -> Sequence[HostedChoice]:
        """List the chat models that LiteLLM knows of a provider; takes seconds the first time."""
        ...

    def used(self) -> Sequence[UsedModel]:
        """List favorites, then what was used lately, newest first."""
        ...

    def mark_favorite(self, model: str, api_base: str, on: bool) -> None:
        """Make a model a favorite, or no longer."""
        ...

    def test(self, model: str, api_base: str, stop: CancelToken) -> str:
        """Send the smallest request there is; return how it went, for a person.

        Raises:
            ModelError: it failed, the same as a prompt would show, or was stopped.
        """
        ...
