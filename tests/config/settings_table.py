"""The table of settings in `docs/configuration.md`, made from the schema.

`python -m tests.config.settings_table` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oi_tui.config.fields import SettingField, choices, setting_fields, text_from_value
from oi_tui.config.schema import Group

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
BEGIN, END = "<!-- settings: made from the schema -->", "<!-- end of settings -->"
_KINDS = {str: "text", int: "whole number", float: "number", dict: "table"}


def table() -> str:
    """Return the settings by groups, as Markdown."""
    return "\n".join(line for group in Group for line in _group(group))


def page_with(text: str, made: str) -> str:
    """Return a page with the table between its marks replaced."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


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
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8"), table()), encoding="utf-8")
