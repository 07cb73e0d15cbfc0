"""Where the model runs, in a word for the status bar.

Owns the word. Knows names and addresses only: whether anybody answers there, it does not ask.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from oi_tui.models.endpoints import is_loopback
from oi_tui.models.providers import PROVIDERS, runs_here, split_model
from oi_tui.text.translation import tr


def model_place(model: str, api_base: str) -> str:
    """Return a word if the model is on this machine; empty: it is elsewhere, or nobody knows.

    A server here is told apart from a file: it may pass on what it gets.
    """
    if runs_here(model):
        return tr("offline")
    return tr("local server") if is_loopback(_host(model, api_base)) else ""


def _host(model: str, api_base: str) -> str:
    known = PROVIDERS.get(split_model(model)[0])
    address = api_base or f"//{known.host if known else ''}"
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # no address at all: a prompt will be told so
        return ""
