"""The tables of settings and of actions in `docs/configuration.md`, made from what declares them.

`python -m tests.config.settings_table` writes them anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oi_tui.commands.actions import ACTIONS
from oi_tui.config.fields import SettingField, choices, setting_fields, text_from_value
from oi_tui.config.schema import Group

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
SETTINGS = ("<!-- settings: made from the schema -->", "<!-- end of settings -->")
ACTION_NAMES = ("<!-- actions: made from their table -->", "<!-- end of actions -->")
_KINDS = {str: "text", int: "whole number", float: "number", dict: "table"}


def table() -> str:
    """Return the settings by groups, as Markdown."""
    return "\n".join(line for group in Group for line in _group(group))


def action_table() -> str:
    """Return all actions with their keys, as Markdown."""
    lines = ["", "| action | keys | what it does | where |", "| --- | --- | --- | --- |"]
    for action in ACTIONS:
        keys = ", ".join(f"`{key}`" for key in action.keys)
        lines.append(
            f"| `{action.action_id}` | {keys} | {action.explanation} | {action.where.value} |"
        )
    return "\n".join([*lines, ""])


def made_anew(page: str) -> str:
    """Return the page with both tables as they should be."""
    return _replaced(_replaced(page, SETTINGS, table()), ACTION_NAMES, action_table())


def _replaced(page: str, marks: tuple[str, str], made: str) -> str:
    begin, end = marks
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{made}\n{end}{after}"


def _group(group: Group) -> Iterator[str]:
    yield f"\n### {group.value}\n"
    yield "| setting | values | without it | meaning | a change counts |"
    yield "| --- | --- | --- | --- | --- |"
    for field in setting_fields().values():
        if field.meaning.group is group:
            meaning = field.meaning
            without = text_from_value(field.default) or f"*{meaning.unset}*"
            yield (
                f"| `{field.name}` | {_values(field)} | {without} | {meaning.text} "
                f"| {meaning.effect.value} |"
            )


def _values(field: SettingField) -> str:
    if names := choices(field):
        return ", ".join(f"`{name}`" for name in names)
    least, most = field.meaning.minimum, field.meaning.maximum
    kind = _KINDS[field.kind]
    if most is not None:
        return f"{kind} from {least:g} to {most:g}"
    return kind if least is None else f"{kind} from {least:g} on"


if __name__ == "__main__":
    PAGE.write_text(made_anew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
