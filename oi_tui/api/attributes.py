"""The attributes of an interpreter: settings under the names of Open Interpreter 0.1 and 0.4.

Owns which names there are and what a wrong one is told: a typo never passes in silence. Knows no
session; whoever has these attributes says what a change means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar, overload

from oi_tui.config.errors import nearest
from oi_tui.text.translation import tr

T = TypeVar("T")


class Configurable(Protocol):
    """Something whose settings can be read and changed."""

    def _read_setting(self, name: str) -> Any: ...

    def _change_setting(self, name: str, value: object) -> None: ...


class Setting(Generic[T]):
    """An attribute that is a setting, of the same name if no other is given."""

    def __init__(self, setting: str = "") -> None:
        self._setting = setting

    def __set_name__(self, owner: type, name: str) -> None:
        self._setting = self._setting or name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: Configurable, owner: type) -> T: ...

    def __get__(self, instance: Configurable | None, owner: type) -> Self | T:
        if instance is None:
            return self
        value: T = instance._read_setting(self._setting)
        return value

    def __set__(self, instance: Configurable, value: T) -> None:
        instance._change_setting(self._setting, value)


class StrictAttributes:
    """Refuses to set or read what is no attribute, with a word about what was probably meant.

    A subclass declares attributes of its own in its body; names with an underscore are free.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            found = getattr(type(self), name, None)
            is_method = callable(found) and not isinstance(found, type)
            if not hasattr(type(self), name) or is_method:
                raise AttributeError(self._advice(name, is_method=is_method))
        object.__setattr__(self, name, value)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            raise AttributeError(self._advice(name), name=name, obj=self)

    def _advice(self, name: str, *, is_method: bool = False) -> str:
        if is_method:
            return tr("{name} is a method and cannot be replaced.", name=name)
        if advice := elsewhere().get(name):
            return f"{name}: {advice}"
        text = tr("There is no attribute {name}.", name=name)
        known = [one for one in dir(type(self)) if not one.startswith("_")]
        near = nearest(name, known)
        return text + " " + tr("Did you mean {near}?", near=near) if near else text


class LanguageModel(StrictAttributes):
    """`interpreter.llm`: what 0.4 moved here; the same settings under the same names."""

    model = Setting[str]()
    temperature = Setting[float | None]()
    api_base = Setting[str]()
    api_key = Setting[str]()
    context_window = Setting[int | None]()
    max_tokens = Setting[int | None]()
    max_budget = Setting[float | None]()
    max_output = Setting[int]()

    def __init__(self, owner: Configurable) -> None:
        self._owner = owner

    def _read_setting(self, name: str) -> Any:
        return self._owner._read_setting(name)

    def _change_setting(self, name: str, value: object) -> None:
        self._owner._change_setting(name, value)


def elsewhere() -> dict[str, str]:
    """Return what people are told who use an attribute of Open Interpreter that is not here."""
    same = tr("nothing of it is here. Leave it out.")
    detected = tr("this is found out by itself. Leave it out.")
    return {
        "computer": tr("to run code of your own: interpreter.run(language, code)."),
        "custom_instructions": tr("write interpreter.system_message += your instructions."),
        "offline": tr("there is no telemetry and no update check to switch off. Leave it out."),
        "disable_telemetry": tr("there is no telemetry to switch off. Leave it out."),
        "contribute_conversation": tr("conversations stay on this machine. Leave it out."),
        "os": tr("your mouse stays yours. Code runs once it is approved."),
        "loop": tr("with auto_run the model goes on until it is done or reaches max_steps."),
        "supports_functions": tr("this is found out by itself. To force it, set tool_mode."),
        "function_calling_llm": tr("this is found out by itself. To force it, set tool_mode."),
        "supports_vision": detected,
        "vision": detected,
        "speak_messages": same,
        "import_computer_api": same,
        "import_skills": same,
        "skills_path": same,
        "procedures": same,
        "get_relevant_procedures_string": same,
        "languages": tr("what can run is found out by itself: oi-tui doctor lists it."),
        "conversation_filename": tr("session_id names the conversation: oi-tui --resume ID."),
        "disable_procedures": same,
        "num_procedures": same,
        "download_open_procedures": same,
        "gguf_quality": tr(
            "name the file with the model, as in local/OWNER/NAME:Q4_K_M. Leave it out."
        ),
        "api_version": tr("give it to the provider in its own variable, as AZURE_API_VERSION."),
        "generate_system_message": tr("change interpreter.system_message instead."),
        "in_terminal_interface": tr("choose with chat(display=...). Leave it out."),
        "plain_text_display": tr("text is plain where there is no terminal. Leave it out."),
        "extend_config": tr("open a profile with OpenInterpreter(profile=NAME)."),
        "multi_line": tr('three quotes (""") begin several lines in the prompt. Leave it out.'),
        "wait": tr("chat() returns when it is done; achat() does not block."),
    }
