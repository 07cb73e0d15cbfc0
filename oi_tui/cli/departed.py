"""Flags of Open Interpreter that mean nothing here: what to do instead, in a sentence each.

Knows no parser. Flags that are built later are among them until they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from oi_tui.text.translation import tr


@dataclass(frozen=True, slots=True)
class Departed:
    """Spellings that people paste, and what they are told."""

    options: tuple[str, ...]
    advice: str


def later_flags() -> tuple[tuple[str, ...], ...]:
    """Return the flags of 0.1 that this version does not have yet."""
    return (("--sandbox",),)


def departed_flags() -> tuple[Departed, ...]:
    """Return the flags of 0.1 and 0.4 that will not come."""
    return (*_of_0_1(), *_about_model(), *_about_machine(), *_about_terminal())


def _of_0_1() -> tuple[Departed, ...]:
    return (
        Departed(
            ("--change_local_device",),
            tr("local engines choose their device by themselves. Leave it out."),
        ),
        Departed(
            ("-dp", "--disable_procedures"),
            tr("nothing is looked up online for the prompt, so nothing needs to be off."),
        ),
        Departed(
            ("-vi", "--vision"),
            tr("pictures are not sent to models. Name the file in the prompt: code can use it."),
        ),
    )


def _about_model() -> tuple[Departed, ...]:
    profile = tr("make a profile (oi-tui config new-profile NAME) and use it with --profile NAME.")
    return (
        Departed(
            ("-ci", "--custom_instructions"),
            tr("write your instructions to --system_message, or to system_message in a profile."),
        ),
        Departed(
            ("-lsf", "--llm_supports_functions", "--no-llm_supports_functions"),
            tr("this is found out by itself. To force it, set tool_mode in the settings."),
        ),
        Departed(
            ("-lsv", "--llm_supports_vision", "--no-llm_supports_vision"),
            tr("this is found out by itself. Leave it out."),
        ),
        Departed(
            ("-av", "--api_version"),
            tr("give it to the provider in its own variable, such as AZURE_API_VERSION."),
        ),
        Departed(("--profiles",), tr("profiles are listed by: oi-tui config profiles")),
        Departed(
            ("--reset_profile",),
            tr("your settings are yours: change them on the settings screen or with --config."),
        ),
        Departed(("--codestral", "--llama3", "--groq", "--assistant"), profile),
        Departed(
            ("--local_models",),
            tr("models on this machine are listed by: oi-tui models list"),
        ),
    )


def _about_machine() -> tuple[Departed, ...]:
    return (
        Departed(
            ("-os", "--os"),
            tr("oi-tui does not move your mouse. It runs code that you approve."),
        ),
        Departed(
            ("--server",),
            tr("programs talk to oi-tui by lines, not by network: oi-tui run PROMPT --json"),
        ),
        Departed(("-sp", "--speak_messages"), tr("oi-tui does not speak. Leave it out.")),
        Departed(
            ("-dt", "--disable_telemetry"),
            tr("there is no telemetry, so nothing needs to be off. Leave it out."),
        ),
        Departed(
            ("--offline",),
            tr("there is no telemetry and no update check to switch off. Leave it out."),
        ),
        Departed(
            ("--contribute_conversation",),
            tr("sessions stay on this machine. To share one: oi-tui sessions export ID"),
        ),
    )


def _about_terminal() -> tuple[Departed, ...]:
    return (
        Departed(("-pl", "--plain"), tr("for plain text without a screen: oi-tui run PROMPT")),
        Departed(("--stdin",), tr("to read the prompt from stdin: ... | oi-tui run")),
        Departed(
            ("-nhl", "--no_highlight_active_line"),
            tr("the line that runs is marked only where the language tells it. Leave it out."),
        ),
        Departed(
            ("-ml", "--multi_line"),
            tr("the prompt takes several lines by itself: Ctrl+J begins one. Leave it out."),
        ),
        Departed(
            ("--loop",),
            tr("with -y the model goes on until it is done or reaches --max_steps."),
        ),
    )
