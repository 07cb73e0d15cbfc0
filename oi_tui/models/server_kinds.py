"""Tells servers of models apart by their own answers, and reads what each says of its models.

Owns what is known of Ollama, LM Studio, llama.cpp, llamafile, vLLM, KoboldCpp, Jan and
text-generation-webui. A port or a name alone proves nothing: several of them also speak the
language of others. Knows no address and no connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oi_tui.models.choices import ServedModel
from oi_tui.text.sanitize import one_line

Row = Mapping[str, Any]
# Asks a path below the server's root, with a body to be posted; {} if there is no good answer.
Ask = Callable[[str, object], Mapping[str, Any]]

MOST_MODELS = 200
_MOST_SHOWN = 32  # models that Ollama is asked about one by one
_MOST_NAME = 200  # characters
# What servers that speak the common format call the context of a model in their list.
_CONTEXT_FIELDS = ("max_model_len", "context_length", "context_window", "max_context_length")
_OLLAMA_DEFAULT = 4096  # what it gives a model of which nothing else is said; more is cut silently
_NUM_CTX = re.compile(r"^num_ctx\s+(\d+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Listing:
    """A server's list of models in the OpenAI format. `header`: the program it says it is."""

    rows: Sequence[Row]
    header: str = ""

    @property
    def owners(self) -> frozenset[str]:
        """Who the models belong to, as the list says; many servers write their own name there."""
        return frozenset(str(row.get("owned_by", "")) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Kind:
    """One program. `read` returns its models; None: this server is something else."""

    name: str
    owner: str  # what it writes as the owner of its models
    read: Callable[[Listing, Ask], list[ServedModel] | None]


def identify(
    listing: Listing, ask: Ask, is_local: bool = True
) -> tuple[str, tuple[ServedModel, ...]]:
    """Return a server's name (empty: none of those known) and its models.

    Only the likely one is asked for more if the server is elsewhere: others need not be bothered
    with questions that they do not know.
    """
    owners = listing.owners
    likely = [kind for kind in KINDS if kind.owner in owners]
    others = [kind for kind in KINDS if kind not in likely] if is_local else []
    for kind in (*likely, *others):
        models = kind.read(listing, ask)
        if models is not None:
            return kind.name, tuple(models)
    return "", tuple(_plain_models(listing))


def rows_of(body: Any) -> list[Row] | None:
    """Return the rows of a list in the OpenAI format; None: it is no such list."""
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return None
    return [row for row in rows[:MOST_MODELS] if isinstance(row, dict) and _name(row)]


# -- what all have in common ----------------------------------------------------------------------
def _name(row: Row) -> str:
    name = row.get("id")
    return one_line(name, _MOST_NAME) if isinstance(name, str) else ""


def _count(value: object) -> int:
    """Return a number of tokens; 0 for what is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 0 < value < 1_000_000_000 else 0


def _first_count(fields: Mapping[str, Any], names: Sequence[str]) -> int:
    return next((count for name in names if (count := _count(fields.get(name)))), 0)


def _plain_models(listing: Listing) -> Iterator[ServedModel]:
    for row in listing.rows:
        yield ServedModel(_name(row), _first_count(row, _CONTEXT_FIELDS))


# -- each one -------------------------------------------------------------------------------------
def _llamafile(listing: Listing, ask: Ask) -> list[ServedModel] | None:
    if not (listing.header.lower().startswith("llamafile") or "llamafile" in listing.owners):
        return None
    context = _llamacpp_context(ask("/props", None))
    return [replace(model, context_window=context) for model in _plain_models(listing)]


def _kobold(listing: Listing, ask: Ask) -> list[ServedModel] | None:
    if ask("/api/extra/version", None).get("result") != "KoboldCpp":
        return None
    context = _count(ask("/api/extra/true_max_context_length", None).get("value"))
    return [replace(model, context_window=context) for model in _plain_models(listing)]


def _lm_studio(_listing: Listing, ask: Ask) -> list[ServedModel] | None:
    rows = rows_of(dict(ask("/api/v0/models", None)))
    if rows is None or not all("state" in row for row in rows):
        return None
    return [
        ServedModel(
            _name(row),
            _first_count(row, ("loaded_context_length", "max_context_length")),
            is_loaded=row["state"] == "loaded",
        )
        for row in rows
        if row.get("type") in ("llm", "vlm")
    ]


def _vllm(listing: Listing, _ask: Ask) -> list[ServedModel] | None:
    return list(_plain_models(listing)) if "vllm" in listing.owners else None


def _llamacpp(listing: Listing, ask: Ask) -> list[ServedModel] | None:
    props = ask("/props", None)
    if "llamacpp" not in listing.owners and "default_generation_settings" not in props:
        return None
    context = _llamacpp_context(props)
    return [_llamacpp_model(row, context) for row in listing.rows]


def _llamacpp_context(props: Mapping[str, Any]) -> int:
    settings = props.get("default_generation_settings")
    return _count(settings.get("n_ctx")) if isinstance(settings, dict) else 0


def _llamacpp_model(row: Row, context: int) -> ServedModel:
    """A server with several models tells the state of each; the context is that of the loaded."""
    meta, status = row.get("meta"), row.get("status")
    own = _count(meta.get("n_ctx")) if isinstance(meta, dict) else 0
    trained = _count(meta.get("n_ctx_train")) if isinstance(meta, dict) else 0
    is_loaded = not isinstance(status, dict) or status.get("value") == "loaded"
    return ServedModel(_name(row), own or context or trained, is_loaded)


def _ollama(listing: Listing, ask: Ask) -> list[ServedModel] | None:
    if not isinstance(ask("/api/version", None).get("version"), str):
        return None
    running = ask("/api/ps", None).get("models")
    if not isinstance(running, list):
        return None
    loaded = {
        str(row.get("model") or row.get("name")): _count(row.get("context_length"))
        for row in running
        if isinstance(row, dict)
    }
    models = []
    for index, row in enumerate(listing.rows):
        name = _name(row)
        shown = ask("/api/show", {"model": name}) if index < _MOST_SHOWN else {}
        abilities = shown.get("capabilities")
        if isinstance(abilities, list) and "completion" not in abilities:
            continue  # it makes vectors or pictures, not words
        context = loaded.get(name) or _ollama_context(shown)
        models.append(ServedModel(name, context, is_loaded=name in loaded))
    return models


def _ollama_context(shown: Mapping[str, Any]) -> int:
    """Return the context that a model will get: what it was trained for does not count."""
    parameters, facts = shown.get("parameters"), shown.get("model_info")
    asked = _NUM_CTX.search(parameters) if isinstance(parameters, str) else None
    if asked:
        return _count(int(asked[1][:12]))
    if not isinstance(facts, dict):
        return 0
    family = facts.get("general.architecture")
    trained = _count(facts.get(f"{family}.context_length"))
    return min(trained, _OLLAMA_DEFAULT)


def _text_generation_webui(listing: Listing, ask: Ask) -> list[ServedModel] | None:
    if "lora_names" not in ask("/v1/internal/model/info", None):
        return None
    return list(_plain_models(listing))


def _jan(listing: Listing, ask: Ask) -> list[ServedModel] | None:
    about = ask("/openapi.json", None).get("info")
    title = about.get("title") if isinstance(about, dict) else ""
    if not isinstance(title, str) or not title.startswith("Jan "):
        return None
    return [ServedModel(_name(row), _count(row.get("ctx_len"))) for row in listing.rows]


# Those that imitate others come before those whom they imitate.
KINDS = (
    Kind("llamafile", "llamafile", _llamafile),
    Kind("KoboldCpp", "koboldcpp", _kobold),
    Kind("LM Studio", "organization_owner", _lm_studio),
    Kind("vLLM", "vllm", _vllm),
    Kind("llama.cpp", "llamacpp", _llamacpp),
    Kind("Ollama", "library", _ollama),
    Kind("text-generation-webui", "user", _text_generation_webui),
    Kind("Jan", "jan", _jan),
)
JAN = KINDS[-1]  # the one that shows who it is to callers without a key
