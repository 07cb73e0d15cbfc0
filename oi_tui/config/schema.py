"""The settings: each one declared once, with its type, default and meaning.

Flags, environment, file and the settings screen all read this. Knows no file and no parser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated


class SafeMode(StrEnum):
    """Whether proposals are scanned before they are offered, as Open Interpreter 0.1.7 has it."""

    OFF = "off"
    ASK = "ask"  # the person starts the scan from the proposal
    AUTO = "auto"  # every proposal is scanned


class ToolMode(StrEnum):
    """How the model hands over code."""

    AUTO = "auto"  # by the model's capability
    TOOLS = "tools"
    FENCES = "fences"


class Compaction(StrEnum):
    """What happens when the context gets full."""

    AUTO = "auto"  # the model sums up the older turns before the next prompt
    ASK = "ask"  # it is announced; the person does it, or does not
    OFF = "off"


class Group(StrEnum):
    """How settings are grouped on the screen and in the documentation, in this order."""

    MODEL = "Model"
    LIMITS = "Limits"
    RUNNING = "Running code"
    SCREEN = "Screen"
    FILES = "Files"


class Effect(StrEnum):
    """When a change of a setting counts."""

    AT_ONCE = "at once"
    NEXT_SESSION = "from the next session on"
    NEXT_START = "from the next start on"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a setting means to a person, and the least and the greatest number it may be."""

    text: str
    minimum: float | None = None
    maximum: float | None = None
    unset: str = ""  # what happens without a value, in few words
    example: object = None  # for a settings file; None: the default
    group: Group = Group.MODEL
    effect: Effect = Effect.AT_ONCE
    words: Mapping[str, object] = field(default_factory=dict)  # that stand for values
    in_file: bool = True  # False: the settings file may not set it
    in_environment: bool = True  # False: no variable may set it; programs pass those on unseen


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person can set. None: decided by the provider or the machine."""

    model: Annotated[
        str,
        Meaning("Model to talk to, by LiteLLM's name.", unset="not chosen yet", example="gpt-4o"),
    ] = ""
    api_base: Annotated[
        str,
        Meaning(
            "Address of an OpenAI-compatible server.",
            unset="the provider's own",
            example="http://localhost:11434/v1",
        ),
    ] = ""
    temperature: Annotated[
        float | None,
        Meaning("Randomness of replies, 0 to 2.", 0, 2, unset="the model's own", example=0.5),
    ] = None
    context_window: Annotated[
        int | None,
        Meaning(
            "How many tokens the model can read at once.",
            256,
            unset="as known of the model",
            example=128_000,
        ),
    ] = None
    gpu_layers: Annotated[
        int | None,
        Meaning(
            "How many layers of a model on this machine its GPU computes; all, auto or a number.",
            -1,
            unset="all if a GPU can be used, else none",
            example=0,
            effect=Effect.NEXT_SESSION,
            words={"auto": None, "all": -1},
        ),
    ] = None
    threads: Annotated[
        int,
        Meaning(
            "Threads that a model on this machine computes with; 0: all cores but one.",
            0,
            effect=Effect.NEXT_SESSION,
        ),
    ] = 0
    max_tokens: Annotated[
        int | None,
        Meaning("Longest reply, in tokens.", 1, unset="the model's own", example=4096),
    ] = None
    tool_mode: Annotated[
        ToolMode,
        Meaning("How the model hands over code: auto, tools or fences."),
    ] = ToolMode.AUTO
    compaction: Annotated[
        Compaction,
        Meaning("Whether older turns are summed up when the context is full: auto, ask or off."),
    ] = Compaction.ASK
    system_message: Annotated[
        str,
        Meaning(
            "Replaces the built-in instructions to the model.",
            unset="built in",
            example="Answer in one sentence.",
        ),
    ] = ""
    fast_model: Annotated[
        str,
        Meaning(
            "The model that --fast talks to; nothing goes there without that flag.",
            unset="none",
            effect=Effect.NEXT_START,
        ),
    ] = "gpt-4o-mini"
    model_titles: Annotated[
        bool,
        Meaning(
            "Let the model name new sessions; costs one small request each.",
            effect=Effect.NEXT_SESSION,
        ),
    ] = False

    max_output: Annotated[
        int,
        Meaning(
            "How many characters of a run's output the model gets to see.", 200, group=Group.LIMITS
        ),
    ] = 8000
    max_steps: Annotated[
        int,
        Meaning(
            "How many replies the model may give to one prompt by itself.", 1, group=Group.LIMITS
        ),
    ] = 25
    max_time: Annotated[
        int | None,
        Meaning(
            "Most seconds that one prompt may take by itself.",
            1,
            unset="no limit",
            example=600,
            group=Group.LIMITS,
        ),
    ] = None
    max_total_tokens: Annotated[
        int | None,
        Meaning(
            "Most tokens, in and out, that one session may use.",
            1,
            unset="no limit",
            example=1_000_000,
            group=Group.LIMITS,
        ),
    ] = None
    max_budget: Annotated[
        float | None,
        Meaning(
            "Most US dollars that one session may cost.",
            0,
            unset="no limit",
            example=0.5,
            group=Group.LIMITS,
        ),
    ] = None

    auto_run: Annotated[
        bool,
        Meaning("Run proposed code without asking.", group=Group.RUNNING, in_environment=False),
    ] = False
    safe_mode: Annotated[
        SafeMode,
        Meaning(
            "Scan proposals with semgrep, if it is installed: off, ask or auto.",
            group=Group.RUNNING,
            effect=Effect.NEXT_SESSION,
        ),
    ] = SafeMode.OFF
    semgrep_rules: Annotated[
        str,
        Meaning(
            "Rules of safe mode: a name that semgrep fetches online, or a file.",
            example="p/security-audit",
            group=Group.RUNNING,
            effect=Effect.NEXT_SESSION,
        ),
    ] = "p/default"
    python: Annotated[
        str,
        Meaning(
            "Python interpreter of the Python shell.",
            unset="found on PATH",
            example="/usr/bin/python3",
            group=Group.RUNNING,
            effect=Effect.NEXT_SESSION,
        ),
    ] = ""

    theme: Annotated[str, Meaning("Colors of the screen.", group=Group.SCREEN)] = "harbor-dark"
    lang: Annotated[
        str,
        Meaning(
            "Language of the interface.",
            unset="the system's",
            example="zh_TW",
            group=Group.SCREEN,
            effect=Effect.NEXT_START,
        ),
    ] = ""
    keymap: Annotated[
        dict[str, str],
        Meaning(
            "Other keys for actions: action id = key.",
            unset="the usual keys",
            group=Group.SCREEN,
            effect=Effect.NEXT_START,
            in_environment=False,
        ),
    ] = field(default_factory=dict)

    ephemeral: Annotated[
        bool,
        Meaning("Keep nothing on disk.", group=Group.FILES, effect=Effect.NEXT_SESSION),
    ] = False
    debug: Annotated[
        bool, Meaning("Write a detailed log.", group=Group.FILES, effect=Effect.NEXT_START)
    ] = False
