"""Every shipped theme loads, has the same keys and is readable; a bad one is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color

from oi_tui.ui.emulator.palette import Palette
from oi_tui.ui.theming import (
    SYNTAX,
    ThemeError,
    ThemeFile,
    contrast,
    read_all,
    read_first,
    read_theme,
    shipped_folder,
)

FILES = sorted(shipped_folder().glob("*.toml"))
READABLE = 4.5  # WCAG 2 AA for ordinary text


def test_themes_are_shipped() -> None:
    names = {path.stem for path in FILES}
    assert {"harbor-dark", "harbor-light", "lantern", "high-contrast"} <= names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_theme_is_complete(path: Path) -> None:
    theme = read_theme(path)
    model = read_theme(shipped_folder() / "harbor-dark.toml")
    assert theme.name == path.stem
    assert set(theme.syntax) == set(SYNTAX)
    assert set(theme.variables) == set(model.variables)
    assert theme.as_theme().variables["syntax-keyword"] == theme.syntax["keyword"]
    system = theme.as_theme()
    shown = system.to_color_system().generate() | system.variables
    assert shown["boost"] == theme.colors["boost"]  # not what Textual makes of it


@pytest.mark.parametrize("ground", ["background", "surface", "panel"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_text_of_a_shipped_theme_is_readable(path: Path, ground: str) -> None:
    theme = read_theme(path)
    colors = dict(theme.colors)
    inks = {name: colors[name] for name in ("foreground", "primary", "success", "warning", "error")}
    inks["muted"] = theme.variables["muted"]
    inks |= {f"syntax-{name}": color for name, color in theme.syntax.items()}
    poor = {name: round(contrast(ink, colors[ground]), 2) for name, ink in inks.items()}
    assert {name: ratio for name, ratio in poor.items() if ratio < READABLE} == {}
    cursor = theme.variables["block-cursor-foreground"]
    assert contrast(cursor, theme.variables["block-cursor-background"]) >= READABLE


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('primary = "#67c1d6"|primary = "teal-ish"', "colors.primary is not a color"),
        ('primary = "#67c1d6"|primry = "#67c1d6"', "unknown colors.primry"),
        ('accent = "#67c1d6"|', "no color accent"),
        ('keyword = "#c4a3e6"|keyword = 3', "syntax.keyword is not a color"),
        ("[colors]|[colors", "bad.toml"),
    ],
)
def test_a_bad_theme_is_refused_by_name(tmp_path: Path, line: str, said: str) -> None:
    old, _, new = line.partition("|")
    text = (shipped_folder() / "harbor-dark.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "bad.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ThemeError, match=r"bad\.toml") as caught:
        read_theme(path)
    assert said in str(caught.value)


def test_a_persons_theme_replaces_a_shipped_one_and_problems_are_collected(tmp_path: Path) -> None:
    text = (shipped_folder() / "lantern.toml").read_text(encoding="utf-8")
    (tmp_path / "lantern.toml").write_text(text.replace('"Lantern"', '"Mine"'), encoding="utf-8")
    (tmp_path / "x.toml").write_text("name = 'x'", encoding="utf-8")
    shelf = read_all([shipped_folder(), tmp_path])
    assert shelf.themes["lantern"].title == "Mine"
    assert len(shelf.problems) == 1
    first = read_first("lantern", [shipped_folder(), tmp_path])
    assert first is not None
    assert first.title == "Mine"
    assert read_first("x", [tmp_path]) is None


def test_contrast_is_that_of_the_standard() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


# What stands on which ground, as (ink, share, ground, tint, share of the tint); see the widgets.
QUIET_TEXTS = [
    ("muted", 1.0, "boost", "", 0.0),
    ("muted", 1.0, "block-cursor-blurred-background", "", 0.0),  # the chosen row of a list
    ("muted", 1.0, "background", "accent", 0.14),  # the card under the cursor
    ("muted", 1.0, "background", "error", 0.12),  # an error
    ("foreground", 0.8, "panel", "primary", 0.2),  # the head of a proposal with the focus
    ("foreground", 0.85, "surface", "", 0.0),  # output on a card
    ("background", 1.0, "error", "", 0.0),  # AUTO
    ("background", 1.0, "accent", "", 0.0),  # typing into a program
]
ORNAMENTS = [("muted", 0.75, "surface"), ("muted", 0.75, "panel")]  # line numbers


def _color(theme: ThemeFile, name: str) -> Color:
    return Color.parse({**theme.colors, **theme.variables}[name])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_quiet_text_of_a_shipped_theme_is_readable(path: Path) -> None:
    theme = read_theme(path)
    poor = []
    for ink, share, ground, tint, tint_share in QUIET_TEXTS:
        below = _color(theme, ground)
        below = below.blend(_color(theme, tint), tint_share) if tint else below
        ratio = contrast(below.blend(_color(theme, ink), share).hex, below.hex)
        if ratio < READABLE:
            poor.append((ink, ground, round(ratio, 2)))
    assert poor == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_ornaments_of_a_shipped_theme_can_be_made_out(path: Path) -> None:
    theme = read_theme(path)
    for ink, share, ground in ORNAMENTS:
        below = _color(theme, ground)
        assert contrast(below.blend(_color(theme, ink), share).hex, below.hex) >= 3.0


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_named_colors_of_programs_are_readable_on_a_shipped_theme(path: Path) -> None:
    theme = read_theme(path)
    text, ground = Color.parse(theme.colors["foreground"]), Color.parse(theme.colors["surface"])
    palette = Palette(text.rgb, ground.rgb)
    poor = {}
    for code in (*range(30, 38), *range(90, 98)):
        color = palette.style(str(code)).color
        assert color is not None
        ratio = contrast(color.get_truecolor().hex, ground.hex)
        if ratio < (3.0 if code in (30, 90) else READABLE):  # black is meant to be dim
            poor[code] = round(ratio, 2)
    assert poor == {}
