"""The settings: each one declared once, with its type, default and meaning.

Flags, environment, file and the settings screen all read this. Knows no file and no parser.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a setting means to a person, and the least number it may be."""

    text: str
    minimum: float | None = None
    in_file: bool = True  # False: the settings file may not set it
    in_environment: bool = True  # False: no variable may set it; programs pass those on unseen


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person can set. None: decided by the provider or the machine."""

    model: Annotated[str, Meaning("Model to talk to, by LiteLLM's name, such as gpt-4o.")] = ""
    api_base: Annotated[str, Meaning("Address of an OpenAI-compatible server.")] = ""
    temperature: Annotated[float | None, Meaning("Randomness of replies, 0 to 2.", 0)] = None
    max_tokens: Annotated[int | None, Meaning("Longest reply, in tokens.", 1)] = None
    context_window: Annotated[
        int | None, Meaning("How many tokens the model can read at once.", 256)
    ] = None
    max_output: Annotated[
        int, Meaning("How many characters of a run's output the model gets to see.", 200)
    ] = 8000
    max_budget: Annotated[
        float | None, Meaning("Most US dollars that one session may cost.", 0)
    ] = None
    max_steps: Annotated[
        int, Meaning("How many replies the model may give to one prompt by itself.", 1)
    ] = 25
    max_total_tokens: Annotated[
        int | None, Meaning("Most tokens, in and out, that one session may use.", 1)
    ] = None
    max_time: Annotated[
        int | None, Meaning("Most seconds that one prompt may take by itself.", 1)
    ] = None
    auto_run: Annotated[
        bool, Meaning("Run proposed code without asking.", in_environment=False)
    ] = False
    safe_mode: Annotated[
        SafeMode, Meaning("Scan proposals with semgrep, if it is installed: off, ask or auto.")
    ] = SafeMode.OFF
    system_message: Annotated[str, Meaning("Replaces the built-in instructions to the model.")] = ""
    tool_mode: Annotated[
        ToolMode, Meaning("How the model hands over code: auto, tools or fences.")
    ] = ToolMode.AUTO
    fast_model: Annotated[str, Meaning("The model that --fast talks to.")] = "gpt-4o-mini"
    model_titles: Annotated[
        bool, Meaning("Let the model name new sessions; costs one small request each.")
    ] = False
    theme: Annotated[str, Meaning("Colors of the screen.")] = "harbor-dark"
    lang: Annotated[str, Meaning("Language of the interface; empty: the system's.")] = ""
    python: Annotated[
        str, Meaning("Python interpreter of the Python shell; empty: found on PATH.")
    ] = ""
    debug: Annotated[bool, Meaning("Write a detailed log.")] = False
    ephemeral: Annotated[bool, Meaning("Keep nothing on disk.")] = False
    keymap: Annotated[
        dict[str, str],
        Meaning("Other keys for actions: action id = key.", in_environment=False),
    ] = field(default_factory=dict)
