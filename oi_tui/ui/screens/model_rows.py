"""The rows of the model picker: one for each thing that Enter can do there.

Owns what a row says and what the filter finds. Knows no widget, and asks nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from oi_tui.config.providers import PROVIDERS, Provider
from oi_tui.models.choices import (
    DownloadChoice,
    FileChoice,
    Fit,
    HostedChoice,
    ServedModel,
    ServerChoice,
    UsedModel,
)
from oi_tui.models.local.sizes import size_in_words
from oi_tui.models.providers import shown_name
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

MOST_UNASKED = 6  # models of one provider that are shown before anything is typed
# What a provider is known for, until LiteLLM's list is at hand; its own order is the alphabet's.
FIRST_MODELS: Mapping[str, tuple[str, ...]] = {
    "openai": ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "o3"),
    "anthropic": (
        "anthropic/claude-sonnet-4-5",
        "anthropic/claude-haiku-4-5",
        "anthropic/claude-opus-4-1",
    ),
    "gemini": ("gemini/gemini-2.5-pro", "gemini/gemini-2.5-flash"),
    "openrouter": ("openrouter/openai/gpt-4o", "openrouter/anthropic/claude-sonnet-4.5"),
    "mistral": ("mistral/mistral-large-latest", "mistral/codestral-latest"),
    "groq": ("groq/llama-3.3-70b-versatile",),
    "deepseek": ("deepseek/deepseek-chat", "deepseek/deepseek-reasoner"),
    "xai": ("xai/grok-4",),
}


# A host and its port: a name with a dot, so that `qwen3:8` stays a model.
_HOST = re.compile(
    r"(?:localhost|\[[0-9a-f:]+\]|[\w-]+(?:\.[\w-]+)+):\d+(?:/|\Z)|localhost\Z", re.I
)


class Do(Enum):
    """What Enter does with a row."""

    USE = auto()
    FETCH = auto()
    GIVE_KEY = auto()
    LOOK_UP = auto()  # a repository, at the hub
    ASK_SERVER = auto()
    NOTHING = auto()
    TYPE = auto()  # go on in the line, which begins with `model`


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One row. `model` is an address for `ASK_SERVER` and a repository for `LOOK_UP`."""

    section: str
    label: str
    do: Do
    model: str = ""
    api_base: str = ""
    note: str = ""  # whose it is, or how it would run
    figures: str = ""  # size or prices
    context: int = 0  # tokens; 0: not told
    about: str = ""  # for the foot of the screen
    provider: str = ""  # whose key it needs
    is_favorite: bool = False
    is_ready: bool = True
    is_recommended: bool = False
    rank: int = 0  # among the models of its provider; those beyond some wait for the filter
    download: DownloadChoice | None = None
    problem: str = ""  # why it cannot be used
    more_words: str = ""  # it is found by, beside those that are shown

    @property
    def address(self) -> tuple[str, str]:
        """Tell the model from all others."""
        return self.model, self.api_base

    @property
    def key(self) -> str:
        """Tell this row from all others."""
        return "\n".join((self.section, self.do.name, self.model, self.api_base, self.provider))

    def fits(self, words: Sequence[str]) -> bool:
        """Return whether the row has all words (folded); without any, whether it comes unasked."""
        if not words:
            return self.rank < MOST_UNASKED
        mark = tr("recommended") if self.is_recommended else ""
        text = " ".join(
            (self.section, self.more_words, self.label, self.model, self.note, mark)
        ).casefold()
        return all(word in text for word in words)


def with_used_first(used: Iterable[UsedModel], rows: Sequence[ModelRow]) -> list[ModelRow]:
    """Return favorites and what was used lately, then the rest: each model in one place."""
    known = {row.address: row for row in rows if row.do is Do.USE}
    first = [_used_row(one, known.get((one.model, one.api_base))) for one in used]
    moved = {row.address for row in first}
    return first + [row for row in rows if row.do is not Do.USE or row.address not in moved]


def _used_row(one: UsedModel, known: ModelRow | None) -> ModelRow:
    section = tr("Favorites and recent")
    if known is not None:
        return replace(
            known,
            section=section,
            more_words=known.section,
            note=known.note or known.section,
            is_favorite=one.is_favorite,
            rank=0,
        )
    name = shown_name(one.model, one.api_base)
    return ModelRow(
        section=section,
        label=_shown(name),
        do=Do.USE,
        model=one.model,
        api_base=one.api_base,
        note=one_line(one.api_base, 60),
        about=one.model,
        is_favorite=one.is_favorite,
    )


def file_rows(files: Iterable[FileChoice]) -> list[ModelRow]:
    """Return the models that are on this machine."""
    return [_begun_row(one) if one.to_pull else _file_row(one) for one in files]


def _file_row(one: FileChoice) -> ModelRow:
    words = (one.details, one.license, str(one.path))
    return ModelRow(
        section=tr("On this machine"),
        label=one.label,
        do=Do.USE,
        model=one.model,
        note=one.source if not one.problem else tr("cannot be used"),
        figures=size_in_words(one.size),
        context=one.context_window,
        about=" · ".join(word for word in words if word),
        problem=one.problem,
        is_ready=not one.problem and one.fit is not Fit.NO,
    )


def _begun_row(one: FileChoice) -> ModelRow:
    return ModelRow(
        section=tr("On this machine"),
        label=one.label,
        do=Do.LOOK_UP,
        model=one.to_pull,
        note=tr("download not finished"),
        figures=size_in_words(one.size),
        about=tr("Enter asks the hub, and goes on with it."),
        is_ready=False,
    )


def server_rows(servers: Iterable[ServerChoice]) -> list[ModelRow]:
    """Return the models of servers."""
    rows = []
    for server in servers:
        rows += [_served_row(server, model) for model in server.models]
        if not server.models:
            rows.append(_empty_row(server))
    return rows


def _served_row(server: ServerChoice, model: ServedModel) -> ModelRow:
    return ModelRow(
        section=tr("Servers"),
        label=model.name,
        do=Do.USE,
        model=f"openai/{model.name}",
        api_base=server.api_base,
        note=server.name,
        context=model.context_window,
        about=server.api_base,
    )


def _empty_row(server: ServerChoice) -> ModelRow:
    note = tr("wants a key") if server.wants_key else tr("has no models yet")
    about = tr("Enter asks {address} again.", address=server.api_base)
    if server.wants_key:
        about = tr("Enter gives the key of {address}.", address=server.api_base)
    return ModelRow(
        section=tr("Servers"),
        label=server.name,
        do=Do.ASK_SERVER,
        model=server.api_base,
        note=note,
        about=about,
        is_ready=False,
    )


def provider_rows(
    with_key: Sequence[str], listed: Mapping[str, Sequence[HostedChoice]]
) -> list[ModelRow]:
    """Return the models of providers that a key is at hand for, then the other providers."""
    rows: list[ModelRow] = []
    without = []
    for provider in PROVIDERS:
        if provider.name in with_key:
            rows += _models_of(provider, listed.get(provider.name, ()))
        else:
            without.append(_without_key(provider))
    return rows + without


def download_rows(offers: Iterable[DownloadChoice]) -> list[ModelRow]:
    """Return what could be fetched."""
    return [download_row(one) for one in offers]


def download_row(one: DownloadChoice) -> ModelRow:
    """Return the row of one model that could be fetched."""
    mark = tr("recommended") if one.is_recommended else ""
    words = (mark, one.about, one.license, one.model.removeprefix("local/"))
    return ModelRow(
        section=tr("Download"),
        label=one.label,
        do=Do.FETCH,
        model=one.model,
        note=_fit_words(one),
        figures=size_in_words(one.size),
        about=" · ".join(word for word in words if word),
        is_ready=one.fit is not Fit.NO,
        is_recommended=one.is_recommended,
        download=one,
    )


def typed_rows(text: str, *, is_local: bool = False) -> list[ModelRow]:
    """Return what a text could mean that names nothing in the list.

    `is_local`: only what runs on this machine is wanted.
    """
    text = text.strip()
    if not text:
        return []
    section = tr("What you typed")
    if redactor.redact(text) != text:
        about = tr("Ctrl+K on a model or provider takes its key, unseen.")
        return [
            ModelRow(section, tr("That looks like a key, not a model"), Do.NOTHING, about=about)
        ]
    if "://" in text or _HOST.match(text):
        label = tr("Ask {address}", address=text)
        return [
            ModelRow(
                section,
                label,
                Do.ASK_SERVER,
                text,
                about=tr("Enter asks this server for its models."),
            )
        ]
    if " " in text:
        return []
    rows = []
    if text.count("/") == 1 and not text.startswith(("local/", "openai/", "/")):
        label = tr("Look {name} up on the hub", name=text)
        about = tr("Asks the model hub what this repository has.")
        rows.append(ModelRow(section, label, Do.LOOK_UP, text, about=about))
    if not is_local:
        about = tr("As a provider or LiteLLM calls it, such as anthropic/claude-sonnet-4-5.")
        use = ModelRow(section, tr("Use {name}", name=text), Do.USE, text, about=about)
        rows.insert(0, use)
    return rows


def _models_of(provider: Provider, listed: Sequence[HostedChoice]) -> list[ModelRow]:
    first = FIRST_MODELS.get(provider.name, ())
    known = {one.model: one for one in listed}
    names = [name for name in first if not listed or name in known]
    names += [name for name in known if name not in names]
    if not names:
        return [_by_name(provider)]
    return [_hosted_row(provider, name, known.get(name), rank) for rank, name in enumerate(names)]


def _hosted_row(provider: Provider, name: str, choice: HostedChoice | None, rank: int) -> ModelRow:
    return ModelRow(
        section=provider.label,
        label=_shown(name),
        do=Do.USE,
        model=name,
        figures=_prices(choice),
        context=choice.context_window if choice else 0,
        about=_about_prices(choice) or name,
        provider=provider.name,
        rank=rank,
    )


def _by_name(provider: Provider) -> ModelRow:
    label = tr("Type a name: {provider}/…", provider=provider.name)
    model = f"{provider.name}/"
    return ModelRow(provider.label, label, Do.TYPE, model, provider=provider.name)


def _without_key(provider: Provider) -> ModelRow:
    return ModelRow(
        section=tr("Providers without a key"),
        label=provider.label,
        do=Do.GIVE_KEY,
        note=provider.variables[0] if provider.variables else "",
        about=tr("Enter gives a key. It is had at {page}", page=provider.key_page),
        provider=provider.name,
        is_ready=False,
        more_words=" ".join(FIRST_MODELS.get(provider.name, ())),
    )


def _prices(choice: HostedChoice | None) -> str:
    if choice is None or choice.prompt_price is None or choice.completion_price is None:
        return ""
    return f"${_money(choice.prompt_price)} / ${_money(choice.completion_price)}"


def _about_prices(choice: HostedChoice | None) -> str:
    prices = _prices(choice)
    return tr("{prices} for a million tokens in and out", prices=prices) if prices else ""


def _money(amount: float) -> str:
    if amount == int(amount):
        return str(int(amount))
    return f"{amount:.2f}" if amount >= 0.01 else f"{amount:.3g}"


def _fit_words(one: DownloadChoice) -> str:
    if one.fit is Fit.NO:
        return tr("too large here")
    return tr("tight · {speed}", speed=one.speed) if one.fit is Fit.TIGHT else one.speed


def _shown(model: str) -> str:
    return one_line(model, 200)
